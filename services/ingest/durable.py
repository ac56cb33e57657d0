"""Keeps records in Kafka, or on this disk while Kafka does not acknowledge: what a success rests on.

Records that come together are written together, one group at a time. A group that is not acknowledged within the
patience goes into the spool, and so does everything after it, until the spool is empty again: so the order in which
records came is the order in which they reach Kafka. What had been sent before the silence may still arrive; then it is
taken out of the spool. Twice they are sent where the process is killed in between, or the producer gives them up before
Kafka is back though they had arrived: they are recognised.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, Never, TypeVar

from schemas.forgetting import Subject
from schemas.time import Instant
from services.ingest import metrics
from services.ingest.kafka_writer import WriteFailed, Writer
from services.ingest.outbox import NotKept, Outgoing
from services.ingest.spool.spool import Spool, SpoolFull
from services.runtime.clock import now
from services.runtime.kafka import KafkaUnreachable

_MOST_WAITING_BYTES: Final = 16 << 20  # in memory, until a group is done: seconds of a full machine's traffic
_CROWDED: Final = "more comes in than can be written"
_SILENT: Final = "Kafka does not acknowledge"
_ENDS: Final = "this process ends"
_DRAIN_RECORDS, _DRAIN_BYTES = 2_000, 1 << 20
_OPEN_SECONDS: Final = 10.0
_RETRY_SECONDS: Final = 1.0
_GATHER_SECONDS: Final = 0.002  # a write to Kafka costs as much as a dozen events: those who come together share one
_ENOUGH_RECORDS: Final = 1_000  # to be written without waiting for more

_logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class _Group:
    """Records that are written together, and who waits for them."""

    __slots__ = ("bytes", "records", "waiters")

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.waiters: list[asyncio.Future[None]] = []
        self.bytes = 0

    def kept(self) -> None:
        """Tell all that wait."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)

    def not_kept(self, why: str) -> None:
        """Tell those who have no answer yet."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_exception(NotKept(why))
        self.waiters.clear()


class DurableOutbox:
    """An outbox, as long as `run` runs. What is spooled from before is written first."""

    def __init__(self, writer: Writer, spool: Spool, patience: float) -> None:
        self._writer = writer
        self._spool = spool
        self._patience = patience
        self._thread = ThreadPoolExecutor(1, "spool")  # one: the spool's order is the order of these calls
        self._gathered = _Group()
        self._has_come = asyncio.Event()
        self._is_appending = False
        self._draining: asyncio.Task[None] | None = None

    async def keep(self, records: Sequence[Outgoing]) -> None:
        """As `Outbox.keep`: in the order of these calls."""
        if not records:
            return
        reason = self.reason
        if reason is not None:
            raise NotKept(reason)
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        group = self._gathered
        group.records.extend(records)
        group.waiters.append(waiter)
        for record in records:
            group.bytes += record.size
        self._has_come.set()
        try:
            await waiter
        finally:
            del waiter  # it holds what it raises, which holds this frame: a body for the collector, which seldom looks

    async def forget(self, subject: Subject, kept_before: Instant) -> None:
        """Let nothing of somebody wait that was kept until then; also not on the disk."""
        if not self._spool.is_empty:
            metrics.SPOOL_FORGOTTEN.inc(await self._in_thread(partial(self._spool.forget, subject, kept_before)))
            self._show()

    @property
    def reason(self) -> str | None:
        """Why nothing would be taken now; None if it would."""
        if self._gathered.bytes > _MOST_WAITING_BYTES:
            return _CROWDED
        if self._draining is not None and self._spool.is_full:
            return f"{_SILENT}, and the spool is full ({self._spool.content.bytes >> 20} MiB)"
        return None

    @property
    def is_behind(self) -> bool:
        """Whether records go into the spool."""
        return self._draining is not None

    async def run(self) -> Never:
        """Keep what comes until cancelled. Raises LogRefused where this Kafka is not ours."""
        metrics.SPOOL_AGE_SECONDS.set_function(self._age)
        self._show()
        try:
            await self._begin()
            while True:
                if self._draining is not None and self._draining.done():
                    self._draining.result()
                group = await self._next()
                try:
                    await self._take(group)
                finally:
                    group.not_kept(_ENDS)  # whoever has no answer by now
        finally:
            if self._draining is not None:
                self._draining.cancel()
                await asyncio.gather(self._draining, return_exceptions=True)
            self._gathered.not_kept(_ENDS)
            await self._writer.close()
            self._thread.shutdown()

    async def _begin(self) -> None:
        """Write at once where Kafka is there and nothing is left over; otherwise go behind what is."""
        try:
            await self._writer.open(self._patience)
        except KafkaUnreachable:
            self._drain(None, 0)
            return
        if not self._spool.is_empty:
            self._drain(asyncio.ensure_future(_nothing()), 0)

    async def _next(self) -> _Group:
        await self._has_come.wait()
        if len(self._gathered.records) < _ENOUGH_RECORDS:
            await asyncio.sleep(_GATHER_SECONDS)
        self._has_come.clear()
        group, self._gathered = self._gathered, _Group()
        return group

    async def _take(self, group: _Group) -> None:
        if self._draining is None:
            writing = asyncio.ensure_future(self._writer.write(group.records))
            done, _ = await asyncio.wait([writing], timeout=self._patience)
            if done and writing.exception() is None:
                group.kept()
                return
            _logger.warning("spooling", extra={"reason": writing.exception() if done else _SILENT})
            self._drain(writing, await self._append(group))
        else:
            await self._append(group)

    async def _append(self, group: _Group) -> int:
        """The id of the group's last record in the spool; 0 where there was no room."""
        self._is_appending = True
        try:
            last_id = await self._in_thread(partial(self._spool.append, group.records, now()))
        except SpoolFull as full:
            group.not_kept(f"{_SILENT}, and {full}")
            return 0
        finally:
            self._is_appending = False
            self._show()
        metrics.SPOOLED.inc(len(group.records))
        group.kept()
        return last_id

    def _drain(self, writing: asyncio.Future[None] | None, last_id: int) -> None:
        """From now on records go into the spool, whose records up to `last_id` are being written, too."""
        self._draining = asyncio.create_task(self._drained(writing, last_id), name="spool")
        self._draining.add_done_callback(lambda _: self._has_come.set())  # so that a refusal is seen

    async def _drained(self, writing: asyncio.Future[None] | None, last_id: int) -> None:
        if writing is None or not await self._succeeds(writing):
            await self._open()
        elif last_id:
            await self._in_thread(partial(self._spool.drop, last_id))
        while self._is_appending or not self._spool.is_empty:
            head = await self._in_thread(partial(self._spool.head, _DRAIN_RECORDS, _DRAIN_BYTES))
            if not head:
                continue
            if await self._succeeds(self._writer.write([one.record for one in head])):
                await self._in_thread(partial(self._spool.drop, head[-1].id))
                self._show()
            else:
                await self._open()
        self._draining = None
        _logger.info("spool is empty")

    async def _succeeds(self, writing: Awaitable[None]) -> bool:
        try:
            await writing
        except WriteFailed as failed:
            _logger.warning("write failed", extra={"reason": str(failed)})
            return False
        return True

    async def _open(self) -> None:
        while True:
            try:
                return await self._writer.open(_OPEN_SECONDS)
            except KafkaUnreachable:
                await asyncio.sleep(_RETRY_SECONDS)

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        """Not cancelled in the middle: what has begun is finished."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, work))

    def _show(self) -> None:
        content = self._spool.content
        metrics.SPOOL_RECORDS.set(content.records)
        metrics.SPOOL_BYTES.set(content.bytes)

    def _age(self) -> float:
        """Seconds for which the oldest record has waited."""
        oldest_at = self._spool.content.oldest_at
        return 0.0 if oldest_at is None else (now() - oldest_at) / 1_000


async def _nothing() -> None:
    """What is being written when nothing is."""
