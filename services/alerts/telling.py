"""Alerts in words: a title for each kind of rule, the reasons in sentences, and the record that machines get."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from schemas.alerts import MOST_PLAYBOOK, Alert, Reason
from schemas.changes import ScoreChange
from schemas.conditions import Condition, RuleKind
from schemas.sentences import Sentence, contribution_sentence
from schemas.time import moment_of
from services.alerts.core import alert as core

MOST_REASONS: Final = 3  # what is read in five seconds


def told(alert: core.Alert) -> Alert:
    """The alert as machines get it."""
    condition = alert.condition
    return Alert(
        id=alert.id,
        account_id=condition.account_id,
        rule=condition.rule,
        kind=condition.kind,
        about=condition.about,
        status=alert.status,
        severity=condition.severity,
        holds=alert.holds,
        since=condition.since,
        opened_at=moment_of(alert.opened_at),
        changed_at=moment_of(alert.changed_at),
        value=condition.value,
        threshold=condition.threshold,
        score=condition.score,
        state=condition.state,
        reason=condition.reason,
        title=title(condition),
        reasons=reasons(condition),
        playbook=condition.playbook[:MOST_PLAYBOOK],
        assignee=alert.assignee,
        snoozed_until=None if alert.snooze is None or alert.snooze.until is None else moment_of(alert.snooze.until),
        outcome=alert.outcome,
        outcome_reason=alert.outcome_reason,
        facts=condition.facts,
        is_backfill=condition.is_backfill,
        scorecard=condition.scorecard,
    )


def title(condition: Condition) -> Sentence:
    """What the rule found, in one sentence."""
    return _TITLES[condition.kind](condition)


def reasons(condition: Condition) -> tuple[Reason, ...]:
    """What adds most to the risk, in sentences that can be checked."""
    change = _as_change(condition)
    top = [part for part in condition.contributions if part.points > 0][:MOST_REASONS]
    return tuple(
        Reason(signal=part.signal, points=part.points, sentence=contribution_sentence(part, change)) for part in top
    )


def _as_change(condition: Condition) -> ScoreChange:
    """The change of the same instant, as far as sentences look into it."""
    return ScoreChange(
        id=condition.id,
        account_id=condition.account_id,
        sequence=0,
        at=condition.at,
        known_at=condition.known_at,
        cause=condition.cause,
        score=condition.score,
        band=None,
        state=condition.state,
        reason=condition.reason,
        confidence=1.0,
        contributions=condition.contributions,
        previous=None,
        facts=condition.facts,
        first_event_at=condition.first_event_at,
        last_event_at=condition.last_event_at,
        silence_deadline=condition.silence_deadline,
        scorecard=condition.scorecard,
        engine=condition.engine,
    )


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:,.1f}".removesuffix(".0")


def _days(value: float | None) -> str:
    return f"{_number(value)} {'day' if value == 1 else 'days'}"


def _level(found: Condition) -> Sentence:
    score, threshold = _number(found.value), _number(found.threshold)
    return Sentence(
        en=f"Its risk is {score}; the rule speaks from {threshold} on.",
        ja=f"リスクが{score}点になりました（通知の基準は{threshold}点以上）。",
    )


def _drop(found: Condition) -> Sentence:
    points = _number(found.value)
    return Sentence(en=f"Its risk rose by {points} points.", ja=f"リスクが{points}点上がりました。")


def _band(found: Condition) -> Sentence:
    if found.value == 1:
        return Sentence(en="It came into the band watch.", ja="「注意」の範囲に入りました。")
    return Sentence(en="It came into the band at risk.", ja="「危険」の範囲に入りました。")


def _moment(found: Condition) -> Sentence:
    name = found.about or "?"
    return Sentence(en=f"“{name}” happened.", ja=f"「{name}」が発生しました。")


def _silence(found: Condition) -> Sentence:
    quiet = found.value
    if quiet is None or quiet <= 1:  # perhaps since this morning
        return Sentence(
            en="It has gone quiet, for longer than is usual for this account.",
            ja="この顧客としては異例の長さで利用が途切れています。",
        )
    return Sentence(
        en=f"No activity for {_days(quiet)}, which is unusual for this account.",
        ja=f"{_number(quiet)}日間利用がありません。この顧客では異例です。",
    )


def _value_point(found: Condition) -> Sentence:
    name = found.about or "?"
    return Sentence(
        en=f"The value point “{name}” was not reached by its deadline.",
        ja=f"バリューポイント「{name}」が期限までに達成されていません。",
    )


def _champion(found: Condition) -> Sentence:
    return Sentence(
        en=f"Who used it most was last seen {_days(found.value)} ago.",
        ja=f"最もよく使っていた人が{_number(found.value)}日間利用していません。",
    )


def _renewal(found: Condition) -> Sentence:
    day = found.facts.renewal_on or date.min
    return Sentence(
        en=f"The renewal on {day} is near, and the account is at risk.",
        ja=f"更新日（{day}）が近づいていますが、解約のリスクがあります。",
    )


def _no_contact(found: Condition) -> Sentence:
    return Sentence(
        en=f"Nobody has spoken with it for {_days(found.value)}, while it is at risk.",
        ja=f"解約のリスクがあるのに、{_number(found.value)}日間連絡していません。",
    )


_TITLES: Final[Mapping[RuleKind, Callable[[Condition], Sentence]]] = {
    RuleKind.LEVEL: _level,
    RuleKind.DROP: _drop,
    RuleKind.BAND: _band,
    RuleKind.MOMENT: _moment,
    RuleKind.SILENCE: _silence,
    RuleKind.VALUE_POINT_MISSED: _value_point,
    RuleKind.CHAMPION_GONE: _champion,
    RuleKind.RENEWAL_NEAR: _renewal,
    RuleKind.NO_CONTACT: _no_contact,
}
