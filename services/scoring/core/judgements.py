"""What people said of an account that holds for a time: an override of its band, a mute."""

from typing import Any, NamedTuple

from schemas.activity import Mute, Override
from schemas.changes import Muted, Overridden, State
from schemas.time import Instant, instant_of, moment_of


class Judgement(NamedTuple):
    """The newest of its kind. `band` is an override's."""

    at: Instant
    until: Instant
    band: State | None
    reason: str
    author: str


def newest(before: Judgement | None, record: Override | Mute) -> Judgement:
    """The one that counts: the newest `occurred_at`; log order breaks ties."""
    at = instant_of(record.occurred_at)
    if before is not None and at < before.at:
        return before
    band = State(record.band) if isinstance(record, Override) else None
    return Judgement(at, instant_of(record.expires_at), band, record.reason, record.author)


def holding(judgement: Judgement | None, at: Instant) -> Judgement | None:
    """The judgement, while it holds: until the instant it expires at."""
    return judgement if judgement is not None and at < judgement.until else None


def overridden(judgement: Judgement, computed: State) -> Overridden:
    """An override as a change says it."""
    return Overridden(
        computed=computed, reason=judgement.reason, author=judgement.author, until=moment_of(judgement.until)
    )


def muted(judgement: Judgement) -> Muted:
    """A mute as a change says it."""
    return Muted(reason=judgement.reason, author=judgement.author, until=moment_of(judgement.until))


def judgement_of(packed: list[Any] | None) -> Judgement | None:
    """The judgement that was packed."""
    if packed is None:
        return None
    at, until, band, reason, author = packed
    return Judgement(at, until, None if band is None else State(band), reason, author)
