"""Who sends, and what became of it: gathered in memory and written to PostgreSQL every few seconds.

Nothing waits for it. While PostgreSQL is away it is kept for as long as that takes, an hour's minutes at most; what a
killed process had not written is missing in these counts, and nowhere else.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Never

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.dead_letters import DeadLetterReason
from schemas.time import MINUTE, Instant, moment_of
from services.ingest.writer import write_sources

_ACCEPTED: Final = "accepted"
_MOST_COUNTS: Final = 50_000  # sources times minutes times outcomes
_WRITE_SECONDS: Final = 5.0
_LOOKED_AT: Final = 4_096  # bytes of a body: the first event says who sent all of them
_LONGEST: Final = 80  # characters of a name or a version

# Segment's and RudderStack's SDKs name themselves in `context.library`, PostHog's in `$lib`.
_LIBRARY = re.compile(rb'"library"\s*:\s*\{[^{}]*?"name"\s*:\s*"([^"\\]+)"(?:[^{}]*?"version"\s*:\s*"([^"\\]+)")?')
_LIB = re.compile(rb'"\$lib"\s*:\s*"([^"\\]+)"')
_LIB_VERSION = re.compile(rb'"\$lib_version"\s*:\s*"([^"\\]+)"')

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
Sdk = tuple[str, str | None]

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Seen:
    last_seen_at: Instant
    sdk: Sdk | None = None
    skew: Instant | None = None


class Sources:
    """Gathers."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._counts: Counter[tuple[str, Instant, str]] = Counter()

    def saw(
        self, source: str, received_at: Instant, sent_at: Instant | None, body: bytes, headers: Mapping[str, str]
    ) -> None:
        """A delivery has come. `headers`: of the request, named in small letters."""
        seen = self._seen.get(source)
        if seen is None:  # once between two writes: looking for the SDK costs more than counting
            seen = self._seen[source] = _Seen(received_at, sdk_of(body, headers))
        seen.last_seen_at = received_at
        if sent_at is not None:
            seen.skew = received_at - sent_at

    def counted(
        self, source: str, received_at: Instant, accepted: int, refused: Mapping[DeadLetterReason, int]
    ) -> None:
        """What became of its events."""
        minute = received_at - received_at % MINUTE
        if accepted:
            self._counts[source, minute, _ACCEPTED] += accepted
        for reason, events in refused.items():
            self._counts[source, minute, reason.value] += events
        if source not in self._seen:
            self._seen[source] = _Seen(received_at)

    async def run(self, transaction: Transaction) -> Never:
        """Write what was gathered until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(_WRITE_SECONDS)
                await self.write(transaction)
        finally:
            await self.write(transaction)

    async def write(self, transaction: Transaction) -> None:
        """Write what was gathered; what cannot be written is gathered on."""
        seen, counts = self._seen, self._counts
        self._seen, self._counts = {}, Counter()
        try:
            async with transaction() as connection:
                await write_sources(
                    connection,
                    [_seen_row(source, one) for source, one in sorted(seen.items())],
                    [
                        {"source": source, "minute": moment_of(minute), "outcome": outcome, "events": events}
                        for (source, minute, outcome), events in sorted(counts.items())
                    ],
                )
        except (SQLAlchemyError, OSError) as away:
            _logger.warning("sources not written", extra={"reason": type(away).__name__})
            self._seen = {**seen, **self._seen}
            if len(counts) < _MOST_COUNTS:
                self._counts.update(counts)


def sdk_of(body: bytes, headers: Mapping[str, str]) -> Sdk | None:
    """Name and version of the SDK that made a delivery: as it says in the body, or else as its User-Agent.

    >>> sdk_of(b'{"context":{"library":{"name":"analytics.js","version":"1.84.3"}}}', {})
    ('analytics.js', '1.84.3')
    >>> sdk_of(b'{"$lib_version":"7.9","$lib":"posthog-python"}', {})
    ('posthog-python', '7.9')
    >>> sdk_of(b"{}", {"user-agent": "curl/8.5.0"})
    ('curl', '8.5.0')
    """
    beginning = body[:_LOOKED_AT]
    found = _LIBRARY.search(beginning)
    if found is not None:
        return _text(found[1]) or "", _text(found[2])
    named = _LIB.search(beginning)
    if named is not None:
        version = _LIB_VERSION.search(beginning)
        return _text(named[1]) or "", _text(version[1]) if version else None
    product, _, version_text = headers.get("user-agent", "").partition(" ")[0].partition("/")
    return (product[:_LONGEST], version_text[:_LONGEST] or None) if product else None


def _text(found: bytes | None) -> str | None:
    """As a terminal and a database can show it."""
    if found is None:
        return None
    text = found.decode("utf-8", "backslashreplace")[:_LONGEST]
    return "".join(character for character in text if character.isprintable())


def _seen_row(source: str, seen: _Seen) -> dict[str, object]:
    sdk, version = seen.sdk or (None, None)
    return {
        "source": source,
        "last_seen_at": moment_of(seen.last_seen_at),
        "sdk": sdk,
        "sdk_version": version,
        "skew_ms": seen.skew,
    }
