"""What sentences are made of: languages, numbers, lengths of time, days, each as people write them.

Dates are UTC days, as everywhere in a score.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct


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


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in any locale


def number(value: float) -> str:
    """At most one decimal, and none where there is none."""
    return f"{value:,.1f}".removesuffix(".0")


def counted(value: float, noun: str) -> str:
    """So many of something, in English."""
    shown = number(value)
    return f"{shown} {noun}" if shown == "1" else f"{shown} {noun}s"


def length(span: timedelta) -> Sentence:
    """Days, or hours where days would be too coarse."""
    hours = span / timedelta(hours=1)
    if hours < 48:  # noqa: PLR2004 - two days
        return Sentence(en=counted(round(hours), "hour"), ja=f"{round(hours)}時間")
    return Sentence(en=counted(hours / 24, "day"), ja=f"{number(hours / 24)}日")


def day_told(day: date) -> Sentence:
    """A calendar day."""
    return Sentence(
        en=f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
        ja=f"{day.year}年{day.month}月{day.day}日",
    )


def dated(moment: datetime | None, en: str, ja: str) -> Sentence:
    """A day put into a pattern; nothing at all where it is not known."""
    if moment is None:
        return Sentence(en="", ja="")
    told = day_told(moment)
    return Sentence(en=en.format(told.en), ja=ja.format(told.ja))
