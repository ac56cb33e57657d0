"""What an import writes to every partition between its rows and after them: ticks of the log's clock, or its end."""

from collections.abc import Mapping
from typing import Protocol

from schemas.activity import ImportEnd, Tick
from schemas.codec import encode
from schemas.time import Instant, moment_of
from services.ingest.history.write import LogWriter


class Punctuation(Protocol):
    """Told of every row before it is written, and of the end."""

    async def before(self, occurred_at: Instant) -> None:
        """A row of this time comes next."""

    async def end(self) -> None:
        """No row comes any more."""


class Silence:
    """Nothing: the sheets of a live instance, which its own ticks evaluate."""

    async def before(self, occurred_at: Instant) -> None:
        pass

    async def end(self) -> None:
        pass


class PeriodTicks:
    """A tick at the end of each period of the rows' own time, also of empty ones.

    In each partition a tick stands after all rows before it and ahead of all rows after it. A partition that has
    a later tick already gets none: its time does not go back. Nor is a tick ahead of `now`: scoring would ignore it.
    """

    def __init__(self, log: LogWriter, period: Instant, latest: Mapping[int, Instant], now: Instant) -> None:
        self._log = log
        self._period = period
        self._latest = dict(latest)
        self._now = now
        self._next: Instant | None = None
        self._last_row: Instant = 0

    async def before(self, occurred_at: Instant) -> None:
        if self._next is None:
            self._next = self._end_of_period(occurred_at)
        while occurred_at >= self._next:
            await self._tick(self._next)
            self._next += self._period
        self._last_row = occurred_at

    async def end(self) -> None:
        if self._next is None:
            await RepeatedTick(self._log, self._latest).end()
        else:
            await self._tick(max(self._last_row, min(self._next, self._now)))

    def _end_of_period(self, instant: Instant) -> Instant:
        return (instant // self._period + 1) * self._period

    async def _tick(self, at: Instant) -> None:
        value = encode(Tick(at=moment_of(at)))
        for partition in range(self._log.partitions):
            if at > self._latest.get(partition, -1):
                await self._log.append(partition, None, value)
                self._latest[partition] = at


class RepeatedTick:
    """The latest tick of each partition once more, after the sheets of an instance whose clock is its log.

    No time passes, but the accounts touched are evaluated.
    """

    def __init__(self, log: LogWriter, latest: Mapping[int, Instant]) -> None:
        self._log = log
        self._latest = latest

    async def before(self, occurred_at: Instant) -> None:
        pass

    async def end(self) -> None:
        for partition, at in self._latest.items():
            await self._log.append(partition, None, encode(Tick(at=moment_of(at))))


class EndOfImport:
    """The record at which a live instance evaluates what was brought in."""

    def __init__(self, log: LogWriter, file: str, received_at: Instant) -> None:
        self._log = log
        self._end = ImportEnd(file=file, received_at=moment_of(received_at))

    async def before(self, occurred_at: Instant) -> None:
        pass

    async def end(self) -> None:
        for partition in range(self._log.partitions):
            await self._log.append(partition, None, encode(self._end))
