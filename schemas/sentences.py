"""A contribution, a cause, or the lack of a score in one plain sentence, in English and in Japanese.

A signal that is not known here gets a sentence that says what it adds: a reader of today can read tomorrow's scorecard.
Dates are UTC days, as everywhere in a score.
"""

from typing import assert_never

from schemas.changes import CauseKind, Contribution, ScoreChange, UnknownReason
from schemas.phrases import Language, Sentence, dated, number
from schemas.signal_sentences import SIGNALS, SUBJECTS

__all__ = ["Language", "Sentence", "cause_sentence", "contribution_sentence", "headline", "unknown_sentence"]


def contribution_sentence(contribution: Contribution, change: ScoreChange) -> Sentence:
    """What a signal saw, in words that can be checked against the account's history. Never empty, never an error."""
    tell = SIGNALS.get(contribution.signal)
    if tell is None:
        return _any_signal(contribution)
    if contribution.value is None:
        return Sentence(
            en=f"Nothing is known yet about {SUBJECTS[contribution.signal].en}.",
            ja=f"{SUBJECTS[contribution.signal].ja}については、まだ判断できる情報がありません。",
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
        case UnknownReason.CHURNED:
            return Sentence(en="A churn is on record.", ja="解約が記録されています。")
    assert_never(reason)


def headline(change: ScoreChange) -> Sentence:
    """The one sentence to read: why there is no score, or what adds most to it."""
    if change.reason is not None:
        return unknown_sentence(change.reason, change)
    top = max(change.contributions, key=lambda contribution: contribution.points, default=None)
    if top is None or top.points <= 0:
        return Sentence(en="Nothing points to a risk.", ja="リスクを示す兆候はありません。")
    return contribution_sentence(top, change)


def cause_sentence(change: ScoreChange) -> Sentence:
    """What made a change known."""
    match change.cause.kind:
        case CauseKind.EVENT:
            name = change.cause.event_name or "?"
            return Sentence(en=f"The event “{name}” came in.", ja=f"イベント「{name}」を受信しました。")
        case CauseKind.TICK:
            return Sentence(
                en="Time passed, or activity came in.",
                ja="時間の経過、または利用の動きによるものです。",
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
