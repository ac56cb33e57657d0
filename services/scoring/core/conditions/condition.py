"""What is news of a rule and an account, as it is told."""

from collections.abc import Sequence

from schemas.changes import Contribution, Facts, State
from schemas.conditions import MOST_CONTRIBUTIONS, Condition
from schemas.time import day_of, moment_of
from services.scoring.core import ENGINE
from services.scoring.core.because import Because
from services.scoring.core.change import cause_of, contributions_of, points_of
from services.scoring.core.conditions.news import Look, News
from services.scoring.core.evaluate import told_by
from services.scoring.core.rules.rule import Rule
from services.scoring.core.state import Account, Served


def conditions_of(found: Sequence[News], look: Look, before: Served | None, because: Because) -> list[Condition]:
    """The conditions. `before` is what was served until then."""
    return [_condition(one, look, before, because) for one in found]


def _condition(one: News, look: Look, before: Served | None, because: Because) -> Condition:
    account, card, reading, hold, rule = look.account, look.card, look.reading, one.hold, one.rule
    heard = account.heard(day_of(look.at))
    return Condition(
        id=f"{because.place}:{account.account_id}:{account.condition_by(because.offset)}:{one.name}",
        account_id=account.account_id,
        rule=one.name,
        kind=hold.kind,
        status=one.status,
        severity=hold.severity,
        since=moment_of(hold.since),
        at=moment_of(look.at),
        known_at=because.moment,
        cause=cause_of(because, before, card),
        value=_value(one),
        threshold=_threshold(rule, account),
        score=points_of(reading.score),
        state=reading.state,
        reason=reading.reason if reading.state is State.UNKNOWN else None,
        contributions=_largest(contributions_of(account, card, reading, told_by(account, card, reading), before)),
        playbook=rule.playbook if rule else "",
        notify=rule.notify if rule else (),
        facts=Facts(*account.told),
        first_event_at=heard.first_event_at,
        last_event_at=heard.last_event_at,
        silence_deadline=heard.silence_deadline,
        scorecard=card.label,
        engine=ENGINE,
        about=hold.about,
        closing=one.closing,
        is_backfill=look.is_backfill,
    )


def _value(one: News) -> float | None:
    """None where nobody can say, or the rule no longer applies."""
    if one.rule is None or one.value is None or one.value < 0:
        return None
    return one.value / one.rule.sight.unit


def _threshold(rule: Rule | None, account: Account) -> float | None:
    if rule is None:
        return None
    return rule.threshold / rule.sight.unit if rule.sight.limit is None else rule.sight.limit(account)


def _largest(contributions: tuple[Contribution, ...]) -> tuple[Contribution, ...]:
    return tuple(sorted(contributions, key=lambda one: (-one.points, one.signal))[:MOST_CONTRIBUTIONS])
