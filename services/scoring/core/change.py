"""A change, from what an account's state and reading say: everything that is served from then on."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from typing import Any, Final, NamedTuple

from schemas.activity import FACT_FIELDS, Event
from schemas.changes import (
    GRAINS_PER_POINT,
    Activeness,
    Before,
    Cause,
    CauseKind,
    Contribution,
    Facts,
    ScoreChange,
    State,
)
from schemas.time import Instant, date_of, day_of, moment_of
from services.scoring.core import ENGINE
from services.scoring.core.card import Card
from services.scoring.core.judgements import muted, overridden
from services.scoring.core.milestones import progress
from services.scoring.core.reading import Reading
from services.scoring.core.signals import NEEDS
from services.scoring.core.state import Account, Served

WINDOW_DAYS: Final = 84
_NOT_ASKED: Final = (None, None)
_UNKNOWN: Final = State.UNKNOWN


class Because(NamedTuple):
    """The record at hand: what it is to the changes and conditions that it makes known.

    `log_id`, partition and offset name it for ever; `ordinal` counts the changes that it has caused for this account,
    `conditions` the conditions.
    """

    log_id: str
    kind: CauseKind
    partition: int
    offset: int
    known_at: Instant
    event: Event | None = None
    ordinal: int = 0
    conditions: int = 0


def cause_of(because: Because, before: Served | None, card: Card) -> Cause:
    """The cause as it is told: of what the first look under another version of the scorecard finds, that version."""
    event = because.event
    is_of_scorecard = (
        before is not None and before.scorecard != card.name and before.scorecard.partition("/")[0] != card.label
    )
    return Cause(
        kind=CauseKind.SCORECARD if is_of_scorecard else because.kind,
        partition=because.partition,
        offset=because.offset,
        event_name=event.event_name if event else None,
        message_id=event.message_id if event else None,
    )


def change_of(
    account: Account, served: Served, before: Served | None, reading: Reading, card: Card, because: Because
) -> ScoreChange:
    """The change from what was served `before` to what is `served` now."""
    standing = served.standing
    return ScoreChange(
        id=f"{because.log_id}:{because.partition}:{because.offset}:{account.account_id}:{because.ordinal}",
        account_id=account.account_id,
        sequence=served.sequence,
        at=_moment_of(served.at),
        known_at=_moment_of(because.known_at),
        cause=cause_of(because, before, card),
        score=points_of(reading.score),
        band=None if served.state is _UNKNOWN else served.state,
        state=served.state,
        reason=reading.reason if served.state is _UNKNOWN else None,
        confidence=reading.known_points * 1_000 // card.all_points / 1_000,
        contributions=contributions_of(account, before, reading, card),
        previous=None
        if before is None
        else Before(score=points_of(before.score), state=before.state, at=_moment_of(before.at)),
        facts=facts_of(served.facts),
        first_event_at=moment_or_none(account.first_at),
        last_event_at=moment_or_none(account.last_at),
        silence_deadline=moment_or_none(account.silence_deadline),
        scorecard=card.label,
        engine=ENGINE,
        variant=card.variant,
        window=_window(account, served.at),
        override=overridden(standing.override, served.computed),
        mute=muted(standing.mute),
        value_points=progress(account, standing.reached, card.feeds) if card.feeds.value_points else (),
        winning_pattern_on=None if standing.reached.pattern is None else date_of(standing.reached.pattern),
    )


_moment_of = lru_cache(maxsize=4_096)(moment_of)  # of a tick, which many changes are about
_date_of = lru_cache(maxsize=4_096)(date_of)


def _window(account: Account, at: Instant) -> Activeness | None:
    """The longest window that signals look at; None before the first event."""
    if account.first_at is None:
        return None
    count, first, last = account.active.span(day_of(at) - WINDOW_DAYS, day_of(at))
    return Activeness(
        days=WINDOW_DAYS,
        active_days=count,
        first_active_on=_date_of(first) if count else None,
        last_active_on=_date_of(last) if count else None,
    )


def contributions_of(account: Account, before: Served | None, reading: Reading, card: Card) -> tuple[Contribution, ...]:
    """One for each signal of the card, none while the state is unknown."""
    if not reading.grains:
        return ()
    limits = card.scale(reading.known_points).limits
    if before is not None and before.signals == card.names and None not in reading.seen and None not in before.values:
        return _of_all(before, reading, card, limits)
    return tuple(
        [
            Contribution(
                signal=name,
                value=None if saw is None else saw.value / 1_000,
                points=grains / GRAINS_PER_POINT,
                limit=0.0 if saw is None else limit,
                previous_points=None if was is None else was / GRAINS_PER_POINT,
                previous_value=None if saw_before is None else saw_before / 1_000,
                counted_since=None if saw is not None else _counted_since(account, name, card),
            )
            for name, saw, grains, limit, (was, saw_before) in zip(
                card.names, reading.seen, reading.grains, limits, _before(before, card), strict=True
            )
        ]
    )


def _of_all(before: Served, reading: Reading, card: Card, limits: Iterable[float]) -> tuple[Contribution, ...]:
    """As a rule every signal knows something, and did."""
    return tuple(
        [
            Contribution(
                signal=name,
                value=saw.value / 1_000,
                points=grains / GRAINS_PER_POINT,
                limit=limit,
                previous_points=was / GRAINS_PER_POINT,
                previous_value=saw_before / 1_000,
            )
            for name, saw, grains, limit, was, saw_before in zip(
                card.names, reading.seen, reading.grains, limits, before.grains, before.values, strict=True
            )
        ]
    )


def _before(served: Served | None, card: Card) -> Iterable[tuple[int | None, int | None]]:
    """What each signal of the card added and saw when the account was last served: None where it was not asked."""
    if served is None or not served.signals:
        return repeat(_NOT_ASKED, len(card.names))
    if served.signals == card.names:
        return zip(served.grains, served.values, strict=True)
    said = dict(zip(served.signals, zip(served.grains, served.values, strict=True), strict=True))
    return [said.get(name, _NOT_ASKED) for name in card.names]


def _counted_since(account: Account, name: str, card: Card) -> datetime | None:
    needs = NEEDS.get(name)
    since = None if needs is None else card.feeds.counted_since(account, needs)
    return None if since is None else moment_of(since)


@lru_cache(maxsize=4_096)
def facts_of(told: tuple[Any, ...]) -> Facts:
    """What is known of an account, as it is told."""
    return Facts(**dict(zip(FACT_FIELDS, told, strict=True)))


def points_of(grains: int | None) -> float | None:
    """A score as it is told."""
    return None if grains is None else grains / GRAINS_PER_POINT


def moment_or_none(instant: Instant | None) -> datetime | None:
    """An instant as it is told."""
    return None if instant is None else moment_of(instant)
