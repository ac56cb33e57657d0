"""A scorecard made ready for use: its signals looked up, its bands and caps in grains."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from schemas.changes import GRAINS_PER_POINT, State
from schemas.scorecard import Scorecard, Transform, Weighted
from schemas.time import Day
from schemas.value import Value
from services.scoring.core.fixed import ONE, clip
from services.scoring.core.inputs import NO_FEEDS, Feeds
from services.scoring.core.novelty import ANYTHING, EVENT, USE, MovedBy
from services.scoring.core.reading import Seen
from services.scoring.core.rules.ready import moments_of, rules_of
from services.scoring.core.rules.rule import Rules
from services.scoring.core.signals import MOVED_BY, SIGNALS, Counting, Signal, bound
from services.scoring.core.state import Account

FULL: Final = 100 * GRAINS_PER_POINT  # a score of 100 in grains
_HEALTHY, _WATCH, _AT_RISK = State.HEALTHY, State.WATCH, State.AT_RISK  # looked up here once: an Enum is slow at it


class UnknownSignal(ValueError):
    """A scorecard names a signal that does not exist."""


class Cap(Value, frozen=True):
    """The most grains that the signals at some places of a card, which have so many points, may add together."""

    grains: int
    places: tuple[int, ...]
    points: int


class Scale(Value, frozen=True):
    """What goes with a number of points that are known: caps that can matter, and the most each signal can add."""

    known_points: int
    caps: tuple[Cap, ...]
    limits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """How the accounts of one variant of a published scorecard are scored.

    `label` is what changes carry: version and the beginning of the hash. `variant`: None for the scorecard itself;
    `name` tells the two together: the card among all that were ever published.
    """

    version: int
    label: str
    variant: str | None
    name: str
    signals: tuple[tuple[str, Signal, int], ...]  # name, function, points
    names: tuple[str, ...]  # of the signals
    weights: tuple[int, ...]  # points, times a score of 100 in grains
    moved_by: MovedBy[tuple[int, Signal, int]]  # places, functions and weights of those that news can have moved
    counting: tuple[tuple[Counting, int], ...]  # functions and weights of those that every event moves
    heeds: int  # the kinds of news that can move a signal or a rule, or be told as they are
    all_points: int
    caps: tuple[Cap, ...]
    feeds: Feeds
    minimum_age_days: int
    moments: frozenset[str]
    rules: Rules
    _most: tuple[tuple[int, int], ...]  # the most grains of each signal: of all the points, by its category's cap
    _scales: dict[int, Scale]  # those that were asked for
    _watch: int
    _at_risk: int
    _hysteresis: int

    def band(self, score: int, before: State | None) -> State:
        """The band of a score in grains, for an account that was in the band `before`.

        A band is entered where it begins and left downwards only `hysteresis` below, so that a score that wavers
        around a threshold does not waver between bands.
        """
        watch, at_risk = self._watch, self._at_risk
        if before is _AT_RISK:
            watch, at_risk = watch - self._hysteresis, at_risk - self._hysteresis
        elif before is _WATCH:
            watch -= self._hysteresis
        if score >= at_risk:
            return _AT_RISK
        return _WATCH if score >= watch else _HEALTHY

    def scale(self, known_points: int) -> Scale:
        """What the signals are measured by where those that do not abstain have so many points: 1 or more."""
        scale = self._scales.get(known_points)
        if scale is None:
            scale = self._scales[known_points] = Scale(
                known_points,
                tuple(cap for cap in self.caps if cap.points * FULL > cap.grains * known_points),
                tuple(min(weight // known_points, cap) / GRAINS_PER_POINT for weight, cap in self._most),
            )
        return scale


def capped(grains: list[int], caps: Sequence[Cap]) -> list[int]:
    """What signals add that would add `grains`, once every category keeps to its cap. The same list where none has one.

    Those of a category that would add too much are scaled down in proportion, to the cap exactly: were each rounded by
    itself, a category could come to add a little less when one of its signals says more.

    >>> capped([30, 10, 5], [Cap(20, (0, 1), 1)])
    [15, 5, 5]
    """
    if not caps:  # as a rule
        return grains
    kept = list(grains)
    for cap in caps:
        added = sum([kept[place] for place in cap.places])
        if added > cap.grains:
            so_far = shared = 0
            for place in cap.places:
                so_far += kept[place]
                kept[place] = so_far * cap.grains // added - shared
                shared += kept[place]
    return kept


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
    moved_by = MovedBy(
        (MOVED_BY[name], (place, function, points * FULL)) for place, (name, function, points) in enumerate(signals)
    )
    rules = rules_of(scorecard, feeds, f"{version}-{digest[:8]}/{variant or ''}")
    return Card(
        version=version,
        label=f"{version}-{digest[:8]}",
        variant=variant,
        name=f"{version}-{digest[:8]}" if variant is None else f"{version}-{digest[:8]}/{variant}",
        signals=tuple(signals),
        names=tuple(name for name, _, _ in signals),
        weights=tuple(points * FULL for _, _, points in signals),
        moved_by=moved_by,
        counting=tuple((cast("Counting", function), weight) for _, function, weight in moved_by[EVENT]),
        heeds=moved_by.kinds | rules.moved_by.kinds | ANYTHING & ~USE,
        all_points=sum(weighted.points for weighted in scorecard.signals),
        caps=tuple(_caps(scorecard)),
        feeds=feeds,
        minimum_age_days=scorecard.minimum_age_days,
        moments=moments_of(scorecard),
        rules=rules,
        _most=tuple(
            (weighted.points * FULL, scorecard.categories.get(weighted.category or "", 100) * GRAINS_PER_POINT)
            for weighted in scorecard.signals
        ),
        _scales={},
        _watch=scorecard.bands.watch * GRAINS_PER_POINT,
        _at_risk=scorecard.bands.at_risk * GRAINS_PER_POINT,
        _hysteresis=scorecard.bands.hysteresis * GRAINS_PER_POINT,
    )


def _caps(scorecard: Scorecard) -> Iterable[Cap]:
    for category, cap in sorted(scorecard.categories.items()):
        of = [(place, one.points) for place, one in enumerate(scorecard.signals) if one.category == category]
        yield Cap(cap * GRAINS_PER_POINT, tuple(place for place, _ in of), sum(points for _, points in of))


def _function(weighted: Weighted, feeds: Feeds) -> Signal:
    function, transform = bound(weighted.signal, feeds), weighted.transform
    return function if transform is None else _stretched(function, transform)


def _stretched(function: Signal, transform: Transform) -> Signal:
    begins, width = transform.begins * ONE // 100, (transform.ends - transform.begins) * ONE // 100

    def stretched(account: Account, today: Day, *more: int) -> Seen | None:
        saw = function(account, today, *more)
        return None if saw is None else Seen(saw.value, clip((saw.u - begins) * ONE // width))

    return stretched
