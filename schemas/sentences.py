"""A contribution, a cause, or the lack of a score in one plain sentence, in English and in Japanese.

A signal that is not known here gets a sentence that says what it adds: a reader of today can read tomorrow's scorecard.
Dates are UTC days, as everywhere in a score.
"""

from typing import Final, assert_never

from schemas.changes import CauseKind, Contribution, Overridden, ScoreChange, State, UnknownReason
from schemas.phrases import Language, Sentence, dated, day_told, number
from schemas.signal_sentences import SHORT, SIGNALS, SUBJECTS

__all__ = [
    "Language",
    "Sentence",
    "cause_sentence",
    "change_sentence",
    "contribution_sentence",
    "headline",
    "reason_sentence",
    "unknown_sentence",
]


def contribution_sentence(contribution: Contribution, change: ScoreChange) -> Sentence:
    """What a signal saw, in words that can be checked against the account's history. Never empty, never an error."""
    tell = SIGNALS.get(contribution.signal)
    if tell is None:
        return _any_signal(contribution)
    if contribution.value is None:
        since = dated(contribution.counted_since, "; it is counted since {}", "（{}から集計しています）")
        return Sentence(
            en=f"Nothing is known yet about {SUBJECTS[contribution.signal].en}{since.en}.",
            ja=f"{SUBJECTS[contribution.signal].ja}については、まだ判断できる情報がありません{since.ja}。",
        )
    return tell(contribution.value, change)


def unknown_sentence(reason: UnknownReason, change: ScoreChange) -> Sentence:
    """Why an account has no score."""
    match reason:
        case UnknownReason.NEVER_SEEN:
            return Sentence(
                en="On the roster, but nothing it did has ever been received.",
                ja="顧客名簿にありますが、利用の記録がまだ一度も届いていません。",
            )
        case UnknownReason.TOO_NEW:
            first = dated(change.first_event_at, ": first active on {}", "（{}）")
            return Sentence(
                en=f"Too new to score{first.en}.",
                ja=f"利用開始{first.ja}から日が浅いため、まだスコアを出していません。",
            )
        case UnknownReason.NOT_ENOUGH_FACTS:
            return Sentence(
                en="Not enough is known about it yet to give a score.",
                ja="スコアを出すための情報がまだ足りません。",
            )
        case UnknownReason.TELEMETRY_STALE:
            return Sentence(
                en="Events of a source that it is heard of by are missing: what it does is not known.",
                ja="データの送信元からイベントが届いていないため、利用状況を判断できません。",
            )
        case UnknownReason.CHURNED:
            return Sentence(en="A churn is on record.", ja="解約が記録されています。")
    assert_never(reason)


def headline(change: ScoreChange) -> Sentence:
    """The one sentence to read: somebody's word, why there is no score, or what adds most to it."""
    if change.override is not None and change.band is not None:
        return _override_sentence(change.override, change.band)
    if change.reason is not None:
        return unknown_sentence(change.reason, change)
    top = max(change.contributions, key=lambda contribution: contribution.points, default=None)
    if top is None or top.points <= 0:
        return Sentence(en="Nothing points to a risk.", ja="リスクを示す兆候はありません。")
    return contribution_sentence(top, change)


def change_sentence(change: ScoreChange) -> Sentence:
    """What changed and why, in one: how the risk moved, and what moved it most."""
    moved, why = _move(change), reason_sentence(change)
    return Sentence(en=f"{moved.en}{why.en}", ja=f"{moved.ja}{why.ja}")


def _move(change: ScoreChange) -> Sentence:
    """How the risk moved, and whether that is news of another kind; nothing where it did not."""
    before = None if change.previous is None else change.previous.score
    if before is None or change.score is None or round(before) == round(change.score):
        return Sentence(en="", ja="")
    old, new = number(round(before)), number(round(change.score))
    if change.score > before:
        return Sentence(en=f"Risk up from {old} to {new}. ", ja=f"リスクが{old}から{new}に上がりました。")
    return Sentence(en=f"Risk down from {old} to {new}. ", ja=f"リスクが{old}から{new}に下がりました。")


