"""The words of tables, in English and Japanese: bands, headings, instants."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rich.text import Text

from schemas.changes import State
from schemas.sentences import Language, Sentence

STATES: Final[Mapping[State, Sentence]] = {
    State.HEALTHY: Sentence(en="healthy", ja="良好"),
    State.WATCH: Sentence(en="watch", ja="注意"),
    State.AT_RISK: Sentence(en="at risk", ja="危険"),
    State.UNKNOWN: Sentence(en="unknown", ja="不明"),
}
_STYLES: Final[Mapping[State, str]] = {
    State.HEALTHY: "green",
    State.WATCH: "yellow",
    State.AT_RISK: "bold red",
    State.UNKNOWN: "dim",
}

NOTHING: Final = "-"  # in place of a value that there is not

RISK: Final = Sentence(en="risk", ja="リスク")
STATE: Final = Sentence(en="state", ja="状態")
ACCOUNT: Final = Sentence(en="account", ja="顧客")
REASON: Final = Sentence(en="main reason", ja="主な理由")
LAST_SEEN: Final = Sentence(en="last seen", ja="最終利用")
SIGNAL: Final = Sentence(en="signal", ja="シグナル")
POINTS: Final = Sentence(en="points", ja="点")
SINCE_BEFORE: Final = Sentence(en="since before", ja="前回比")
SUM: Final = Sentence(en="sum = the score", ja="合計 = スコア")

FACTS: Final[Mapping[str, Sentence]] = {
    "plan": Sentence(en="plan", ja="プラン"),
    "segment": Sentence(en="segment", ja="セグメント"),
    "seats": Sentence(en="seats", ja="契約席数"),
    "arr_cents": Sentence(en="annual revenue", ja="年間契約額"),
    "renewal_on": Sentence(en="renewal", ja="更新日"),
    "owner": Sentence(en="owner", ja="担当者"),
    "time_zone": Sentence(en="time zone", ja="タイムゾーン"),
}
FIRST_EVENT: Final = Sentence(en="first event", ja="最初の利用")
LAST_EVENT: Final = Sentence(en="last event", ja="最後の利用")
SILENCE_DUE: Final = Sentence(en="silence is unusual from", ja="通常を超える空白となる時点")
AS_OF: Final = Sentence(en="score as of", ja="スコアの時点")
WAITING: Final = Sentence(en="changes not served yet", ja="未反映の変更")
SINCE: Final = Sentence(en="Since {at}. {why}", ja="{at} から。{why}")
BEFORE: Final = Sentence(en=" Before, from {at}: {score}.", ja="それ以前（{at} から）は {score}。")
MUTED: Final = Sentence(
    en="Muted by {author} until {until}: {reason}",
    ja="{author}が{until}まで通知を停止しています（{reason}）。",
)
CAUSE: Final = Sentence(
    en="Caused by {record}; scorecard {card}.", ja="原因となった記録 {record}、スコアカード {card}。"
)
CONFIDENCE: Final = Sentence(
    en=" {confidence:.0%} of its points rest on what is known.", ja="配点の {confidence:.0%} が判断できています。"
)


def state_text(state: State, language: Language) -> Text:
    """A state as people say it, in the colour of its urgency."""
    return Text(STATES[state].told(language), style=_STYLES[state])


def style_of(state: State) -> str:
    """The colour of a state's urgency."""
    return _STYLES[state]


def score_text(score: float | None) -> str:
    """A score to one decimal; a dash where there is none."""
    return NOTHING if score is None else f"{score:.1f}"


def day(moment: datetime | None) -> str:
    """A day, or a dash."""
    return NOTHING if moment is None else f"{moment:%Y-%m-%d}"


def minute(moment: datetime | None) -> str:
    """An instant to the minute, in UTC as everything here."""
    return NOTHING if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
