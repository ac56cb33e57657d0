"""CloudEvents 1.0 over HTTP (structured, batched, binary), OpenMeter's too, and how they become ours.

| ours       | a CloudEvent                                                                                |
|------------|---------------------------------------------------------------------------------------------|
| account    | the extension `accountid`, else `subject`, else of the data `account_id` or `groupId`       |
| user       | the extension `userid`, else of the data `user_id` or `userId`                              |
| event_name | `type`                                                                                      |
| feature    | the extension `feature`, else of the data `feature`                                         |
| time       | `time`                                                                                      |
| message_id | `source` and `id`, with a `#` between them: together they name an event; their hash, if long |

Data that is no JSON object is not looked at.
"""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote

import msgspec
from msgspec import Raw, Struct

from schemas.dead_letters import DeadLetterReason
from schemas.events import Id, ProducerEvent, Time
from schemas.text import LONGEST
from services.ingest.core.admit import admit
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.body import items
from services.ingest.dialects.dialect import Dialect, Parcel
from services.ingest.dialects.item import first_id, read_item, text_or_none

NAME = "cloudevents"
OPENMETER = "/api/v1/events"

_PREFIX = "ce-"
_VERSION = "specversion"
_DATA = ("data", "data_base64")  # of the JSON form, where no attribute may be called so
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class CloudEvent(Struct, frozen=True, kw_only=True):
    """One event in the JSON form; attributes that are not here are not looked at."""

    specversion: str | None = None
    id: Id | None = None
    source: str | None = None
    type: str | None = None
    subject: Id | None = None
    time: Time | None = None
    data: Raw = Raw()
    accountid: Id | None = None
    userid: Id | None = None
    feature: str | None = None


class Data(Struct, frozen=True):
    """What an event says of itself: of many members, these, whatever they hold."""

    account_id: Any = None
    group_id: Any = msgspec.field(name="groupId", default=None)
    user_id: Any = None
    user_id_in_camels: Any = msgspec.field(name="userId", default=None)
    feature: Any = None


_event = msgspec.json.Decoder(CloudEvent)
_data = msgspec.json.Decoder(Data)
_json = msgspec.json.Decoder(Raw)


def gather(headers: Mapping[str, str], body: bytes) -> bytes:
    r"""The JSON form of an event whose attributes are in headers; any other body as it is.

    >>> gather({"ce-specversion": "1.0", "ce-id": "1", "ce-subject": "acm%C3%A9"}, b"[1]")
    b'{"specversion":"1.0","id":"1","subject":"acm\xc3\xa9","data":[1]}'
    >>> gather({"content-type": "application/json"}, b"[1]")
    b'[1]'
    """
    if _PREFIX + _VERSION not in headers:
        return body
    attributes = {
        name.removeprefix(_PREFIX): _text(value)
        for name, value in headers.items()
        if name.startswith(_PREFIX) and name.removeprefix(_PREFIX) not in _DATA
    }
    if not body:
        return msgspec.json.encode(attributes)
    if not _is_json(body):
        return msgspec.json.encode({**attributes, "data_base64": body})
    return msgspec.json.encode({**attributes, "data": Raw(body)})


def is_cloudevent(item: bytes) -> bool:
    """Whether an item looks like one, among others that are not."""
    return b'"specversion"' in item


def unpack(body: bytes) -> Parcel:
    """One event, or a batch. Raises `BodyMalformed`."""
    return Parcel(items(body))


def decide(item: bytes, receipt: Receipt, longest: int) -> Admitted | Refused:
    """What becomes of one event."""
    event = read_item(_event, item, longest, "the CloudEvents specification, version 1.0")
    if isinstance(event, Refused):
        return event
    if event.specversion is None or not event.specversion.startswith("1."):
        return Refused(DeadLetterReason.INVALID, f"specversion is {event.specversion!r:.40}: send CloudEvents 1.0")
    if event.id is None or not event.source:
        return Refused(DeadLetterReason.INVALID, "id or source is missing: together they name an event")
    data = _data_of(event)
    given = ProducerEvent(
        account_id=first_id(event.accountid, event.subject, data.account_id, data.group_id),
        user_id=first_id(event.userid, data.user_id, data.user_id_in_camels),
        event_name=event.type,
        feature=event.feature or text_or_none(data.feature),
        timestamp=event.time,
        message_id=_message_id(event.source, event.id),
    )
    return admit(given, receipt)


def _data_of(event: CloudEvent) -> Data:
    try:
        return _data.decode(event.data)
    except _BROKEN:
        return Data()


def _message_id(source: str, event_id: Id) -> str:
    both = f"{source}#{event_id}"
    return both if len(both) <= LONGEST else blake2b(both.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _text(value: str) -> str:
    """An attribute as it was before it became a header: percent-encoded by the specification, plain UTF-8 by some."""
    with suppress(UnicodeEncodeError, UnicodeDecodeError):
        value = value.encode("latin-1").decode()
    return unquote(value, errors="replace")


def _is_json(body: bytes) -> bool:
    try:
        _json.decode(body)
    except _BROKEN:
        return False
    return True


ROUTES: Mapping[str, Dialect] = {OPENMETER: Dialect(NAME, unpack, decide, gather)}
