"""Segment's calls as its SDKs send them, RudderStack's too, and how they become ours.

| ours       | track                       | page, screen       | identify, group          |
|------------|-----------------------------|--------------------|--------------------------|
| account    | the first that is there: `groupId`, `context.groupId`, `properties.groupId`,            |
|            | `properties.account_id`, `traits.company.id`, `context.traits.company.id`               |
| user       | `userId`, else `anonymousId`                                                            |
| event_name | `event`                     | `page` or `screen` | none: not usage          |
| feature    | `properties.feature`        | `name`             | none                     |
| time       | `originalTimestamp`, else `timestamp`                                                   |
| message_id | `messageId`                                                                             |
| facts      | none                        | none               | group: those of `traits` |
| user link  | none                        | none               | where a user is named    |

Facts are the traits of the names that `StatedFacts` has; other traits, contexts and addresses are not kept.
`alias` says nothing that the log keeps, nor does `identify` without an account.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from schemas.dead_letters import DeadLetterReason
from schemas.events import Id, ProducerEvent, Time
from services.ingest.core.admit import admit
from services.ingest.core.fields import instant_or_none
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.body import list_of, object_of, value_of
from services.ingest.dialects.dialect import Dialect, Parcel
from services.ingest.dialects.item import first_id, read_item, text_or_none
from services.ingest.dialects.statement import admit_statement

NAME = "segment"

_CALLS = ("track", "identify", "group", "page", "screen", "alias")
_NOTHING = Admitted(())
_LONGEST_TYPE = 32  # characters of a type that an answer repeats


class Context(Struct, frozen=True, rename="camel"):
    """Where a call was made: of many members, these."""

    group_id: Id | None = None
    traits: dict[str, Any] | None = None


class Properties(Struct, frozen=True):
    """What an event says of itself: of many members, these, whatever they hold."""

    feature: Any = None
    account_id: Any = None
    group_id: Any = msgspec.field(name="groupId", default=None)


class Call(Struct, frozen=True, kw_only=True, rename="camel"):
    """One call of Segment's API; members that are not here are not looked at."""

    type: str | None = None
    user_id: Id | None = None
    anonymous_id: Id | None = None
    group_id: Id | None = None
    event: str | None = None
    name: str | None = None
    properties: Properties | None = None
    traits: dict[str, Any] | None = None
    context: Context | None = None
    timestamp: Time | None = None
    original_timestamp: Time | None = None
    sent_at: Any = None
    message_id: Id | None = None


_call = msgspec.json.Decoder(Call)


def batch(body: bytes) -> Parcel:
    """The calls of a batch. Raises `BodyMalformed`."""
    found = object_of(body)
    return Parcel(list_of(found.get("batch", b"")), _write_key(found), instant_or_none(value_of(found, "sentAt")))


def single(body: bytes) -> Parcel:
    """The one call. Raises `BodyMalformed`."""
    return Parcel([body], _write_key(object_of(body)))


def _write_key(found: Mapping[str, bytes]) -> str | None:
    key = value_of(found, "writeKey")
    return key if isinstance(key, str) else None


def decide(item: bytes, receipt: Receipt, longest: int, *, kind: str | None = None) -> Admitted | Refused:
    """What becomes of one call; `kind` is its type where the route says it."""
    call = read_item(_call, item, longest, "Segment's specification of the call")
    if isinstance(call, Refused):
        return call
    sent_at = instant_or_none(call.sent_at)
    if sent_at is not None:  # RudderStack's Node SDK says it of each call, and not of the batch
        receipt = receipt._replace(sent_at=sent_at)
    return _decide(call, kind or call.type or "", receipt)


def _decide(call: Call, kind: str, receipt: Receipt) -> Admitted | Refused:
    match kind:
        case "track":
            return admit(_event(call, call.event, (call.properties or Properties()).feature), receipt)
        case "page" | "screen":
            return admit(_event(call, kind, call.name), receipt)
        case "group":
            return _group(call, receipt)
        case "identify":
            return _identify(call, receipt)
        case "alias":
            return _NOTHING
        case _:
            known = "track, identify, group, page, screen or alias"
            return Refused(DeadLetterReason.INVALID, f"type is {kind[:_LONGEST_TYPE]!r}: send {known}")


def _event(call: Call, event_name: str | None, feature: object) -> ProducerEvent:
    return ProducerEvent(
        account_id=_account(call),
        user_id=_user(call),
        event_name=event_name,
        feature=text_or_none(feature),
        timestamp=_time(call),
        message_id=call.message_id,
    )


def _group(call: Call, receipt: Receipt) -> Admitted | Refused:
    account_id = _account(call)
    if account_id is None:
        return Refused(DeadLetterReason.UNATTRIBUTED, "groupId is missing: say which account the call is about")
    return admit_statement(account_id, _user(call), call.traits, _time(call), receipt)


def _identify(call: Call, receipt: Receipt) -> Admitted | Refused:
    account_id = _account(call)
    if account_id is None:
        return _NOTHING
    return admit_statement(account_id, _user(call), None, _time(call), receipt)


def _account(call: Call) -> Id | None:
    context = call.context or Context()
    properties = call.properties or Properties()
    return first_id(
        call.group_id,
        context.group_id,
        properties.group_id,
        properties.account_id,
        _company(call.traits),
        _company(context.traits),
    )


def _company(traits: Mapping[str, Any] | None) -> object:
    company = (traits or {}).get("company")
    return company.get("id") if isinstance(company, dict) else None


def _user(call: Call) -> Id | None:
    return first_id(call.user_id, call.anonymous_id)


def _time(call: Call) -> Time | None:
    return call.timestamp if call.original_timestamp is None else call.original_timestamp


def _single(kind: str) -> Dialect:
    return Dialect(NAME, single, partial(decide, kind=kind))


# Servers' SDKs spell a call out, the browser's says its first letter. An import is a batch of the past.
ROUTES: Mapping[str, Dialect] = {
    "/v1/batch": Dialect(NAME, batch, decide),
    "/v1/b": Dialect(NAME, batch, decide),
    "/v1/import": Dialect(NAME, batch, decide),
    **{f"/v1/{kind}": _single(kind) for kind in _CALLS},
    **{f"/v1/{kind[0]}": _single(kind) for kind in _CALLS},
}
