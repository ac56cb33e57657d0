"""Facts of an account as somebody states them: the body of `PUT /v1/accounts/{id}`, a row of a roster, traits.

A field left out says nothing, null clears. Both doors that take facts (ingest and api) read them by this contract, so a
fact that one refuses, the other refuses in the same words.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.activity import AccountFacts, Authority
from schemas.text import ALLOWED, LONGEST
from schemas.time import Instant, moment_of

_EXACT = 2**53 - 1  # the largest whole number that every reader of JSON keeps

Label = Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=ALLOWED)]
Amount = Annotated[int, Meta(ge=0, le=_EXACT)]
TimeZone = Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$", examples=["Asia/Tokyo"])]


class StatedFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is stated of an account. `arr_cents`: annual recurring revenue in hundredths of the currency."""

    name: Label | UnsetType | None = UNSET
    plan: Label | UnsetType | None = UNSET
    segment: Label | UnsetType | None = UNSET
    seats: Amount | UnsetType | None = UNSET
    arr_cents: Amount | UnsetType | None = UNSET
    renewal_on: date | UnsetType | None = UNSET
    owner: Label | UnsetType | None = UNSET
    time_zone: TimeZone | UnsetType | None = UNSET


_decoder = msgspec.json.Decoder(StatedFacts)


def decode_facts(body: bytes) -> StatedFacts:
    """Facts from JSON. Raises `codec.Unreadable`, which says where and why.

    >>> decode_facts(b'{"plan": "pro", "seats": null}') == StatedFacts(plan="pro", seats=None)
    True
    """
    return _decoder.decode(body)


def facts_from(fields: Mapping[str, Any]) -> StatedFacts:
    """Facts from named values, as a row of a sheet or a JSON object holds them: digits serve as numbers.

    Raises `codec.Unreadable`.

    >>> facts_from({"seats": "12"}) == StatedFacts(seats=12)
    True
    """
    return msgspec.convert(fields, StatedFacts, strict=False)


def account_facts(
    account_id: str,
    stated: StatedFacts,
    *,
    occurred_at: Instant,
    received_at: Instant,
    authority: Authority,
) -> AccountFacts:
    """The record of the log that says so."""
    return AccountFacts(
        account_id=account_id,
        occurred_at=moment_of(occurred_at),
        received_at=moment_of(received_at),
        authority=authority,
        name=stated.name,
        plan=stated.plan,
        segment=stated.segment,
        seats=stated.seats,
        arr_cents=stated.arr_cents,
        renewal_on=stated.renewal_on,
        owner=stated.owner,
        time_zone=stated.time_zone,
    )
