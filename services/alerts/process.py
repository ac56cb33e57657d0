"""Alerts as a process: two projectors, what time does, and what delivers; if one of them fails, all end."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import SystemRandom
from typing import Never

from aiokafka import AIOKafkaConsumer
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.dead_letters import DeadLetter, DeadLetterReason
from schemas.time import SECOND
from schemas.topics import DEAD_LETTERS
from services.alerts.activity import ActivityProjection
from services.alerts.channels.mail import MailChannel
from services.alerts.channels.slack import SlackChannel
from services.alerts.channels.topic import LogChannel, TopicChannel
from services.alerts.channels.webhook import WebhookChannel
from services.alerts.conditions import ConditionsProjection
from services.alerts.digesting import Digests
from services.alerts.dispatch import Deliver, Dispatcher
from services.alerts.guarding import Guarding
from services.alerts.metrics import Channel
from services.alerts.posting import Postman
from services.alerts.queries import work
from services.alerts.sealing import Bells, Sealer
from services.alerts.settings import AlertsSettings
from services.alerts.waking import Waker
from services.runtime.database import open_engine, snapshot
from services.runtime.health import Check, health_server
from services.runtime.kafka import consumer
from services.runtime.migrations import pending_migrations
from services.runtime.projection.projector import Projection, Projector, Record
from services.runtime.sender import Sender
from services.runtime.settings import Clock

_CLIENT = "kizashi-alerts"

Work = Callable[[], Coroutine[None, None, Never]]


@dataclass(frozen=True, slots=True)
class Alerts:
    """What has to run, and the checks of its readiness."""

    work: tuple[Work, ...]
    checks: Mapping[str, Check]


async def run(settings: AlertsSettings) -> None:
    """Work until SIGTERM or SIGINT. Raises PortTaken."""
    asked = asyncio.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, asked.set)
    async with (
        prepared(settings) as alerts,
        health_server(alerts.checks, settings.instance.host, settings.instance.alerts_port),
    ):
        waiting: list[asyncio.Task[object]] = [
            *(asyncio.create_task(work()) for work in alerts.work),
            asyncio.create_task(asked.wait()),
        ]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


@asynccontextmanager
async def prepared(settings: AlertsSettings) -> AsyncIterator[Alerts]:
    """All of it, not running yet."""
    engine = open_engine(settings.database)
    try:
        async with WebhookChannel(private_addresses=settings.alerts.private_addresses) as webhooks:
            yield _put_together(settings, engine, webhooks)
    finally:
        await engine.dispose()


def _put_together(settings: AlertsSettings, engine: AsyncEngine, webhooks: WebhookChannel) -> Alerts:
    manner, bells = settings.alerts.manner, Bells(asyncio.Event(), asyncio.Event())
    is_live = settings.instance.clock is Clock.LIVE
    sender = Sender(settings.kafka, _CLIENT)
    seconds = settings.alerts.guard_seconds
    guarding = Guarding(None if seconds is None else seconds * SECOND, is_on=is_live)
    conditions = _projector(settings, engine, ConditionsProjection(manner, _refusing(sender), _now, bells.said))
    activity = _projector(settings, engine, ActivityProjection(manner, guarding, _now))
    sealer = Sealer(engine, settings.alerts.page_url, manner.settling, _now, bells)
    sealer.delivers = is_live or settings.alerts.on_log_clock
    postman = Postman(webhooks, MailChannel(settings.mail), SlackChannel(settings.slack))
    channels: dict[Channel, Deliver] = {
        Channel.TOPIC: TopicChannel(sender).deliver,
        Channel.LOG: LogChannel(sender, engine).deliver,
        Channel.WEBHOOK: postman.to_webhook,
        Channel.MAIL: postman.by_mail,
        Channel.SLACK: postman.by_slack,
    }
    dispatcher = Dispatcher(engine, channels, _now, SystemRandom().random, bells.sealed)
    work: tuple[Work, ...] = (
        sender.run,
        conditions.run,
        activity.run,
        Waker(engine, manner, _now, bells.said).run,
        sealer.run,
        Digests(engine, settings.alerts.page_url, _now).run,
        dispatcher.run,
        dispatcher.watch,
    )
    return Alerts(work, _checks(engine, conditions, activity, sender))


def _projector(settings: AlertsSettings, engine: AsyncEngine, projection: Projection) -> Projector:
    def opened() -> AbstractAsyncContextManager[AIOKafkaConsumer]:
        return consumer(settings.kafka, f"{_CLIENT}-projector", auto_offset_reset="none")

    return Projector(engine, opened, projection)


def _refusing(sender: Sender) -> Callable[[Record, str], Coroutine[None, None, None]]:
    async def refuse(record: Record, why: str) -> None:
        letter = DeadLetter(
            reason=DeadLetterReason.UNREADABLE,
            detail=why,
            origin=f"{record.topic}/{record.partition}/{record.offset}",
            refused_at=_now(),
        )
        await sender.send(DEAD_LETTERS.name, record.key, record.value, letter.headers())

    return refuse


def _checks(engine: AsyncEngine, conditions: Projector, activity: Projector, sender: Sender) -> dict[str, Check]:
    seen: list[str] = []  # nobody takes a migration back under a running service

    async def database() -> str | None:
        if seen:
            async with snapshot(engine) as connection:
                await work.stream_time(connection)
            return None
        pending = await pending_migrations(engine)
        if pending:
            return f"migrations wait: {', '.join(pending)}. `kizashi prepare` applies them"
        seen.append("all of them")
        return None

    async def kafka() -> str | None:
        return None if sender.is_connected else "no producer yet: Kafka cannot be reached"

    return {
        "database": database,
        "kafka": kafka,
        "conditions": conditions.readiness,
        "activity": activity.readiness,
    }


def _now() -> datetime:
    return datetime.now(UTC)
