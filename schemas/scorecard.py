"""A scorecard: which signals count how much, and where the bands lie. The shape of the YAML, and of what is published.

One scorecard is one version, whole: for accounts of some segment or stage it may have variants, which say only what is
different. docs/signals.md says what each signal means.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from schemas.part import Label, Part, Pattern, Threshold
from schemas.rules import Rule, SilenceRule, length_of
from schemas.time import Instant

Points = Annotated[int, Meta(gt=0, le=1_000)]
Days = Annotated[int, Meta(ge=1, le=730)]
Times = Annotated[int, Meta(ge=1, le=50)]
Rules = Annotated[tuple[Rule, ...], Meta(max_length=32)]


class Transform(Part, frozen=True, kw_only=True):
    """A signal's u stretched: below `from` percent it is no risk, from `to` percent on all of it, straight between."""

    begins: Threshold = msgspec.field(name="from", default=0)
    ends: Threshold = msgspec.field(name="to", default=100)


class Weighted(Part, frozen=True, kw_only=True):
    """A signal of the scorecard and the points it can add at most, before the sum is scaled to 100."""

    signal: str
    points: Points
    category: Label | None = None
    transform: Transform | None = None


class Bands(Part, frozen=True, kw_only=True):
    """Where bands begin, in points of risk: healthy below `watch`, then watch, then at_risk from `at_risk` on.

    A band is left downwards only when the score is `hysteresis` points below where the band began.
    """

    watch: Threshold
    at_risk: Threshold
    hysteresis: Threshold = 2


class Inputs(Part, frozen=True, kw_only=True):
    """What the product's events mean: the names of events or of features, an event counts if either is listed."""

    friction: tuple[Pattern, ...] = ()
    key_features: tuple[Pattern, ...] = ()
    ticket_opened: tuple[Pattern, ...] = ()
    ticket_closed: tuple[Pattern, ...] = ()
    feedback_negative: tuple[Pattern, ...] = ()
    feedback_positive: tuple[Pattern, ...] = ()
    payment_failed: tuple[Pattern, ...] = ()
    payment_succeeded: tuple[Pattern, ...] = ()


class Watched(Part, frozen=True, kw_only=True):
    """An input as it is counted for each account: events of these names (sorted), and the days of the `first` of them.

    Its place in the catalogue of a publication is its number for ever.
    """

    names: tuple[Pattern, ...]
    first: Annotated[int, Meta(ge=0, le=50)] = 0


class Milestone(Part, frozen=True, kw_only=True):
    """Something an account does: one of these events (or features), so many times."""

    events: Annotated[tuple[Pattern, ...], Meta(min_length=1)]
    times: Times = 1


class ValuePoint(Part, frozen=True, kw_only=True):
    """A milestone at which a customer feels the value, and by which day after the account's first it is to be reached.

    Pending until then, then reached or missed.
    """

    name: Label
    events: Annotated[tuple[Pattern, ...], Meta(min_length=1)]
    times: Times = 1
    within_days: Days


class WinningPattern(Part, frozen=True, kw_only=True):
    """All that an account must have done for one to say with confidence that it will renew."""

    all_of: Annotated[tuple[Milestone, ...], Meta(min_length=1)]


class Stage(StrEnum):
    """Where an account is in its life."""

    ONBOARDING = "onboarding"
    LIVE = "live"
    RENEWAL = "renewal"


class Stages(Part, frozen=True, kw_only=True):
    """Onboarding: up to so many days after the first event. Renewal: from so many days before the renewal on.

    Live: all the rest, also where the renewal's date is not known.
    """

    onboarding_days: Days = 30
    renewal_days: Days = 60


class When(Part, frozen=True, kw_only=True):
    """Which accounts a variant is for: those of one of the segments and in one of the stages. Nothing said: of any."""

    segments: tuple[Label, ...] = ()
    stages: tuple[Stage, ...] = ()


class Variant(Part, frozen=True, kw_only=True):
    """What is different for some accounts. A section that is given replaces the scorecard's whole section."""

    name: Label
    when: When
    signals: Annotated[tuple[Weighted, ...], Meta(min_length=1)] | None = None
    categories: dict[Label, Threshold] | None = None
    bands: Bands | None = None
    minimum_age_days: Annotated[int, Meta(ge=0, le=365)] | None = None
    moments: tuple[Pattern, ...] | None = None
    inputs: Inputs | None = None
    value_points: tuple[ValuePoint, ...] | None = None
    winning_pattern: WinningPattern | None = None
    rules: Rules | None = None


class Scorecard(Part, frozen=True, kw_only=True):
    """How an account is scored.

    `categories`: the most points of the score that the signals of a category can add together, so that no one thing
    moves a band alone. `minimum_age_days`: a younger account is unknown. `moments`: names at which an account is
    evaluated at once. `rules`: what somebody is told of. `variants`: the first whose `when` holds for an account is
    used.
    """

    name: Label
    signals: Annotated[tuple[Weighted, ...], Meta(min_length=1)]
    bands: Bands
    categories: dict[Label, Threshold] = msgspec.field(default_factory=dict)
    minimum_age_days: Annotated[int, Meta(ge=0, le=365)] = 7
    moments: tuple[Pattern, ...] = ()
    inputs: Inputs = Inputs()
    value_points: tuple[ValuePoint, ...] = ()
    winning_pattern: WinningPattern | None = None
    rules: Rules = ()
    stages: Stages = Stages()
    variants: tuple[Variant, ...] = ()

    def varied(self, variant: Variant) -> "Scorecard":
        """The scorecard for accounts of one of its variants."""
        given: dict[str, Any] = {name: value for name in SECTIONS if (value := getattr(variant, name)) is not None}
        return replace(self, variants=(), **given)

    def all_variants(self) -> "tuple[Scorecard, ...]":
        """The scorecard without its variants, and for the accounts of each."""
        return replace(self, variants=()), *map(self.varied, self.variants)

    def shortest_silence(self) -> Instant | None:
        """How long silence has to last at least before a rule speaks, for any account; None without such a rule."""
        rules = [rule for card in self.all_variants() for rule in card.rules]
        return min((length_of(rule.dwell) for rule in rules if isinstance(rule, SilenceRule)), default=None)


SECTIONS: Final = tuple(name for name in Variant.__struct_fields__ if name not in ("name", "when"))
