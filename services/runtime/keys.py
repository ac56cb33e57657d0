"""API keys: `kzs_<scope>_<id>_<secret>`. Kept is only the SHA-256 of the secret: 256 random bits."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.tables import keys
from services.runtime.database import snapshot

_logger = logging.getLogger(__name__)
_PREFIX = "kzs"
_REFRESH_SECONDS = 2.0  # a new key works, and a revoked one stops working, this soon


class Scope(StrEnum):
    """What a key may do."""

    INGEST = "ingest"  # send events
    READ = "read"  # see scores
    OPERATE = "operate"  # change what is known and done about accounts
    ADMIN = "admin"  # manage keys and scorecards

    def allows(self, needed: "Scope") -> bool:
        """Whether a key of this scope may do what `needed` is for.

        An ingest key sits in customers' programs, so it reads nothing; whoever operates may also send.
        """
        return needed in _ALLOWED[self]


_ALLOWED: Mapping[Scope, frozenset[Scope]] = {
    Scope.INGEST: frozenset({Scope.INGEST}),
    Scope.READ: frozenset({Scope.READ}),
    Scope.OPERATE: frozenset({Scope.OPERATE, Scope.READ, Scope.INGEST}),
    Scope.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: it tells nobody its secret."""

    id: str
    scope: Scope
    name: str
    hash: bytes


def make_key(scope: Scope, name: str) -> tuple[str, Key]:
    """A new key: the text to hand out, once, and what to keep."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    text = f"{_PREFIX}_{scope}_{key_id}_{secret}"
    return text, Key(key_id, scope, name, _hash(secret))


async def store_key(connection: AsyncConnection, key: Key) -> None:
    """Keep a new key."""
    await connection.execute(
        insert(keys).values(
            id=key.id, scope=key.scope.value, name=key.name, hash=key.hash, created_at=datetime.now(UTC)
        )
    )


async def revoke_key(connection: AsyncConnection, key_id: str) -> bool:
    """Let a key open nothing any more; whether there was such a key."""
    revoked = await connection.execute(
        update(keys).where(keys.c.id == key_id, keys.c.revoked_at.is_(None)).values(revoked_at=datetime.now(UTC))
    )
    return revoked.rowcount > 0


def verified(text: str, known: Mapping[str, Key]) -> Key | None:
    """The key that `text` is, if it is one of the `known`."""
    prefix, _, rest = text.partition("_")
    scope, _, rest = rest.partition("_")
    key_id, _, secret = rest.partition("_")
    key = known.get(key_id)
    if prefix != _PREFIX or key is None or scope != key.scope:
        return None
    return key if compare_digest(_hash(secret), key.hash) else None


class KeyRing:
    """The keys that are valid now, as of the last look into PostgreSQL; an outage there changes nothing."""

    def __init__(self, known: Mapping[str, Key]) -> None:
        self._known = known
        self._is_loaded = bool(known)

    def verify(self, text: str) -> Key | None:
        """The key that `text` is, or None."""
        return verified(text, self._known)

    @property
    def is_loaded(self) -> bool:
        """Whether PostgreSQL has been asked at least once: before that nobody is let in."""
        return self._is_loaded

    async def refresh(self, engine: AsyncEngine) -> None:
        """Read the keys anew."""
        async with snapshot(engine) as connection:
            rows = await connection.execute(
                select(keys.c.id, keys.c.scope, keys.c.name, keys.c.hash).where(keys.c.revoked_at.is_(None))
            )
            self._known = {row.id: Key(row.id, Scope(row.scope), row.name, row.hash) for row in rows}
        self._is_loaded = True


@asynccontextmanager
async def key_ring(engine: AsyncEngine) -> AsyncIterator[KeyRing]:
    """A key ring that keeps itself up to date."""
    ring = KeyRing({})
    await _try_refresh(ring, engine)
    task = asyncio.create_task(_keep_fresh(ring, engine), name="key ring")
    try:
        yield ring
    finally:
        task.cancel()


async def _keep_fresh(ring: KeyRing, engine: AsyncEngine) -> None:
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        await _try_refresh(ring, engine)


async def _try_refresh(ring: KeyRing, engine: AsyncEngine) -> None:
    try:
        await ring.refresh(engine)
    except (SQLAlchemyError, OSError) as outage:
        _logger.warning("keys not refreshed", extra={"reason": type(outage).__name__, "serving": "known keys"})


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
