"""Webhooks, as Standard Webhooks has them: signed, with one id for ever, no redirects, a reply that may be any size."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NamedTuple, Self

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    StreamReader,
)
from standardwebhooks import Webhook

from schemas.time import SECOND, Instant
from services.alerts.core.attempts import Answer, Delivered, Failed, Hopeless
from services.alerts.network import AddressRefused, connector
from services.runtime.metrics import own_version

MOST_READ: Final = 65_536  # bytes of a reply; the rest is left unread
_CONNECT_SECONDS: Final = 5.0
_ATTEMPT_SECONDS: Final = 20.0  # for all of it, however slowly a reply drips
_SHOWN: Final = 200  # characters of a reply that are kept


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
    """Posts letters, while it is open (`async with`)."""

    def __init__(self, *, private_addresses: bool) -> None:
        self._session = ClientSession(
            connector=connector(private_addresses=private_addresses),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,  # nobody's bomb goes off here
            timeout=ClientTimeout(total=_ATTEMPT_SECONDS, sock_connect=_CONNECT_SECONDS),
            headers={
                "content-type": "application/json",
                "user-agent": f"Kizashi/{own_version()} (+webhooks)",  # looked up once: it takes longer than signing
            },
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def deliver(self, letter: Letter, now: datetime) -> Answer:
        """What the endpoint answered. Whatever it does, this ends within 20 s."""
        try:
            async with self._session.post(
                letter.url, data=letter.body, headers=signed(letter, now), allow_redirects=False
            ) as response:
                wish = retry_after(response.headers.get("retry-after", ""), now)
                return judged(response.status, await _beginning(response.content), wish)
        except InvalidURL as wrong:  # it was taken by mistake
            return Hopeless(f"not a URL: {wrong}", is_gone=True)
        except TimeoutError:
            return Failed(f"no answer within {_ATTEMPT_SECONDS:g} s")
        except ClientConnectorError as away:
            if isinstance(away.os_error, AddressRefused):
                return Failed(f"not sent: {away.os_error}")
            return Failed(f"no connection: {away.os_error}")
        except (ClientError, OSError) as failure:
            return Failed(f"{type(failure).__name__}: {failure}".removesuffix(": "))


def judged(status: int, shown: str, wish: Instant | None) -> Answer:
    """What an answer means: 2xx is taken, 410 wants no more, everything else may go better later."""
    answer = f"{status} {shown}".strip()
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered(answer)
    if status == HTTPStatus.GONE:
        return Hopeless(answer, is_gone=True)
    if status < HTTPStatus.BAD_REQUEST:
        return Failed(f"{status}: redirects are not followed")
    return Failed(answer, wish=wish)


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


async def _beginning(reply: StreamReader) -> str:
    """The beginning of a reply, for people; no more than that is ever read."""
    read = bytearray()
    while len(read) < MOST_READ and (chunk := await reply.read(MOST_READ - len(read))):
        read += chunk
    return " ".join(bytes(read).decode("utf-8", "replace").split())[:_SHOWN]


def secrets_of(secret: str, old: str | None, old_until: datetime | None, now: datetime) -> tuple[str, ...]:
    """The secrets that sign: the new one, and the old one while it lives."""
    lives = old is not None and old_until is not None and now < old_until
    return (secret, *([old] if lives and old is not None else []))
