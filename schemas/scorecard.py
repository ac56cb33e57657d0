"""A scorecard: which signals count how much, and where the bands lie. The shape of the YAML, and of what is published.

docs/signals.md says what each signal means.
"""

from typing import Annotated

from msgspec import Meta, Struct

Points = Annotated[int, Meta(gt=0, le=1_000)]
Threshold = Annotated[int, Meta(ge=0, le=100)]


class Weighted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signal of the scorecard and the points it can add at most, before the sum is scaled to 100."""

    signal: str
    points: Points


class Bands(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where bands begin, in points of risk: healthy below `watch`, then watch, then at_risk from `at_risk` on.

    A band is left downwards only when the score is `hysteresis` points below where the band began.
    """

    watch: Threshold
    at_risk: Threshold
    hysteresis: Threshold = 2


class Scorecard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an account is scored.

    `moments`: event names at which an account is evaluated at once. `minimum_age_days`: a younger account is unknown.
    """

    name: str
    signals: tuple[Weighted, ...]
    bands: Bands
    minimum_age_days: Annotated[int, Meta(ge=0, le=365)] = 7
    moments: tuple[str, ...] = ()
