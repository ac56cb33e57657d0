"""API keys: `kzs_<scope>_<id>_<secret>`. Kept is only the SHA-256 of the secret: 256 random bits.

KeyRefused   a key cannot be made or revoked: the message says why, and what to do
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any, NamedTuple

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.tables import keys
from schemas.text import flaw
from services.runtime.database import snapshot
from services.runtime.scopes import Scope

_logger = logging.getLogger(__name__)
_PREFIX = "kzs"
_PARTS = 4
_REFRESH_SECONDS = 2.0  # a new key works, and a revoked one stops working, this soon


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: it tells nobody its secret."""

    id: str
    scope: Scope
    name: str  # what ingest writes on events as their source, so it outlives the key
    hash: bytes = field(repr=False)


class KeyRefused(Exception):
    """It was not done."""


class StoredKey(NamedTuple):
    """What is known of a key that was made. Those with a time of revocation open nothing."""

    id: str
    scope: Scope
    name: str
    created_at: datetime
    revoked_at: datetime | None


_COLUMNS = (keys.c.id, keys.c.scope, keys.c.name, keys.c.created_at, keys.c.revoked_at)
_MOST_LIVE = 2  # of a name: the one in use, and the one that replaces it
_OTHER_SOURCES = frozenset({"import", "events.v1"})  # which events may have as their source, too


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


async def create_key(connection: AsyncConnection, scope: Scope, name: str) -> tuple[str, Key]:
    """A new name's first key. Raises `KeyRefused`."""
    wrong = flaw(name)
    if wrong or name in _OTHER_SOURCES:
        msg = f"the name {name!r} {wrong or 'is that of another source'}: choose another"
        raise KeyRefused(msg)
    if await _live(connection, scope, name):
        msg = f"{name!r} has a key with the scope {scope} already: `kizashi keys rotate` makes its next one"
        raise KeyRefused(msg)
    return await _kept(connection, scope, name)


async def rotate_key(connection: AsyncConnection, named: str) -> tuple[str, Key, StoredKey]:
    """The next key of a name, and the one that it replaces: both are good until that is revoked. Raises `KeyRefused`.

    `named`: the id of a live key, or a name that has keys of one scope only.
    """
    old = await _named(connection, named)
    live = await _live(connection, old.scope, old.name)
    if len(live) >= _MOST_LIVE:
        msg = (
            f"{old.name!r} has {len(live)} keys already: revoke the older one first, `kizashi keys revoke {live[0].id}`"
        )
        raise KeyRefused(msg)
    text, key = await _kept(connection, old.scope, old.name)
    return text, key, live[0]


async def revoke_key(connection: AsyncConnection, key_id: str) -> StoredKey:
    """Let a key open nothing any more. Raises `KeyRefused` if no live key has this id."""
    revoked = await connection.execute(
        update(keys)
        .where(keys.c.id == key_id, keys.c.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
        .returning(*_COLUMNS)
    )
    gone = [_stored(row) for row in revoked]
    if not gone:
        msg = f"no live key has the id {key_id!r}: `kizashi keys list` shows them"
        raise KeyRefused(msg)
    return gone[0]


async def stored_keys(connection: AsyncConnection) -> list[StoredKey]:
    """Every key that was ever made, the oldest first."""
    rows = await connection.execute(select(*_COLUMNS).order_by(keys.c.created_at, keys.c.id))
    return [_stored(row) for row in rows]


async def _kept(connection: AsyncConnection, scope: Scope, name: str) -> tuple[str, Key]:
    text, key = make_key(scope, name)
    await store_key(connection, key)
    return text, key


async def _live(connection: AsyncConnection, scope: Scope, name: str) -> list[StoredKey]:
    """The live keys of a name, the oldest first; nobody else adds to them until the transaction ends."""
    await connection.execute(func.pg_advisory_xact_lock(func.hashtextextended(f"key {scope} {name}", 0)))
    found = await stored_keys(connection)
    return [one for one in found if (one.scope, one.name, one.revoked_at) == (scope, name, None)]


async def _named(connection: AsyncConnection, named: str) -> StoredKey:
    live = [one for one in await stored_keys(connection) if one.revoked_at is None]
    found = [one for one in live if one.id == named] or [one for one in live if one.name == named]
    if not found:
        msg = f"no live key has the id or the name {named!r}: `kizashi keys list` shows them"
        raise KeyRefused(msg)
    if len({one.scope for one in found}) > 1:
        ids = ", ".join(f"{one.id} ({one.scope})" for one in found)
        msg = f"{named!r} has keys of several scopes: say which by its id, {ids}"
        raise KeyRefused(msg)
    return found[0]


def _stored(row: Row[*tuple[Any, ...]]) -> StoredKey:
    return StoredKey(row.id, Scope(row.scope), row.name, row.created_at, row.revoked_at)


def verified(text: str, known: Mapping[str, Key]) -> Key | None:
    """The key that `text` is, if it is one of the `known`."""
    parts = text.split("_", _PARTS - 1)
    if len(parts) < _PARTS:
        return None
    prefix, scope, key_id, secret = parts
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
