"""Kafka clients as we use them: their arguments, their starts, and waiting for brokers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLCertVerificationError, SSLContext, SSLError
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError
from aiokafka.helpers import create_ssl_context

from schemas.topics import DEAD_LETTER_BYTES
from services.runtime.settings import KafkaSettings

_FRAME_BYTES = 65_536  # what a record's headers and batch add to its value, at most
_RETRY_SECONDS = 0.2
_COMPLAINT_SECONDS = 5.0
# Waiting mends none of these. A broker that is starting does not listen yet, or closes the connection.
_FINAL = (SaslAuthenticationFailed, UnsupportedSaslMechanismError, SSLCertVerificationError)


class KafkaUnreachable(Exception):
    """No broker answered in time."""


def client_arguments(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    """What every aiokafka client takes: where, who, and how it is encrypted."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers,
        "client_id": client_id,
        "security_protocol": settings.security_protocol,
        "ssl_context": _ssl_context(settings),
    }
    if settings.security_protocol.startswith("SASL") and settings.sasl_password is not None:
        arguments |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password.get_secret_value(),
        }
    return arguments


def _ssl_context(settings: KafkaSettings) -> SSLContext | None:
    if not settings.security_protocol.endswith("SSL"):
        return None
    try:
        context: SSLContext = create_ssl_context(
            cafile=settings.tls_ca_file,
            certfile=settings.tls_cert_file,
            keyfile=settings.tls_key_file,
        )
    except (OSError, SSLError) as refused:
        msg = f"the certificates of KIZASHI_KAFKA_TLS_* cannot be used: {refused}"
        raise KafkaUnreachable(msg) from refused
    return context


@asynccontextmanager
async def producer(settings: KafkaSettings, client_id: str, **more: Any) -> AsyncIterator[AIOKafkaProducer]:  # noqa: ANN401 - aiokafka's own arguments
    """A started producer: acks=all, no duplicates of its own making, murmur2 like Java's. Flushed at the end."""
    arguments: dict[str, Any] = {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "snappy",  # aiokafka's lz4 is at its slowest level, 20 times as slow for a tenth less
        "max_request_size": DEAD_LETTER_BYTES + _FRAME_BYTES,
        **client_arguments(settings, client_id),
        **more,
    }
    client = AIOKafkaProducer(**arguments)
    try:
        await client.start()  # inside: who is cancelled here leaves connections behind
        yield client
    finally:
        await _stop(client)


@asynccontextmanager
async def consumer(
    settings: KafkaSettings,
    client_id: str,
    *topics: str,
    **more: Any,  # noqa: ANN401 - aiokafka's own arguments
) -> AsyncIterator[AIOKafkaConsumer]:
    """A started consumer from the earliest record on, which commits only when told to."""
    arguments: dict[str, Any] = {
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        **client_arguments(settings, client_id),
        **more,
    }
    client = AIOKafkaConsumer(*topics, **arguments)
    try:
        await client.start()  # inside: who is cancelled here leaves connections behind
        yield client
    finally:
        await _stop(client)


async def _stop(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Close a client. Without brokers aiokafka cancels a task of its own, and lets us have its CancelledError."""
    try:
        await client.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it was meant for us
            raise


@asynccontextmanager
async def admin(settings: KafkaSettings, client_id: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A started admin client."""
    client = AIOKafkaAdminClient(**client_arguments(settings, client_id))
    try:
        await client.start()
        yield client
    finally:
        await client.close()


async def await_brokers(settings: KafkaSettings, client_id: str, seconds: float) -> None:
    """Return once a broker answers. Raises KafkaUnreachable after `seconds`, or as soon as one refuses what we show."""
    wrong: Exception | None = None
    try:
        async with asyncio.timeout(seconds):
            while not await _answers(settings, client_id):
                wrong = await _complaint(settings, client_id)
                if isinstance(wrong, _FINAL):
                    break
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return
    except TimeoutError:
        wrong = wrong or await _complaint(settings, client_id)
    why = "it has only just begun to answer" if wrong is None else str(wrong) or type(wrong).__name__
    msg = (
        f"no Kafka broker lets us in at {settings.bootstrap_servers} ({settings.security_protocol}): {why}. "
        "See KIZASHI_KAFKA_BOOTSTRAP_SERVERS, and KIZASHI_KAFKA_SECURITY_PROTOCOL for SASL and TLS."
    )
    raise KafkaUnreachable(msg) from wrong


async def _answers(settings: KafkaSettings, client_id: str) -> bool:
    try:
        async with admin(settings, client_id):
            return True
    except (KafkaError, OSError):
        return False


async def _complaint(settings: KafkaSettings, client_id: str) -> Exception | None:
    """What is wrong with a connection to the first broker: a client only says that there is none."""
    arguments = client_arguments(settings, client_id)
    host, port, _ = collect_hosts(arguments.pop("bootstrap_servers"), randomize=False)[0]
    try:
        async with asyncio.timeout(_COMPLAINT_SECONDS):
            connection = await create_conn(host, port, **arguments)
    except (KafkaError, OSError, TimeoutError) as wrong:
        return wrong
    connection.close()
    return None
