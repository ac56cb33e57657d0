"""A scorecard made ready for use: its signals looked up, its bands in grains."""

from dataclasses import dataclass

from schemas.changes import GRAINS_PER_POINT, State
from schemas.scorecard import Scorecard
from services.scoring.core.signals import SIGNALS, Signal


class UnknownSignal(ValueError):
    """A scorecard names a signal that does not exist."""


@dataclass(frozen=True, slots=True)
class Card:
    """A published scorecard. `label` is what changes carry: version and the beginning of the hash."""

    version: int
    label: str
    signals: tuple[tuple[str, Signal, int], ...]  # name, function, points
    all_points: int
    minimum_age_days: int
    moments: frozenset[str]
    _watch: int
    _at_risk: int
    _hysteresis: int

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


def card_of(scorecard: Scorecard, version: int, digest: str) -> Card:
    """The card of a published scorecard. Raises `UnknownSignal`."""
    unknown = [weighted.signal for weighted in scorecard.signals if weighted.signal not in SIGNALS]
    if unknown:
        msg = f"no signal is called {', '.join(unknown)}; there are {', '.join(SIGNALS)}"
        raise UnknownSignal(msg)
    return Card(
        version=version,
        label=f"{version}-{digest[:8]}",
        signals=tuple((weighted.signal, SIGNALS[weighted.signal], weighted.points) for weighted in scorecard.signals),
        all_points=sum(weighted.points for weighted in scorecard.signals),
        minimum_age_days=scorecard.minimum_age_days,
        moments=frozenset(scorecard.moments),
        _watch=scorecard.bands.watch * GRAINS_PER_POINT,
        _at_risk=scorecard.bands.at_risk * GRAINS_PER_POINT,
        _hysteresis=scorecard.bands.hysteresis * GRAINS_PER_POINT,
    )
