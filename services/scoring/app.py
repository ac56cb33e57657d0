"""The scoring service: one worker process, scaled by starting more of them."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from inspect import isbuiltin
from typing import Any, NoReturn

import faust

from schemas.time import Instant
from schemas.topics import ACTIVITY
from services.runtime.clock import now
from services.runtime.health import health_server
from services.runtime.kafka import KafkaUnreachable, await_brokers, client_arguments, producer
from services.runtime.log import LogIdentity, read_log
from services.runtime.settings import Clock, InstanceSettings, KafkaSettings, read
from services.scoring.changelog import Restoring
from services.scoring.core import ENGINE
from services.scoring.core.step import advance
from services.scoring.faust_internals import AsFetched, LogApp, create_app
from services.scoring.fence import Fence
from services.scoring.health import checks
from services.scoring.metrics import show
from services.scoring.owned import TOPICS, Delivery
from services.scoring.publisher import Publisher
from services.scoring.settings import ScoringBlock, ScoringSettings
from services.scoring.standstill import LOOK_SECONDS, Standstill, Watch
from services.scoring.ticks import Rhythm
from services.scoring.worker import Parameters, Worker

log = logging.getLogger(__name__)

FAILED = 70  # EX_SOFTWARE: the supervisor starts another
APP_ID = f"kizashi-scoring-{ENGINE}"  # another engine has its own changelog and its own offsets
CHANGELOG = f"{APP_ID}-accounts-changelog"
BATCH_BYTES = 900_000  # below the broker's limit for a batch, uncompressed
FETCH_BYTES = 524_288  # of a partition at a time; a batch of the changelog that is larger would come alone
HEARTBEAT_SECONDS = 0.5  # by whose answers a worker hears that another has come or gone
LEAVE_SECONDS = 2.0  # who is told to end has 10 s, and may have drained for 7
BROKER_SECONDS = 10.0  # then it is said that Kafka is awaited, and awaited further
CLIENT = "kizashi-scoring"


def end_process(failure: BaseException) -> NoReturn:
    """End at once, without committing or writing anything more. What was not delivered is read again."""
    log.critical("worker ends itself", exc_info=failure)
    logging.shutdown()
    os._exit(FAILED)


@dataclass(frozen=True, slots=True)
class Job:
    """What is folded out of the log, and where its outputs go: the product's own scoring, or a benchmark's job."""

    restoring: Callable[[], Restoring] = Restoring
    topics: Mapping[str, type[Any]] = field(default_factory=lambda: TOPICS)


async def serve(
    settings: ScoringSettings,
    partitions: int,
    stop: asyncio.Event,
    clock: Callable[[], Instant] = now,
    job: Job = Job(),
) -> None:
    """Score until `stop` is set. `partitions`: of the log; `clock`: what ticks are told by."""
    async with (
        producer(settings.kafka, CLIENT, max_batch_size=BATCH_BYTES, compression_type="zstd") as client,
        producer(settings.kafka, CLIENT, max_batch_size=BATCH_BYTES, compression_type="zstd") as of_changelog,
        producer(settings.kafka, CLIENT) as of_dead_letters,  # which go where their keys belong
    ):
        fence = Fence(of_changelog, APP_ID, CHANGELOG, client)
        publisher = Publisher(client, of_dead_letters, {CHANGELOG: of_changelog})
        delivery = Delivery(publisher, fence, CHANGELOG, settings.scoring.flush_seconds, clock, job.topics)
        worker = Worker(_parameters(settings, delivery, job), end_process)
        app = _faust_app(settings, worker, partitions)
        show(worker, clock)
        async with health_server(checks(worker), settings.instance.host, settings.instance.scoring_port):
            await app.start()
            try:
                await _until(stop, app, Watch(worker))
            finally:
                await worker.release()
                await _leave(app)


async def _leave(app: LogApp) -> None:
    """Leave the group, so that others need not wait for our session to end; but not at any price.

    Who is joining cannot leave before the others have joined, and Faust does not let go of it when it is cancelled.
    By now everything has been delivered and committed, so that it is no loss to end without leaving.
    """
    leaving = asyncio.create_task(app.stop())
    _, waiting = await asyncio.wait({leaving}, timeout=LEAVE_SECONDS)
    if waiting:
        log.warning("Kafka does not let us leave the group in time: the others wait until the session has ended")
        logging.shutdown()
        os._exit(os.EX_OK)
    leaving.result()


async def _until(stop: asyncio.Event, app: LogApp, watch: Watch) -> None:
    while not stop.is_set():
        if app.crashed:
            end_process(app.crash_reason or RuntimeError("Faust ended"))
        try:
            watch.look()
        except Standstill as standstill:
            end_process(standstill)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await stop.wait()


def _parameters(settings: ScoringSettings, delivery: Delivery, job: Job) -> Parameters:
    scoring = settings.scoring
    is_live = settings.instance.clock is Clock.LIVE
    return Parameters(
        delivery=delivery,
        rhythm=Rhythm(scoring.tick_seconds, scoring.idle_tick_seconds) if is_live else None,
        hot_accounts=scoring.hot_accounts,
        session_seconds=scoring.session_seconds,
        restoring=job.restoring,
        remembered_messages=scoring.remembered_messages,
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
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        broker_rebalance_timeout=scoring.session_seconds * 2,
        broker_commit_interval=1.0,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=FETCH_BYTES,
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
    app.agent(app.topic(ACTIVITY.name, schema=AsFetched()), name="scoring")(worker.read)

    async def revoked(*_: object, **__: object) -> None:
        await worker.release()

    app.on_partitions_revoked.connect(revoked)
    return app


def _credentials(settings: KafkaSettings) -> faust.types.auth.CredentialsT | None:
    arguments = client_arguments(settings, CLIENT)
    context = arguments["ssl_context"]
    if "sasl_mechanism" in arguments:
        return faust.SASLCredentials(
            mechanism=arguments["sasl_mechanism"],
            username=arguments["sasl_plain_username"],
            password=arguments["sasl_plain_password"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


async def main(clock: Callable[[], Instant] = now) -> None:
    """Read the settings, wait for Kafka and for the log, and serve until SIGTERM or Ctrl-C."""
    settings = ScoringSettings(read(KafkaSettings), read(InstanceSettings), read(ScoringBlock))
    stop = asyncio.Event()
    for interrupt in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(interrupt, stop.set)
    identity = await _the_log(settings.kafka, stop)
    if identity is not None:
        core = "compiled" if isbuiltin(advance) else "sources"  # deploy/compile.py
        extra = {"log_id": identity.log_id, "partitions": identity.partitions, "engine": ENGINE, "core": core}
        log.info("scoring", extra=extra)
        await serve(settings, identity.partitions, stop, clock)


async def _the_log(kafka: KafkaSettings, stop: asyncio.Event) -> LogIdentity | None:
    """The log, once Kafka answers; None when told to stop before."""
    while not stop.is_set():
        try:
            await await_brokers(kafka, CLIENT, BROKER_SECONDS)
            return await read_log(kafka)
        except KafkaUnreachable as unreachable:
            log.warning("waiting for Kafka", extra={"reason": str(unreachable)})
    return None
