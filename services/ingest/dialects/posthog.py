"""PostHog's events as its SDKs send them, and how they become ours.

| ours       | an event                                                                                          |
|------------|---------------------------------------------------------------------------------------------------|
| account    | `properties.$groups`: of the types in `ACCOUNT_GROUPS` the first that is there, else the only one |
| user       | `distinct_id`, else `properties.distinct_id`; nobody where a server's SDK made one up             |
| event_name | `event`; `$pageview` is `page`, `$screen` is `screen`                                             |
| feature    | `properties.feature`, else `properties.$screen_name`                                              |
| time       | `timestamp`, else `offset` milliseconds before it arrived                                         |
| message_id | `uuid`, else `properties.$insert_id`                                                              |

`$groupidentify` of an account's type tells the facts in `$group_set`, and like `$identify` within such a group it tells
whose user it is. Other names that begin with `$` are PostHog's own housekeeping, not usage, except `$autocapture`.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from schemas.dead_letters import DeadLetterReason
from schemas.events import Id, ProducerEvent, Time
from services.ingest.core.admit import admit
from services.ingest.core.fields import instant_or_none
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.body import NoObject, items, list_of, object_of, value_of
from services.ingest.dialects.dialect import Dialect, Parcel
from services.ingest.dialects.item import first_id, is_id, read_item, text_or_none
from services.ingest.dialects.statement import admit_statement

NAME = "posthog"
V1 = "/i/v1/analytics/events"
ACCOUNT_GROUPS = ("account", "company", "organization", "organisation", "customer", "workspace", "team", "tenant")

_NOTHING = Admitted(())
_USAGE = {"$pageview": "page", "$screen": "screen", "$autocapture": "$autocapture"}
_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")  # a UUID, version 4
_FORM = b"data="  # how old versions for browsers begin a form with their JSON in base64


class Properties(Struct, frozen=True):
    """What an event says of itself: of many members, these, whatever they hold."""

    feature: Any = None
    distinct_id: Any = None
    groups: Any = msgspec.field(name="$groups", default=None)
    screen_name: Any = msgspec.field(name="$screen_name", default=None)
    insert_id: Any = msgspec.field(name="$insert_id", default=None)
    group_type: Any = msgspec.field(name="$group_type", default=None)
    group_key: Any = msgspec.field(name="$group_key", default=None)
    group_set: Any = msgspec.field(name="$group_set", default=None)
    is_server: Any = msgspec.field(name="$is_server", default=None)
    has_profile: Any = msgspec.field(name="$process_person_profile", default=None)


class Options(Struct, frozen=True):
    """What version 1 of the API has taken out of the properties."""

    has_profile: Any = msgspec.field(name="process_person_profile", default=None)


class Event(Struct, frozen=True):
    """One event; members that are not here are not looked at."""

    event: str | None = None
    distinct_id: Id | None = None
    uuid: Id | None = None
    timestamp: Time | None = None
    offset: float | None = None
    properties: Properties | None = None
    options: Options | None = None


class _Named(Struct, frozen=True):
    uuid: Any = None


_event = msgspec.json.Decoder(Event)
_named = msgspec.json.Decoder(_Named)


def unpack(body: bytes) -> Parcel:
    """A batch, a list of events or a single one, also as a form with base64. Raises `BodyMalformed`."""
    body = _from_form(body.strip())
    if body.startswith(b"["):
        found = items(body)
        return Parcel(found, _key(_members(found)))
    around = object_of(body)
    if "batch" not in around and "data" not in around:
        return Parcel([body], _key(around))
    found = list_of(around.get("batch") or around["data"])
    sent_at = instant_or_none(value_of(around, "sent_at"))
    return Parcel(found, _key(around) or _key(_members(found)), sent_at)


def decide(item: bytes, receipt: Receipt, longest: int) -> Admitted | Refused:
    """What becomes of one event."""
    event = read_item(_event, item, longest, "PostHog's description of /batch")
    if isinstance(event, Refused):
        return event
    properties = event.properties or Properties()
    match event.event:
        case "$groupidentify":
            return _group(event, properties, receipt)
        case "$identify":
            account_id, user_id = _account(properties), _user(event, properties)
            return _NOTHING if account_id is None else admit_statement(account_id, user_id, None, _at(event), receipt)
        case str(name) if name.startswith("$") and name not in _USAGE:
            return _NOTHING
        case name:
            return admit(_usage(event, properties, name, receipt), receipt)


def uuid_of(item: bytes) -> str | None:
    """The id under which version 1 of the API tells what became of an event."""
    try:
        return text_or_none(_named.decode(item).uuid)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _usage(event: Event, properties: Properties, name: str | None, receipt: Receipt) -> ProducerEvent:
    at = _at(event)
    if at is None and event.offset is not None:
        at = receipt.received_at - event.offset
    return ProducerEvent(
        account_id=_account(properties),
        user_id=_user(event, properties),
        event_name=_USAGE.get(name or "", name),
        feature=text_or_none(properties.feature) or text_or_none(properties.screen_name),
        timestamp=at,
        message_id=first_id(event.uuid, properties.insert_id),
    )


def _group(event: Event, properties: Properties, receipt: Receipt) -> Admitted | Refused:
    if properties.group_type not in ACCOUNT_GROUPS:
        return _NOTHING
    if not is_id(properties.group_key):
        return Refused(DeadLetterReason.UNATTRIBUTED, "$group_key is missing: say which account the call is about")
    traits = properties.group_set if isinstance(properties.group_set, dict) else None
    user_id = _user(event, properties)
    if properties.is_server and _is_made_up(user_id):
        user_id = None
    return admit_statement(properties.group_key, user_id, traits, _at(event), receipt)


def _account(properties: Properties) -> Id | None:
    groups = properties.groups
    if not isinstance(groups, dict):
        return None
    found = first_id(*(groups.get(kind) for kind in ACCOUNT_GROUPS))
    return first_id(*groups.values()) if found is None and len(groups) == 1 else found


def _user(event: Event, properties: Properties) -> Id | None:
    has_profile = (event.options or Options()).has_profile if properties.has_profile is None else properties.has_profile
    if properties.is_server and has_profile is False:
        return None  # the SDK was told of nobody, and made up an id
    return first_id(event.distinct_id, properties.distinct_id)


def _is_made_up(user_id: Id | None) -> bool:
    """Whether a server's SDK may have made up the id, of a group that was described without naming a user.

    Node's says `$type_key`, Python's a random UUID each time: that would fill an account with users nobody is.
    """
    return isinstance(user_id, str) and (user_id.startswith("$") or _RANDOM.fullmatch(user_id) is not None)


def _at(event: Event) -> Time | None:
    return event.timestamp


def _key(found: Mapping[str, bytes]) -> str | None:
    """The project's key: of a batch, of an event, or among an event's properties."""
    for name in ("api_key", "token"):
        key = value_of(found, name)
        if isinstance(key, str):
            return key
    properties = value_of(found, "properties")
    return text_or_none(properties.get("token")) if isinstance(properties, dict) else None


def _members(found: Sequence[bytes]) -> Mapping[str, bytes]:
    """The first event, taken apart."""
    try:
        return object_of(found[0]) if found else {}
    except NoObject:
        return {}


def _from_form(body: bytes) -> bytes:
    if not body.startswith(_FORM):
        return body
    try:
        return b64decode(parse_qs(body.decode())["data"][0])
    except (KeyError, UnicodeDecodeError, binascii.Error) as error:
        why = "it is a form, and its `data` is no base64"
        raise NoObject(why) from error


# With and without the last slash: SDKs differ, and a redirect would lose a POST's body in some.
_PATHS = ("/batch", "/capture", "/e", "/i/v0/e")
ROUTES: Mapping[str, Dialect] = {
    **{path + slash: Dialect(NAME, unpack, decide) for path in _PATHS for slash in ("", "/")},
    V1: Dialect(NAME, unpack, decide),
}
