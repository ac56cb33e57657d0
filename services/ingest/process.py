"""The ingest process: the front door for HTTP and the admission loop for Kafka. If one fails, both end."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final, Never

from aiokafka.errors import KafkaError

from schemas.forgetting import Subject
from schemas.time import Instant
from schemas.topics import EVENTS, USER_LINKS
from services.ingest.admission import GROUP, Admission
from services.ingest.app import create_app
from services.ingest.core.links import LinkBook
from services.ingest.core.privacy import Privacy
from services.ingest.durable import DurableOutbox
from services.ingest.front_door import FrontDoor
from services.ingest.kafka_writer import KafkaWriter
from services.ingest.link_reader import LinkReader
from services.ingest.put_back import GROUP as PUT_BACK_GROUP
from services.ingest.put_back import Clients, PutBack
from services.ingest.settings import IngestSettings
from services.ingest.sources import Sources
from services.ingest.spool.opening import open_spool
from services.runtime import collector
from services.runtime.database import open_engine, transaction
from services.runtime.health import Check
from services.runtime.kafka import consumer, producer
from services.runtime.keys import KeyRing, key_ring
from services.runtime.pseudonyms import name_of
from services.runtime.server import background_server
from services.runtime.settings import KafkaSettings

_CLIENT: Final = "kizashi-ingest"
_RETRY_SECONDS: Final = 1.0
_LINKS_SECONDS: Final = 15.0  # a million users take about that long
_logger = logging.getLogger(__name__)


async def run(settings: IngestSettings) -> None:
    """Serve until SIGTERM or SIGINT: requests in flight are answered, and what was taken is kept.

    Kafka may be away, also at the start. Raises LogRefused, PortTaken, BrakePulled, SpoolUnusable.
    """
    limits = settings.ingest
    engine = open_engine(settings.database)
    try:
        with open_spool(settings.instance.data / "spool", limits.spool_bytes, limits.spool_floor_bytes) as spool:
            outbox = DurableOutbox(KafkaWriter(settings.kafka, _CLIENT), spool, limits.patience_seconds)
            book, sources = LinkBook(), Sources()
            privacy = Privacy(name_of(settings.privacy), limits.allowed_traits)
            put_back = PutBack(book, outbox, privacy=privacy)

            async def forget(subject: Subject, at: Instant) -> None:
                put_back.forget(subject)
                await outbox.forget(subject, at)

            links = LinkReader(book, put_back.linked, forget)
            async with (
                key_ring(engine) as keys,
                _beside(
                    outbox.run(),
                    _admit(settings, partial(Admission, outbox=outbox, book=book, sources=sources, privacy=privacy)),
                    links.run(partial(consumer, settings.kafka, _CLIENT, USER_LINKS.name)),
                    put_back.run(partial(_putting_back, settings.kafka)),
                    sources.run(partial(transaction, engine)),
                ) as failed,
            ):
                app = create_app(FrontDoor(outbox, limits, book, sources, privacy=privacy), keys, _checks(outbox, keys))
                with suppress(TimeoutError):  # who is not known by then is a dead letter, and put back
                    await asyncio.wait_for(links.has_begun.wait(), _LINKS_SECONDS)
                collector.spare()  # what is there now stays: looking through a million users takes a second
                async with background_server(app, settings.instance.host, settings.instance.ingest_port):
                    await _until_asked(failed)
    finally:
        await engine.dispose()


async def _admit(settings: IngestSettings, admission: Callable[..., Admission]) -> Never:
    """Admit what others write to Kafka, whenever it is there."""
    while True:
        try:
            async with consumer(settings.kafka, _CLIENT, EVENTS.name, group_id=GROUP) as reading:
                await admission(reading, longest=settings.ingest.event_bytes).run()
        except (KafkaError, OSError) as away:
            _logger.warning("admission waits", extra={"reason": str(away)})
            await asyncio.sleep(_RETRY_SECONDS)


@asynccontextmanager
async def _putting_back(settings: KafkaSettings) -> AsyncIterator[Clients]:
    async with consumer(settings, _CLIENT, group_id=PUT_BACK_GROUP) as reading, producer(settings, _CLIENT) as marking:
        yield reading, marking


@asynccontextmanager
async def _beside(*work: Coroutine[None, None, Never]) -> AsyncIterator[asyncio.Task[None]]:
    """Run all of it beside the body, and end it last. Yields what is done once one fails; raises its failure."""
    tasks = [asyncio.create_task(one) for one in work]
    failed = asyncio.create_task(_first(tasks))
    try:
        yield failed
        for task in tasks:
            if task.done():
                await task
    finally:
        failed.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(failed, *tasks, return_exceptions=True)


async def _first(tasks: list[asyncio.Task[Never]]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def _until_asked(failed: asyncio.Task[None]) -> None:
    """Return when a signal asks us to end, or something has failed."""
    asked = asyncio.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, asked.set)
    failed.add_done_callback(lambda _: asked.set())
    await asked.wait()


def _checks(outbox: DurableOutbox, keys: KeyRing) -> dict[str, Check]:
    async def can_keep() -> str | None:
        return outbox.reason

    async def known_keys() -> str | None:
        return None if keys.is_loaded else "the keys could not be read from the database yet"

    return {"outbox": can_keep, "keys": known_keys}
