"""The ingest process: the front door for HTTP and the admission loop for Kafka. If one fails, both end."""

import asyncio
import signal

from schemas.topics import EVENTS
from services.ingest.admission import GROUP, Admission
from services.ingest.app import create_app
from services.ingest.front_door import FrontDoor
from services.ingest.outbox import KafkaOutbox
from services.ingest.settings import IngestSettings
from services.runtime.database import open_engine
from services.runtime.health import Check
from services.runtime.kafka import await_brokers, consumer, producer
from services.runtime.keys import KeyRing, key_ring
from services.runtime.log import read_log
from services.runtime.server import background_server

_CLIENT = "kizashi-ingest"
_BROKER_SECONDS = 60.0
_LINGER_MS = 2  # requests that come together share a batch
_BATCH_BYTES = 131_072


class ProducerFailed(Exception):
    """Kafka refused for good what we wrote: only a new process goes on."""


async def run(settings: IngestSettings) -> None:
    """Serve until SIGTERM or SIGINT: requests in flight are answered, and what is under way is kept.

    Raises KafkaUnreachable, LogRefused, PortTaken, BrakePulled, ProducerFailed.
    """
    await await_brokers(settings.kafka, _CLIENT, _BROKER_SECONDS)
    await read_log(settings.kafka)
    engine = open_engine(settings.database)
    try:
        async with (
            key_ring(engine) as keys,
            producer(settings.kafka, _CLIENT, linger_ms=_LINGER_MS, max_batch_size=_BATCH_BYTES) as writing,
            consumer(settings.kafka, _CLIENT, EVENTS.name, group_id=GROUP) as reading,
        ):
            outbox = KafkaOutbox(writing, settings.ingest.patience_seconds)
            admission = Admission(reading, outbox, settings.ingest.event_bytes)
            front_door = FrontDoor(outbox, settings.ingest)
            app = create_app(front_door, keys, _checks(outbox, keys))
            async with background_server(app, settings.instance.host, settings.instance.ingest_port):
                await _until_asked(admission, outbox)
    finally:
        await engine.dispose()


async def _until_asked(admission: Admission, outbox: KafkaOutbox) -> None:
    """Return when a signal asks us to end; raise what ended either side."""
    asked = asyncio.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, asked.set)
    admitting = asyncio.create_task(admission.run(), name="admission")
    waiting = [admitting, asyncio.create_task(outbox.broken.wait()), asyncio.create_task(asked.wait())]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if admitting.done():
            await admitting
        if outbox.broken.is_set():
            raise ProducerFailed(outbox.reason)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _checks(outbox: KafkaOutbox, keys: KeyRing) -> dict[str, Check]:
    async def kafka() -> str | None:
        return outbox.reason

    async def known_keys() -> str | None:
        return None if keys.is_loaded else "the keys could not be read from the database yet"

    return {"kafka": kafka, "keys": known_keys}
