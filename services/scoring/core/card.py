"""A scorecard made ready for use: its signals looked up, its bands and caps in grains."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schemas.changes import GRAINS_PER_POINT, State
from schemas.scorecard import Scorecard, Transform, Weighted
from schemas.time import Instant
from services.scoring.core.fixed import ONE, clip
from services.scoring.core.inputs import NO_FEEDS, Feeds
from services.scoring.core.reading import Seen
from services.scoring.core.rules.ready import moments_of, rules_of
from services.scoring.core.rules.rule import Rules
from services.scoring.core.signals import LIVE, SIGNALS, Signal, bound
from services.scoring.core.state import Account


class UnknownSignal(ValueError):
    """A scorecard names a signal that does not exist."""


class Cap(NamedTuple):
    """The most grains that the signals at some places of a card may add together."""

    grains: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """How the accounts of one variant of a published scorecard are scored.

    `label` is what changes carry: version and the beginning of the hash. `variant`: None for the scorecard itself;
    `name` tells the two together.
    """

    version: int
    label: str
    variant: str | None
    signals: tuple[tuple[str, Signal, int], ...]  # name, function, points
    live: tuple[tuple[int, Signal], ...]  # the places and functions of those that move within a day
    all_points: int
    caps: tuple[Cap, ...]
    ceilings: tuple[int, ...]  # the most grains each signal can add by the cap of its category
    feeds: Feeds
    minimum_age_days: int
    moments: frozenset[str]
    rules: Rules
    _watch: int
    _at_risk: int
    _hysteresis: int

    @property
    def name(self) -> str:
        """The card among all that were ever published."""
        return self.label if self.variant is None else f"{self.label}/{self.variant}"

    def band(self, score: int, before: State | None) -> State:
        """The band of a score in grains, for an account that was in the band `before`.

        A band is entered where it begins and left downwards only `hysteresis` below, so that a score that wavers
        around a threshold does not waver between bands.
        """
        watch, at_risk = self._watch, self._at_risk
        if before is State.AT_RISK:
            watch, at_risk = watch - self._hysteresis, at_risk - self._hysteresis
        elif before is State.WATCH:
            watch -= self._hysteresis
        if score >= at_risk:
            return State.AT_RISK
        return State.WATCH if score >= watch else State.HEALTHY

    def capped(self, grains: Sequence[int]) -> tuple[int, ...]:
        """What the signals add once every category keeps to its cap.

        Those of a category that would add too much are scaled down in proportion, to the cap exactly: were each
        rounded by itself, a category could come to add a little less when one of its signals says more.
        """
        kept = list(grains)
        for cap in self.caps:
            added = sum([kept[place] for place in cap.places])
            if added > cap.grains:
                so_far = shared = 0
                for place in cap.places:
                    so_far += kept[place]
                    kept[place] = so_far * cap.grains // added - shared
                    shared += kept[place]
        return tuple(kept)


def card_of(
    scorecard: Scorecard, version: int, digest: str, feeds: Feeds = NO_FEEDS, variant: str | None = None
) -> Card:
    """The card of a scorecard that was published, its variants aside. Raises `UnknownSignal`.

    `feeds`: the inputs that its signals read. A signal whose inputs are not named abstains.
    """
    unknown = [weighted.signal for weighted in scorecard.signals if weighted.signal not in SIGNALS]
    if unknown:
        msg = f"no signal is called {', '.join(unknown)}; there are {', '.join(SIGNALS)}"
        raise UnknownSignal(msg)
    signals = [(weighted.signal, _function(weighted, feeds), weighted.points) for weighted in scorecard.signals]
    return Card(
        version=version,
        label=f"{version}-{digest[:8]}",
        variant=variant,
        signals=tuple(signals),
        live=tuple((place, function) for place, (name, function, _) in enumerate(signals) if name in LIVE),
        all_points=sum(weighted.points for weighted in scorecard.signals),
        caps=tuple(_caps(scorecard)),
        ceilings=tuple(
            scorecard.categories.get(weighted.category or "", 100) * GRAINS_PER_POINT for weighted in scorecard.signals
        ),
        feeds=feeds,
        minimum_age_days=scorecard.minimum_age_days,
        moments=moments_of(scorecard),
        rules=rules_of(scorecard, feeds, f"{version}-{digest[:8]}/{variant or ''}"),
        _watch=scorecard.bands.watch * GRAINS_PER_POINT,
        _at_risk=scorecard.bands.at_risk * GRAINS_PER_POINT,
        _hysteresis=scorecard.bands.hysteresis * GRAINS_PER_POINT,
    )


def _caps(scorecard: Scorecard) -> Iterable[Cap]:
    for category, cap in sorted(scorecard.categories.items()):
        places = [place for place, weighted in enumerate(scorecard.signals) if weighted.category == category]
        yield Cap(cap * GRAINS_PER_POINT, tuple(places))


def _function(weighted: Weighted, feeds: Feeds) -> Signal:
    function, transform = bound(weighted.signal, feeds), weighted.transform
    return function if transform is None else _stretched(function, transform)


def _stretched(function: Signal, transform: Transform) -> Signal:
    begins, width = transform.begins * ONE // 100, (transform.ends - transform.begins) * ONE // 100

    def stretched(account: Account, at: Instant) -> Seen | None:
        saw = function(account, at)
        return saw and Seen(saw.value, clip((saw.u - begins) * ONE // width))

    return stretched
