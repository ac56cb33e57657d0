"""A contribution, a cause, or the lack of a score in one plain sentence, in English and in Japanese.

A signal that is not known here gets a sentence that says what it adds: a reader of today can read tomorrow's scorecard.
Dates are UTC days, as everywhere in a score.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from msgspec import Struct

from schemas.changes import CauseKind, Contribution, ScoreChange, UnknownReason


class Language(StrEnum):
    """What sentences are written in."""

    EN = "en"
    JA = "ja"


class Sentence(Struct, frozen=True):
    """The same in every language."""

    en: str
    ja: str

    def told(self, language: Language) -> str:
        """The sentence in one language."""
        return self.en if language is Language.EN else self.ja


def contribution_sentence(contribution: Contribution, change: ScoreChange) -> Sentence:
    """What a signal saw, in words that can be checked against the account's history. Never empty, never an error."""
    tell = _SIGNALS.get(contribution.signal)
    if tell is None:
        return _any_signal(contribution)
    if contribution.value is None:
        return Sentence(
            en=f"Nothing is known yet about {_SUBJECTS[contribution.signal].en}.",
            ja=f"{_SUBJECTS[contribution.signal].ja}については、まだ判断できる情報がありません。",
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
            first = _dated(change.first_event_at, ": first active on {}", "（{}）")
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


def _life_rate(days: float, change: ScoreChange) -> Sentence:
    first = _dated(change.first_event_at, " since its first event ({})", "（{}）")
    return Sentence(
        en=f"Active on {_number(days)} of every 30 days{first.en}.",
        ja=f"利用開始{first.ja}以降、30日あたり平均{_number(days)}日利用しています。",
    )


def _recency(days: float, change: ScoreChange) -> Sentence:
    last = _dated(change.last_event_at, " ({})", "（{}）")
    if days < 1:
        return Sentence(en=f"Active within the last day{last.en}.", ja=f"直近1日以内に利用がありました{last.ja}。")
    return Sentence(
        en=f"Last active {_counted(days, 'day')} ago{last.en}.",
        ja=f"最後の利用{last.ja}から{_number(days)}日経過しています。",
    )


def _silence(days: float, change: ScoreChange) -> Sentence:
    quiet = Sentence(en=f"No activity for {_counted(days, 'day')}", ja=f"{_number(days)}日間利用がありません。")
    if days < 1:
        quiet = Sentence(en="Active within the last day", ja="直近1日以内に利用がありました。")
    if change.silence_deadline is None or change.last_event_at is None:
        return Sentence(en=f"{quiet.en}.", ja=quiet.ja)
    usual = _length(change.silence_deadline - change.last_event_at)
    if change.at < change.silence_deadline:
        return Sentence(
            en=f"{quiet.en}; up to {usual.en} of silence is usual for this account.",
            ja=f"{quiet.ja}この顧客では{usual.ja}までの空白は通常の範囲内です。",
        )
    return Sentence(
        en=f"{quiet.en}; silence past {usual.en} is unusual for this account.",
        ja=f"{quiet.ja}この顧客で利用が{usual.ja}を超えて途切れることは通常ありません。",
    )


def _level(events: float, _: ScoreChange) -> Sentence:
    if events == 0:
        return Sentence(en="No events in the last 28 days.", ja="直近28日間、イベントがありません。")
    return Sentence(
        en=f"{_counted(events, 'event')} in the last 28 days.",
        ja=f"直近28日間のイベントは{_number(events)}件です。",
    )


def _decline(days: float, _: ScoreChange) -> Sentence:
    if _number(days) == "0":
        return Sentence(
            en="As active in recent weeks as in its own past.",
            ja="直近数週間の利用日数は、この顧客のこれまでの水準を保っています。",
        )
    return Sentence(
        en=f"In recent weeks {_counted(days, 'active day')} short of what its own past would lead one to expect.",
        ja=f"直近数週間の利用日数は、この顧客のこれまでの水準を合計{_number(days)}日下回っています。",
    )


def _active_users(users: float, change: ScoreChange) -> Sentence:
    seats = change.facts.seats
    of_seats = f" ({_counted(seats, 'seat')})" if seats else ""
    of_seats_ja = f"（契約{_number(seats)}席）" if seats else ""
    if users == 0:
        return Sentence(
            en=f"No user active in the last 28 days{of_seats}.",
            ja=f"直近28日間に利用したユーザーはいません{of_seats_ja}。",
        )
    return Sentence(
        en=f"{_counted(users, 'user')} active in the last 28 days{of_seats}.",
        ja=f"直近28日間に利用したユーザーは{_number(users)}人です{of_seats_ja}。",
    )


def _breadth(features: float, _: ScoreChange) -> Sentence:
    if features == 0:
        return Sentence(en="Has used none of the features so far.", ja="これまでに利用した機能はありません。")
    return Sentence(
        en=f"Has used {_counted(features, 'feature')} so far.",
        ja=f"これまでに利用した機能は{_number(features)}種類です。",
    )


def _any_signal(contribution: Contribution) -> Sentence:
    points, limit = _number(contribution.points), _number(contribution.limit)
    value = "" if contribution.value is None else f" ({_number(contribution.value)})"
    value_ja = "" if contribution.value is None else f"（値 {_number(contribution.value)}）"
    return Sentence(
        en=f"The signal “{contribution.signal}”{value} adds {points} of at most {limit} points.",
        ja=f"シグナル「{contribution.signal}」{value_ja}により{points}点加算されています（最大{limit}点）。",
    )


_SIGNALS: Final[dict[str, Callable[[float, ScoreChange], Sentence]]] = {
    "life_rate": _life_rate,
    "recency": _recency,
    "silence": _silence,
    "level": _level,
    "decline": _decline,
    "active_users": _active_users,
    "breadth": _breadth,
}
_SUBJECTS: Final[dict[str, Sentence]] = {
    "life_rate": Sentence(en="how often it is active", ja="利用の頻度"),
    "recency": Sentence(en="when it was last active", ja="最後の利用時期"),
    "silence": Sentence(en="how long it is usually silent", ja="通常の利用間隔"),
    "level": Sentence(en="how much it does", ja="利用量"),
    "decline": Sentence(en="its activity compared with its own past", ja="これまでと比べた利用の変化"),
    "active_users": Sentence(en="its active users", ja="利用しているユーザー数"),
    "breadth": Sentence(en="the features it uses", ja="利用している機能の幅"),
}


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in any locale


def _number(value: float) -> str:
    """At most one decimal, and none where there is none."""
    return f"{value:,.1f}".removesuffix(".0")


def _counted(value: float, noun: str) -> str:
    number = _number(value)
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def _length(span: timedelta) -> Sentence:
    """Days, or hours where days would be too coarse."""
    hours = span / timedelta(hours=1)
    if hours < 48:  # noqa: PLR2004 - two days
        return Sentence(en=_counted(round(hours), "hour"), ja=f"{round(hours)}時間")
    return Sentence(en=_counted(hours / 24, "day"), ja=f"{_number(hours / 24)}日")


def _dated(moment: datetime | None, en: str, ja: str) -> Sentence:
    """A day put into a pattern; nothing at all where it is not known."""
    if moment is None:
        return Sentence(en="", ja="")
    return Sentence(
        en=en.format(f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"),
        ja=ja.format(f"{moment.year}年{moment.month}月{moment.day}日"),
    )
