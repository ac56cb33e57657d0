"""Deliveries on their way: claimed, attempted, and marked; again if they fail.

A claim is a lease. Who dies with one has it taken over when it runs out, so that everything is delivered at least
once. Each receiver is a lane: a few of its deliveries may be under way, and however slow it is, it delays no other.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple, NoReturn, assert_never

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.time import SECOND, instant_of
from services.alerts.core.attempts import PATIENCE, Answer, Delivered, Failed, Hopeless, pause, sayable
from services.alerts.metrics import ATTEMPTS, FAILURES, KEPT_TO_SENT_SECONDS, OLDEST_SECONDS, WAITING, Channel, Ended
from services.alerts.queries import outbox, people
from services.alerts.queries.outbox import Job
from services.alerts.queries.people import Receivers
from services.alerts.queries.webhooks import webhook
from services.runtime.database import transaction

Deliver = Callable[[Job, Receivers, datetime], Awaitable[Answer]]

_LEASE: Final = timedelta(seconds=45)  # longer than any attempt, and what it takes to mark it
_UNDER_WAY: Final = 200  # deliveries at once
_IN_LANE: Final = 4  # of these, to one receiver
_POLL_SECONDS: Final = 1.0  # retries fall due by themselves, and other processes put messages on their ways
_ROUND_SECONDS: Final = 0.02  # what ends meanwhile is marked together: a transaction for each would be most of the work
_AWAY_SECONDS: Final = 1.0
_LOOK_SECONDS: Final = 5.0

logger = logging.getLogger(__name__)


class Attempt(NamedTuple):
    """A job that was attempted, and what came of it."""

    job: Job
    answer: Answer


class Dispatcher:
    """Delivers for as long as it runs, any number of them side by side. `wake` is set when there is something to do."""

    def __init__(
        self,
        engine: AsyncEngine,
        channels: Mapping[Channel, Deliver],
        now: Callable[[], datetime],
        chance: Callable[[], float],
        wake: asyncio.Event,
    ) -> None:
        self._engine = engine
        self._channels = channels
        self._now = now
        self._chance = chance
        self._wake = wake
        self._lanes: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts: list[Attempt] = []  # not marked yet

    async def run(self) -> NoReturn:
        """Deliver until cancelled, through outages of the database."""
        try:
            while True:
                try:
                    await self._mark_all()
                    await self._begin()
                except (SQLAlchemyError, OSError) as away:
                    FAILURES.inc()
                    logger.warning("deliveries interrupted", extra={"error": type(away).__name__})
                    await asyncio.sleep(_AWAY_SECONDS)
                await asyncio.sleep(_ROUND_SECONDS)
                await self._pause()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def watch(self) -> NoReturn:
        """Say how much waits, until cancelled."""
        while True:
            try:
                async with transaction(self._engine) as connection:
                    now = self._now()
                    waiting, oldest = await outbox.standing(connection, now)
                WAITING.set(waiting)
                OLDEST_SECONDS.set((now - oldest).total_seconds() if oldest else 0)
            except (SQLAlchemyError, OSError):
                FAILURES.inc()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _begin(self) -> None:
        """Claim what is due and begin with it."""
        room = _UNDER_WAY - len(self._tasks)
        if room <= 0:
            return
        busy = [lane for lane, count in self._lanes.items() if count >= _IN_LANE]
        async with transaction(self._engine) as connection:
            now = self._now()
            jobs = await outbox.claim(connection, now, now + _LEASE, room, _IN_LANE, busy)
            if not jobs:
                return
            known = await people.receivers(connection)
        for job in jobs:
            self._lanes[job.lane] += 1
            task = asyncio.create_task(self._deliver(job, known), name=f"delivery to {job.lane}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, job: Job, known: Receivers) -> None:
        try:
            answer = await self._channels[Channel(job.channel)](job, known, self._now())
            self._attempts.append(Attempt(job, replace(answer, answer=sayable(answer.answer))))
        finally:
            self._lanes[job.lane] -= 1
            if not self._lanes[job.lane]:
                del self._lanes[job.lane]
            self._wake.set()  # to be marked, and there may be more for this lane

    async def _mark_all(self) -> None:
        """Mark what was attempted since the last time. Should that fail, leases run out, and it is sent again."""
        attempts, self._attempts = self._attempts, []
        if not attempts:
            return
        async with transaction(self._engine) as connection:
            now = self._now()
            delivered = [(job, answer.answer) for job, answer in attempts if isinstance(answer, Delivered)]
            await outbox.delivered(connection, delivered, now)
            for attempt in attempts:
                await self._mark(connection, attempt, now)
        for job, answer in attempts:
            ATTEMPTS.labels(Channel(job.channel), _ended(job, answer)).inc()
            if job.attempts == 1 and isinstance(answer, Delivered):
                KEPT_TO_SENT_SECONDS.observe((now - job.created_at).total_seconds())

    async def _mark(self, connection: AsyncConnection, attempt: Attempt, now: datetime) -> None:
        job, answer = attempt
        match answer:
            case Delivered():
                pass  # marked already, with the others
            case Failed(said):
                wait = pause(job.attempts, answer, self._chance())
                if wait is None:
                    await outbox.end(connection, job, outbox.GIVEN_UP, said, now)
                else:
                    await outbox.postpone(connection, job, now + timedelta(seconds=wait / SECOND), said, now)
                await self._lose_patience(connection, job, now)
            case Hopeless(said, is_gone):
                await outbox.end(connection, job, outbox.GIVEN_UP, said, now)
                if is_gone:
                    await outbox.disable(connection, job.lane, said, now)
            case _:
                assert_never(answer)

    async def _lose_patience(self, connection: AsyncConnection, job: Job, now: datetime) -> None:
        """Disable an endpoint that has failed for days without a break."""
        endpoint = await webhook(connection, job.lane)
        if endpoint is None or endpoint.failing_since is None:
            return
        if instant_of(now) - instant_of(endpoint.failing_since) >= PATIENCE:
            because = f"it has failed since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC"
            await outbox.disable(connection, job.lane, because, now)


def _ended(job: Job, answer: Answer) -> Ended:
    match answer:
        case Delivered():
            return Ended.DELIVERED
        case Failed():
            return Ended.GIVEN_UP if pause(job.attempts, answer, 0.0) is None else Ended.RETRIED
        case Hopeless():
            return Ended.GIVEN_UP
    assert_never(answer)
