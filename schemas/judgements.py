"""A judgement of an account as somebody states it: the body of `PUT /v1/accounts/{id}/override`."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from schemas.activity import AccountId, Band, Moment, Override
from schemas.text import ALLOWED, LONGEST
from schemas.time import Instant, moment_of

By = Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=ALLOWED)]
Why = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=ALLOWED)]


class StatedOverride(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account is in this band, whatever its score says, until then."""

    band: Band
    reason: Why
    by: By
    until: Moment


_decoder = msgspec.json.Decoder(StatedOverride)


def decode_override(body: bytes) -> StatedOverride:
    """An override from JSON. Raises `codec.Unreadable`, which says where and why.

    >>> decode_override(b'{"band": "watch", "reason": "Told us.", "by": "sato", "until": "2027-01-31T00:00:00Z"}').band
    'watch'
    """
    return _decoder.decode(body)


def override_of(account_id: AccountId, stated: StatedOverride, at: Instant) -> Override:
    """The record of the log that says so.

    >>> said = override_of("acme", StatedOverride(band="watch", reason="Told us.", by="sato", until=moment_of(9)), 0)
    >>> said.author, said.expires_at == moment_of(9), said.occurred_at == moment_of(0)
    ('sato', True, True)
    """
    return Override(
        account_id=account_id,
        occurred_at=moment_of(at),
        received_at=moment_of(at),
        band=stated.band,
        reason=stated.reason,
        author=stated.by,
        expires_at=stated.until,
    )


def lifted(account_id: AccountId, by: str, at: Instant) -> Override:
    """The record of the log that lifts an override: one that has expired when it is said.

    >>> said = lifted("acme", "sato", 0)
    >>> said.expires_at == said.occurred_at
    True
    """
    stated = StatedOverride(band="healthy", reason="lifted", by=by, until=moment_of(at))
    return override_of(account_id, stated, at)
