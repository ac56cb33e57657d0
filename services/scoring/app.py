"""The scoring service: one worker process, scaled by starting more of them."""

import asyncio
import logging
import os
import signal
from typing import NoReturn

import faust

from schemas.time import Instant
from schemas.topics import ACTIVITY
from services.runtime.clock import now
from services.runtime.kafka import client_arguments, producer
from services.runtime.settings import Clock, KafkaSettings
from services.scoring.core import ENGINE
from services.scoring.faust_internals import BatchSchema, LogApp, create_app
from services.scoring.owned import Delivery
from services.scoring.publisher import Publisher
from services.scoring.settings import ScoringSettings
from services.scoring.ticks import Rhythm
from services.scoring.worker import Parameters, Worker

log = logging.getLogger(__name__)

FAILED = 70  # EX_SOFTWARE: the supervisor starts another
APP_ID = f"kizashi-scoring-{ENGINE}"  # another engine has its own changelog and its own offsets
CHANGELOG = f"{APP_ID}-accounts-changelog"
BATCH_BYTES = 900_000  # below the broker's limit for a batch, uncompressed
POLL_SECONDS = 0.5


def end_process(failure: BaseException) -> NoReturn:
    """End at once, without committing or writing anything more. What was not delivered is read again."""
    log.critical("worker ends itself", exc_info=failure)
    logging.shutdown()
    os._exit(FAILED)


async def serve(settings: ScoringSettings, partitions: int, stop: asyncio.Event) -> None:
    """Score until `stop` is set. `partitions`: of the log."""
    async with producer(settings.kafka, "kizashi-scoring", max_batch_size=BATCH_BYTES) as client:
        delivery = Delivery(Publisher(client), CHANGELOG, settings.scoring.flush_seconds, now)
        worker = Worker(_parameters(settings, delivery), end_process)
        app = _faust_app(settings, worker, partitions)
        await app.start()
        try:
            while not stop.is_set():
                if app.crashed:
                    end_process(app.crash_reason or RuntimeError("Faust ended"))
                await _wait(stop, POLL_SECONDS)
        finally:
            await worker.release()
            await app.stop()


def _parameters(settings: ScoringSettings, delivery: Delivery) -> Parameters:
    scoring = settings.scoring
    is_live = settings.instance.clock is Clock.LIVE
    return Parameters(
        delivery=delivery,
        rhythm=Rhythm(scoring.tick_seconds, scoring.idle_tick_seconds) if is_live else None,
        hot_accounts=scoring.hot_accounts,
        session_seconds=scoring.session_seconds,
    )


def _faust_app(settings: ScoringSettings, worker: Worker, partitions: int) -> LogApp:
    scoring = settings.scoring
    folder = settings.instance.data / "faust"  # Faust insists on one; nothing of ours is there
    folder.mkdir(parents=True, exist_ok=True)
    app = create_app(
        worker,
        ACTIVITY.name,
        id=APP_ID,
        broker=[f"kafka://{server}" for server in settings.kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(settings.kafka),
        broker_session_timeout=scoring.session_seconds,
        broker_heartbeat_interval=scoring.session_seconds / 6,
        broker_rebalance_timeout=scoring.session_seconds * 2,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        datadir=str(folder),
        store="memory://",
        stream_wait_empty=False,  # the worker itself waits for what it delivers
        table_standby_replicas=0,
        topic_disable_leader=True,
        topic_partitions=partitions,
        topic_replication_factor=settings.kafka.replication,
        web_enabled=False,
    )
    worker.app = app
    app.agent(app.topic(ACTIVITY.name, schema=BatchSchema()), name="scoring")(worker.read)

    async def revoked(*_: object, **__: object) -> None:
        await worker.release()

    app.on_partitions_revoked.connect(revoked)
    return app


def _credentials(settings: KafkaSettings) -> faust.types.auth.CredentialsT | None:
    arguments = client_arguments(settings, "kizashi-scoring")
    context = arguments["ssl_context"]
    if "sasl_mechanism" in arguments:
        return faust.SASLCredentials(
            mechanism=arguments["sasl_mechanism"],
            username=arguments["sasl_plain_username"],
            password=arguments["sasl_plain_password"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
