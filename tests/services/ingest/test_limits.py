"""Every outcome that docs/limits.md states for an event, by HTTP and among good neighbours."""

import json

import httpx
import pytest

from schemas.dead_letters import read_headers
from schemas.topics import ACTIVITY, DEAD_LETTERS
from services.ingest.app import create_app
from services.ingest.front_door import FrontDoor
from services.ingest.settings import IngestBlock
from services.runtime.keys import KeyRing, make_key
from services.runtime.scopes import Scope
from tests.services.ingest.doubles import ListOutbox

KEY, KEPT = make_key(Scope.INGEST, "web")
GOOD = b'{"account_id":"acme","event_name":"login"}'


def event(fields: str) -> bytes:
    return b'{"account_id":"acme","event_name":"login",' + fields.encode() + b"}"


@pytest.fixture
def outbox():
    return ListOutbox()


@pytest.fixture
async def client(outbox):
    app = create_app(FrontDoor(outbox, IngestBlock()), KeyRing({KEPT.id: KEPT}), {})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        pytest.param(event('"x":"' + "y" * 32_768 + '"'), "too_large", id="too large"),
        pytest.param(event('"timestamp":NaN'), "malformed", id="NaN"),
        pytest.param(event('"x":NaN'), "malformed", id="NaN where nobody looks"),
        pytest.param(event('"x":-Infinity'), "malformed", id="Infinity"),
        pytest.param(event('"timestamp":1e999'), "invalid", id="past what a double holds"),
        pytest.param(event('"x":"\\ud800"'), "malformed", id="half a surrogate pair"),
        pytest.param(event('"user_id":"?"').replace(b"?", b"\xff"), "malformed", id="not UTF-8"),
        pytest.param(event('"x":' + "[" * 10_000 + "]" * 10_000), "malformed", id="nested too deeply"),
        pytest.param(event('"user_id":"u\\u0000"'), "invalid", id="NUL in an id"),
        pytest.param(event('"feature":"a\\u001b"'), "invalid", id="a control character in a name"),
        pytest.param(event('"user_id":"' + "u" * 256 + '"'), "invalid", id="an id that is too long"),
        pytest.param(b'{"event_name":"login"}', "unattributed", id="no account"),
        pytest.param(event('"user_id":1.5'), "invalid", id="an id with a fraction"),
        pytest.param(event('"timestamp":1795309323'), "invalid", id="seconds"),
        pytest.param(event('"timestamp":' + "9" * 400), "invalid", id="a number of 400 digits"),
        pytest.param(event('"timestamp":"2199-01-01T00:00:00Z"'), "invalid", id="outside 1970 to 2100"),
        pytest.param(event('"timestamp":"2099-01-01T00:00:00Z"'), "too_early", id="ahead"),
        pytest.param(event('"timestamp":"2001-01-01T00:00:00Z"'), "too_late", id="late"),
    ],
)
async def test_an_event_beyond_a_limit_is_a_dead_letter_among_its_neighbours(client, outbox, item, reason):
    answer = await client.post("/v1/events", content=b"[" + b",".join((GOOD, item, GOOD)) + b"]")
    (letter,) = outbox.of(DEAD_LETTERS.name)

    assert answer.status_code == 202
    assert [one.get("reason") for one in answer.json()["results"]] == [None, reason, None]
    assert (letter.value, read_headers(letter.headers).reason) == (item, reason)
    assert len(outbox.of(ACTIVITY.name)) == 2


@pytest.mark.parametrize(
    ("item", "field", "value"),
    [
        pytest.param(event('"user_id":"a","user_id":"b"'), "user_id", "b", id="the last of two counts"),
        pytest.param(event('"user_id":42'), "user_id", "42", id="a number is an id"),
        pytest.param(event('"user_id":' + "9" * 19), "user_id", "9" * 19, id="a large one, too"),
        pytest.param(event('"x":"\\u0000"'), "user_id", None, id="NUL where it is not kept"),
        pytest.param(event('"x":1e999'), "user_id", None, id="a huge number where it is not kept"),
    ],
)
async def test_what_is_odd_and_harmless_is_taken(client, outbox, item, field, value):
    answer = await client.post("/v1/events", content=item)
    (record,) = outbox.of(ACTIVITY.name)

    assert (answer.status_code, json.loads(record.value).get(field)) == (202, value)


async def test_a_key_past_its_rate_is_told_when_to_come_again(outbox):
    limits = IngestBlock(key_events_a_minute=2)
    app = create_app(FrontDoor(outbox, limits, clock=lambda: 0.0), KeyRing({KEPT.id: KEPT}), {})
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", headers=headers) as client:
        answers = [await client.post("/v1/events", content=GOOD) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert [answer.headers["ratelimit"] for answer in answers] == [
        '"events";r=1;t=60',
        '"events";r=0;t=60',
        '"events";r=0;t=60',
    ]
    assert answers[2].headers["retry-after"] == "60"
    assert len(outbox.of(ACTIVITY.name)) == 2


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(GOOD, 202, id="taken"),
        pytest.param(b"{", 422, id="refused"),
        pytest.param(b"[", 400, id="malformed"),
        pytest.param(b"[" + b",".join([GOOD] * 2_501) + b"]", 413, id="too many"),
    ],
)
async def test_whatever_a_key_is_answered_it_is_told_what_it_has_left(client, content, status):
    """Answers that are problems once did not say."""
    answer = await client.post("/v1/events", content=content)

    assert answer.status_code == status
    assert answer.headers["ratelimit-policy"] == '"events";q=6000000;w=60'
    assert answer.headers["ratelimit"].startswith('"events";r=')
