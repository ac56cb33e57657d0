"""Webhooks, as Standard Webhooks has them: signed, with one id for ever, no redirects, a reply that may be any size."""

import asyncio
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NamedTuple

import httpcore
from httpcore import AnyIOBackend
from standardwebhooks import Webhook

from schemas.time import SECOND, Instant
from services.alerts.core.attempts import Answer, Delivered, Failed, Hopeless
from services.alerts.network import AddressRefused, PublicNetwork
from services.runtime.metrics import own_version

MOST_READ: Final = 65_536  # bytes of a reply; the rest is left unread
_CONNECT_SECONDS: Final = 5.0
_ATTEMPT_SECONDS: Final = 20.0  # for all of it, however slowly a reply drips
_SHOWN: Final = 200  # characters of a reply that are kept
_ERROR: Final = 400  # from here on a status is a failure


class Letter(NamedTuple):
    """A message on its way to one endpoint. `secrets` are those that live: two while one replaces the other."""

    message_id: str
    url: str
    secrets: tuple[str, ...]
    body: bytes


def signed(letter: Letter, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks. `now` must be in UTC: the library takes any clock's figures for UTC's."""
    at = now.astimezone(UTC)
    text = letter.body.decode()
    signatures = [Webhook(secret).sign(letter.message_id, at, text) for secret in letter.secrets]
    return {
        "webhook-id": letter.message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


class WebhookChannel:
    """Posts letters, each on a connection of its own: a pool of many would look at all of them for every letter."""

    def __init__(self, *, private_addresses: bool) -> None:
        self._network = AnyIOBackend() if private_addresses else PublicNetwork()
        self._tls = ssl.create_default_context()
        self._user_agent = f"Kizashi/{own_version()} (+webhooks)"  # looked up once: it takes longer than signing

    async def deliver(self, letter: Letter, now: datetime) -> Answer:
        """What the endpoint answered. Whatever it does, this ends within 20 s."""
        headers = {
            **signed(letter, now),
            "content-type": "application/json",
            "user-agent": self._user_agent,
        }
        try:
            async with asyncio.timeout(_ATTEMPT_SECONDS):
                return await self._post(letter, headers, now)
        except AddressRefused as refused:
            return Failed(f"not sent: {refused}")
        except TimeoutError:
            return Failed(f"no answer within {_ATTEMPT_SECONDS:g} s")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as failure:
            return Failed(f"{type(failure).__name__}: {failure}".removesuffix(": "))
        except (httpcore.UnsupportedProtocol, UnicodeError) as wrong:  # a URL that was taken by mistake
            return Hopeless(f"{type(wrong).__name__}: {wrong}", is_gone=True)

    async def _post(self, letter: Letter, headers: dict[str, str], now: datetime) -> Answer:
        connection = httpcore.AsyncHTTPConnection(
            httpcore.URL(letter.url).origin, ssl_context=self._tls, network_backend=self._network
        )
        timeouts = {"timeout": {"connect": _CONNECT_SECONDS}}
        async with (
            connection,
            connection.stream(
                "POST", letter.url, headers=list(headers.items()), content=letter.body, extensions=timeouts
            ) as response,
        ):
            shown = await _beginning(response)
            return judged(response.status, dict(response.headers), shown, now)


def judged(status: int, headers: dict[bytes, bytes], shown: str, now: datetime) -> Answer:
    """What an answer means: 2xx is taken, 410 wants no more, everything else may go better later."""
    answer = f"{status} {shown}".strip()
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered(answer)
    if status == HTTPStatus.GONE:
        return Hopeless(answer, is_gone=True)
    if status < _ERROR:
        return Failed(f"{status}: redirects are not followed")
    lowered = {name.lower(): value for name, value in headers.items()}
    return Failed(answer, wish=retry_after(lowered.get(b"retry-after", b"").decode("latin-1"), now))


def retry_after(text: str, now: datetime) -> Instant | None:
    """How long a Retry-After header asks to wait; None where it says nothing that can be understood.

    >>> retry_after("120", datetime(2026, 11, 22, tzinfo=UTC))
    120000
    >>> retry_after("Sun, 22 Nov 2026 00:01:00 GMT", datetime(2026, 11, 22, tzinfo=UTC))
    60000
    >>> retry_after("soon", datetime(2026, 11, 22, tzinfo=UTC))
    """
    if text.isdecimal():
        return int(text[:9]) * SECOND
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    wish = at.replace(tzinfo=at.tzinfo or UTC) - now
    return max(0, int(wish.total_seconds() * SECOND))


async def _beginning(response: httpcore.Response) -> str:
    """The beginning of a reply, for people; no more than that is ever read."""
    read = bytearray()
    async for chunk in response.aiter_stream():
        read += chunk
        if len(read) >= MOST_READ:
            break
    return " ".join(bytes(read[:MOST_READ]).decode("utf-8", "replace").split())[:_SHOWN]


def secrets_of(secret: str, old: str | None, old_until: datetime | None, now: datetime) -> tuple[str, ...]:
    """The secrets that sign: the new one, and the old one while it lives."""
    lives = old is not None and old_until is not None and now < old_until
    return (secret, *([old] if lives and old is not None else []))
