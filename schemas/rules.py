"""Alert rules: what of an account somebody should be told, after how long, how urgently, and what to do about it.

A rule holds from where it is met until it is clear, so that what wavers around a threshold is one condition; it opens
once it has held for as long as `for` says. docs/alerts.md has the whole of it.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from schemas.conditions import Markdown, Notify, Severity
from schemas.part import Label, Part, Pattern, Threshold
from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant

Length = Annotated[str, Meta(pattern="^[0-9]{1,4}[smhd]$")]  # of time: 45s, 30m, 12h, 2d
Change = Annotated[int, Meta(ge=1, le=100)]  # in points of risk
LeastTimes = Annotated[int, Meta(ge=1, le=1_000)]
WindowDays = Annotated[int, Meta(ge=1, le=90)]  # days are counted one by one for about three months
AwayDays = Annotated[int, Meta(ge=1, le=55)]  # who used it most is looked for in the last eight weeks
Days = Annotated[int, Meta(ge=1, le=730)]

_UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}


def length_of(text: Length) -> Instant:
    """Milliseconds that a length of time means.

    >>> length_of("45s"), length_of("2d")
    (45000, 172800000)
    """
    return int(text[:-1]) * _UNITS[text[-1]]


class _Rule(Part, frozen=True, kw_only=True, tag_field="kind"):
    """What every rule has.

    `name` is what it is known by for ever. `critical_from`: the value, in the unit of the rule's kind, from which on a
    condition is critical, whatever `severity` says. `notify`: who gets the alert. `playbook`: what to do, in Markdown.
    """

    name: Label
    dwell: Length = msgspec.field(name="for", default="0m")
    severity: Severity = Severity.WARNING
    critical_from: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    notify: Annotated[tuple[Notify, ...], Meta(min_length=1)] = (Notify.OWNER,)
    playbook: Markdown = ""


class LevelRule(_Rule, frozen=True, kw_only=True, tag="level"):
    """The score is at `threshold` or above (without one: where the band at_risk begins), until it is below `clear`."""

    threshold: Threshold | None = None
    clear: Threshold | None = None


class DropRule(_Rule, frozen=True, kw_only=True, tag="drop"):
    """The risk rose by `points` from its lowest within the last `within_days`, until it is up by less than `clear`."""

    points: Change
    within_days: WindowDays = 14
    clear: Change | None = None


class RuleBand(StrEnum):
    """A band that an account may come into."""

    WATCH = "watch"
    AT_RISK = "at_risk"


class BandRule(_Rule, frozen=True, kw_only=True, tag="band"):
    """The account is in this band, or a worse one."""

    enters: RuleBand = RuleBand.AT_RISK


class MomentRule(_Rule, frozen=True, kw_only=True, tag="moment"):
    """One of these events happened, `times` times, today or on one of the `within_days` before.

    Its events are moments: an account is evaluated at once. An event of `ended_by` after the last of them ends it.
    """

    events: Annotated[tuple[Pattern, ...], Meta(min_length=1, max_length=20)]
    times: LeastTimes = 1
    within_days: WindowDays = 7
    ended_by: Annotated[tuple[Pattern, ...], Meta(max_length=20)] = ()


class SilenceRule(_Rule, frozen=True, kw_only=True, tag="silence"):
    """Nothing came past the account's own silence deadline.

    `for` is 30 minutes unless said otherwise: as long as it takes to find out that it was the tracking that fell. The
    more comes, the sooner that is; in less than half a minute nobody can know (schemas.detection).
    """

    dwell: Length = msgspec.field(name="for", default="30m")


class ValuePointRule(_Rule, frozen=True, kw_only=True, tag="value_point_missed"):
    """A value point of the scorecard was not reached by its deadline; without a name: any of them."""

    value_point: Label | None = None


class ChampionRule(_Rule, frozen=True, kw_only=True, tag="champion_gone"):
    """Who used it most has been away for so many days."""

    days: AwayDays = 14


class RenewalRule(_Rule, frozen=True, kw_only=True, tag="renewal_near"):
    """The renewal comes within so many days while the account is at risk."""

    within_days: Days = 60


class ContactRule(_Rule, frozen=True, kw_only=True, tag="no_contact"):
    """Nobody of ours spoke with the account for so many days while it is at risk; never: since its first event."""

    days: Days = 30


Rule = (
    LevelRule
    | DropRule
    | BandRule
    | MomentRule
    | SilenceRule
    | ValuePointRule
    | ChampionRule
    | RenewalRule
    | ContactRule
)
