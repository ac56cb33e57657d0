"""A change, from what an account's state and reading say: everything that is served from then on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import repeat
from typing import Final

from schemas.changes import Before, Cause, CauseKind, Contribution, Facts, ScoreChange, State
from schemas.time import DAY, date_of, moment_of
from services.scoring.core import ENGINE
from services.scoring.core.because import Because
from services.scoring.core.card import Card
from services.scoring.core.judgements import muted, overridden
from services.scoring.core.milestones import progress
from services.scoring.core.reading import POINTS, Reading
from services.scoring.core.signals import NEEDS
from services.scoring.core.state import Account, Served

_NOT_ASKED: Final = (None, None)
_UNKNOWN: Final = State.UNKNOWN


def change_of(
    account: Account, served: Served, before: Served | None, reading: Reading, card: Card, because: Because
) -> ScoreChange:
    """The change from what was served `before` to what is `served` now."""
    standing, state, feeds = served.standing, served.state, card.feeds
    heard = account.heard(served.at // DAY)
    return ScoreChange(  # by place: by name it takes five times as long
        f"{because.place}:{account.account_id}:{account.change_by(because.offset)}",
        account.account_id,
        served.sequence,
        served.moment,
        because.moment,
        cause_of(because, before, card),
        points_of(reading.score),
        None if state is _UNKNOWN else state,
        state,
        reading.reason if state is _UNKNOWN else None,
        reading.known_points * 1_000 // card.all_points / 1_000,
        contributions_of(account, card, reading, (served.values, served.points), before),
        None if before is None else Before(points_of(before.score), before.state, before.moment),
        Facts(*served.facts),
        heard.first_event_at,
        heard.last_event_at,
        heard.silence_deadline,
        card.label,
        ENGINE,
        card.variant,
        heard.window,
        None if standing.override is None else overridden(standing.override, served.computed),
        None if standing.mute is None else muted(standing.mute),
        progress(account, standing.reached, feeds) if feeds.value_points else (),
        None if standing.reached.pattern is None else date_of(standing.reached.pattern),
    )


def cause_of(because: Because, before: Served | None, card: Card) -> Cause:
    """The cause as it is told: of what the first look under another version of the scorecard finds, that version."""
    if before is None or before.scorecard == card.name or before.scorecard.partition("/")[0] == card.label:
        return because.cause
    return because.of_kind(CauseKind.SCORECARD).cause


def contributions_of(
    account: Account,
    card: Card,
    reading: Reading,
    told: tuple[Iterable[float | None], Iterable[float]],
    before: Served | None,
) -> tuple[Contribution, ...]:
    """One for each signal of the card, which saw these values and adds these points: none while it is unknown."""
    if reading.score is None:
        return ()
    values, points = told
    limits: Sequence[float] = card.scale(reading.known_points).limits
    counted_since: Iterable[datetime | None] = repeat(None)
    if reading.known_points < card.all_points:  # some abstain
        limits, counted_since = [*limits], [None] * len(card.names)
        for place, value in enumerate(values):
            if value is None:
                limits[place], counted_since[place] = 0.0, _counted_since(account, card.names[place], card)
    were, had_seen = _before(before, card)
    return tuple(map(Contribution, card.names, values, points, limits, were, had_seen, counted_since))


def _before(served: Served | None, card: Card) -> tuple[Iterable[float | None], Iterable[float | None]]:
    """What each signal of the card added and saw when the account was last served: None where it was not asked."""
    if served is None or not served.signals:
        return repeat(None), repeat(None)
    if served.signals == card.names:
        return served.points, served.values
    said = dict(zip(served.signals, zip(served.points, served.values, strict=True), strict=True))
    were, had_seen = zip(*[said.get(name, _NOT_ASKED) for name in card.names], strict=True)
    return were, had_seen


def _counted_since(account: Account, name: str, card: Card) -> datetime | None:
    needs = NEEDS.get(name)
    since = None if needs is None else card.feeds.counted_since(account, needs)
    return None if since is None else moment_of(since)


def points_of(grains: int | None) -> float | None:
    """A score as it is told."""
    return None if grains is None else POINTS[grains]
