"""Arbitrary requests: never a failure of ours, never a hang, and never a good neighbour lost."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from schemas.codec import decode_activity
from schemas.topics import ACTIVITY, DEAD_LETTERS
from services.ingest.app import create_app
from services.ingest.dialects.catalogue import ROUTES
from services.ingest.front_door import FrontDoor
from services.ingest.settings import IngestBlock
from services.runtime.keys import KeyRing, make_key
from services.runtime.scopes import Scope
from tests.services.ingest.doubles import ListOutbox

KEY, KEPT = make_key(Scope.INGEST, "web")
OUTBOX = ListOutbox()
APP = create_app(FrontDoor(OUTBOX, IngestBlock(key_events_a_minute=10**9)), KeyRing({KEPT.id: KEPT}), {})
SECONDS = 10.0  # of one request, on the slowest machine


async def status(path: str, body: bytes) -> int:
    """What a request is answered, without a client's own work: thousands are sent."""
    sent: list[dict[str, Any]] = []
    whole: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return whole.pop() if whole else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {KEY}".encode()), (b"content-type", b"application/json")],
    }
    async with asyncio.timeout(SECONDS):
        await APP(scope, receive, send)
    return int(sent[0]["status"])


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = some.sampled_from(
    [
        "account_id",
        "user_id",
        "event_name",
        "event",
        "timestamp",
        "message_id",
        "type",
        "userId",
        "groupId",
        "traits",
        "context",
        "properties",
        "batch",
        "distinct_id",
        "uuid",
        "api_key",
        "sent_at",
        "specversion",
        "id",
        "source",
        "subject",
        "data",
        "time",
        "$groups",
        "$set",
        "groups",
        "sentAt",
    ]
)
objects = some.dictionaries(fields, json_values | some.dictionaries(fields, json_values, max_size=4), max_size=8)
odd = some.sampled_from(
    [b"NaN", b"1e999", b'"\\ud800"', b'{"a":"\xff"}', b"[" * 3_000 + b"]" * 3_000, b'{"a":1,"a":2}', b"{", b"]", b""]
)
anything = (
    some.binary(max_size=60)
    | odd
    | objects.map(lambda found: json.dumps(found).encode())
    | some.lists(objects, max_size=3).map(lambda found: json.dumps(found).encode())
    | some.lists(objects, max_size=3).map(lambda found: json.dumps({"batch": found, "api_key": KEY}).encode())
)


@pytest.mark.parametrize("path", ROUTES)
@settings(max_examples=40)
@given(body=anything)
async def test_no_bytes_make_a_dialect_fail(path, body):
    assert await status(path, body) < 500


def _array(items: list[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"


def _batch(items: list[bytes]) -> bytes:
    return b'{"batch":' + _array(items) + b"}"


SEGMENT = b'{"type":"track","event":"login","context":{"groupId":"acme"},"messageId":"good"}'
POSTHOG = b'{"event":"login","distinct_id":"u","uuid":"good","properties":{"$groups":{"company":"acme"}}}'
CLOUDEVENT = b'{"specversion":"1.0","id":"good","source":"s","type":"login","subject":"acme"}'
DOORS = {
    "/v1/events": (_array, b'{"account_id":"acme","event_name":"login","message_id":"good"}'),
    "/v1/batch": (_batch, SEGMENT),
    "/batch/": (_batch, POSTHOG),
    "/i/v1/analytics/events": (_batch, POSTHOG),
    "/api/v1/events": (_array, CLOUDEVENT),
}
neighbours = (
    some.sampled_from([b"NaN", b"1e999", b'"\\ud800"', b'{"a":"\xff"}', b"-", b"tru", b'{"a":1,"a":2}', b"{}", b"[[]]"])
    | objects.map(lambda found: json.dumps(found).encode())
    | json_values.map(lambda found: json.dumps(found).encode())
)


@pytest.mark.parametrize("path", DOORS)
@settings(max_examples=100)
@given(before=some.lists(neighbours, max_size=2), after=some.lists(neighbours, max_size=2))
async def test_a_good_event_is_kept_whoever_stands_beside_it(path, before, after):
    body, good = DOORS[path]
    OUTBOX.kept.clear()
    found = await status(path, body([*before, good, *after]))
    events = [decode_activity(record.value) for record in OUTBOX.of(ACTIVITY.name)]

    assert found < 300
    assert sum(getattr(event, "message_id", "").endswith("good") for event in events) == 1
    assert len(OUTBOX.of(DEAD_LETTERS.name)) <= len(before) + len(after)