def reason_sentence(change: ScoreChange) -> Sentence:
    """Why the risk is not what it was: what moved most in the direction in which it went, and from what to what.

    The headline where nothing did, or where there is nothing to compare with.
    """
    if change.override is not None or change.reason is not None:
        return headline(change)
    if change.cause.kind in (CauseKind.SCORECARD, CauseKind.LATE):
        return cause_sentence(change)
    if change.score is None or change.previous is None or change.previous.score is None:
        return headline(change)
    direction = 1 if change.score >= change.previous.score else -1
    moved = max(change.contributions, key=lambda one: _moved(one) * direction, default=None)
    if moved is None or _moved(moved) * direction <= 0:
        return headline(change)
    return _with_before(contribution_sentence(moved, change), moved)


def _moved(contribution: Contribution) -> float:
    return contribution.points - (contribution.previous_points or 0)


def _with_before(sentence: Sentence, contribution: Contribution) -> Sentence:
    """The sentence, and in brackets what the signal saw before, if that was something else."""
    value, before = contribution.value, contribution.previous_value
    short = SHORT.get(contribution.signal)
    if short is None or value is None or before is None or short(value) == short(before):
        return sentence
    said = short(before)
    return Sentence(
        en=f"{sentence.en.removesuffix('.')} (before: {said.en}).",
        ja=f"{sentence.ja.removesuffix('。')}（変化前は{said.ja}）。",
    )


def _override_sentence(override: Overridden, band: State) -> Sentence:
    until, state = day_told(override.until), _STATES[band]
    return Sentence(
        en=f"Set to {state.en} by {override.author} until {until.en}: {override.reason}",
        ja=f"{override.author}が{until.ja}まで「{state.ja}」に設定しました（{override.reason}）。",
    )


_STATES: Final[dict[State, Sentence]] = {
    State.HEALTHY: Sentence(en="healthy", ja="良好"),
    State.WATCH: Sentence(en="watch", ja="注意"),
    State.AT_RISK: Sentence(en="at risk", ja="危険"),
    State.UNKNOWN: Sentence(en="unknown", ja="不明"),
}


def cause_sentence(change: ScoreChange) -> Sentence:
    """What made a change known."""
    match change.cause.kind:
        case CauseKind.EVENT:
            name = change.cause.event_name or "?"
            return Sentence(en=f"The event “{name}” came in.", ja=f"イベント「{name}」を受信しました。")
        case CauseKind.TICK:
            return Sentence(
                en="Time passed, or something new was recorded.",
                ja="時間の経過、または新しい記録によるものです。",
            )
        case CauseKind.LATE:
            return Sentence(
                en="Activity of an earlier day came in late: what was known is revised.",
                ja="過去の日の利用記録が遅れて届いたため、内容を見直しました。",
            )
        case CauseKind.IMPORT:
            return Sentence(en="History was imported.", ja="過去のデータが取り込まれました。")
        case CauseKind.SCORECARD:
            card = change.scorecard
            return Sentence(
                en=f"The scorecard changed (now {card}); the account's behaviour did not.",
                ja=f"スコアカードの変更（現在 {card}）によるもので、顧客の行動の変化ではありません。",
            )
    assert_never(change.cause.kind)


def _any_signal(contribution: Contribution) -> Sentence:
    points, limit = number(contribution.points), number(contribution.limit)
    value = "" if contribution.value is None else f" ({number(contribution.value)})"
    value_ja = "" if contribution.value is None else f"（値 {number(contribution.value)}）"
    return Sentence(
        en=f"The signal “{contribution.signal}”{value} adds {points} of at most {limit} points.",
        ja=f"シグナル「{contribution.signal}」{value_ja}により{points}点加算されています（最大{limit}点）。",
    )
