"""The front door by HTTP, without Kafka and without a socket."""

import gzip
import json
from base64 import b64encode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from schemas.activity import Event
from schemas.codec import decode_activity
from schemas.dead_letters import DeadLetterReason, read_headers
from schemas.topics import ACTIVITY, DEAD_LETTERS, USER_LINKS
from services.ingest.app import create_app
from services.ingest.dialects import posthog
from services.ingest.dialects.catalogue import COMPATIBLE, ROUTES
from services.ingest.front_door import FrontDoor
from services.ingest.settings import IngestBlock
from services.runtime.keys import KeyRing, make_key
from services.runtime.scopes import Scope
from tests.services.ingest.doubles import ListOutbox

KEY, KEPT = make_key(Scope.INGEST, "web")
READ_KEY, READ_KEPT = make_key(Scope.READ, "dashboard")
AUTH = {"Authorization": f"Bearer {KEY}"}
EVENT = {"account_id": "acme", "event_name": "login", "message_id": "m1"}
CALL = {"type": "track", "event": "login", "context": {"groupId": "acme"}}


@pytest.fixture
def outbox() -> ListOutbox:
    return ListOutbox()


@pytest.fixture
def app(outbox):
    ring = KeyRing({key.id: key for key in (KEPT, READ_KEPT)})
    return create_app(FrontDoor(outbox, IngestBlock(batch_bytes=20_000, event_bytes=1_024, batch_events=5)), ring, {})


@pytest.fixture
async def client(app):
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=AUTH) as client:
        yield client


def reasons(outbox: ListOutbox) -> list[DeadLetterReason]:
    return [read_headers(record.headers).reason for record in outbox.of(DEAD_LETTERS.name)]


async def test_an_event_is_accepted_under_its_own_id(client, outbox):
    answer = await client.post("/v1/events", json=EVENT)

    assert (answer.status_code, answer.json()) == (
        202,
        {"results": [{"index": 0, "status": "accepted", "message_id": "m1"}]},
    )
    assert [record.key for record in outbox.of(ACTIVITY.name)] == [b"acme"]


async def test_each_event_of_a_list_has_its_result(client, outbox):
    body = b'[{"account_id":"acme","event_name":"login","message_id":"m1"},{"account_id":"acme"},{"a":NaN},3]'
    answer = await client.post("/v1/events", content=body)

    assert answer.status_code == 202
    assert [(one["index"], one["status"], one.get("reason")) for one in answer.json()["results"]] == [
        (0, "accepted", None),
        (1, "refused", "invalid"),
        (2, "refused", "malformed"),
        (3, "refused", "invalid"),
    ]
    assert [record.value for record in outbox.of(DEAD_LETTERS.name)] == [b'{"account_id":"acme"}', b'{"a":NaN}', b"3"]


async def test_an_event_without_an_id_gets_one_of_its_own(client):
    event = {"account_id": "acme", "event_name": "login"}
    answer = await client.post("/v1/events", json=[event, event])
    first, second = answer.json()["results"]

    assert first["message_id"] != second["message_id"]


async def test_where_nothing_is_accepted_the_answer_is_a_problem_with_the_results(client, outbox):
    answer = await client.post("/v1/events", json=[{"account_id": "acme"}])

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["results"] == [
        {"index": 0, "status": "refused", "reason": "invalid", "detail": "event_name is missing: say what happened"}
    ]
    assert reasons(outbox) == [DeadLetterReason.INVALID]


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        pytest.param({"content": b"?"}, 400, "malformed", id="no JSON"),
        pytest.param({"content": b"[{]"}, 400, "malformed", id="an array that cannot be told apart"),
        pytest.param({"json": []}, 422, "nothing_accepted", id="an empty list"),
        pytest.param({"json": [EVENT] * 6}, 413, "too_large", id="too many events"),
        pytest.param({"content": b" " * 20_001}, 413, "too_large", id="too many bytes"),
        pytest.param({"content": gzip.compress(b" " * 20_001)}, 413, "too_large", id="too many bytes, decompressed"),
        pytest.param({"json": EVENT, "headers": {"Authorization": ""}}, 401, "unauthorized", id="no key"),
        pytest.param({"json": EVENT, "headers": {"Authorization": "Bearer x"}}, 401, "unauthorized", id="no such key"),
        pytest.param(
            {"json": EVENT, "headers": {"Authorization": f"Bearer {READ_KEY}"}}, 403, "forbidden", id="a key to read"
        ),
    ],
)
async def test_a_request_that_cannot_be_taken_is_a_problem(client, request_, status, code):
    answer = await client.post("/v1/events", **request_)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert {"type", "title", "status", "detail", "message"} <= answer.json().keys()


async def test_a_body_in_which_nothing_can_be_told_apart_is_one_dead_letter(client, outbox):
    await client.post("/v1/events", content=b"[{]")
    (letter,) = outbox.of(DEAD_LETTERS.name)

    assert (letter.value, read_headers(letter.headers).origin) == (b"[{]", "http /v1/events")


@pytest.mark.parametrize("path", ["/v1/events", "/v1/batch"])
async def test_while_kafka_is_away_the_sender_is_told_to_come_again(client, outbox, path):
    outbox.away = "Kafka does not acknowledge"
    answer = await client.post(path, json={**EVENT, "batch": [CALL]})

    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "not_kept", "2")


async def test_a_malformed_body_is_not_lost_either_while_kafka_is_away(client, outbox):
    outbox.away = "Kafka does not acknowledge"

    assert (await client.post("/v1/events", content=b"?")).status_code == 503


BASIC = {"Authorization": f"Basic {b64encode(f'{KEY}:'.encode()).decode()}"}


@pytest.mark.parametrize(
    ("headers", "members"),
    [
        pytest.param(BASIC, {}, id="Basic, the key as user name"),
        pytest.param({"Authorization": ""}, {"writeKey": KEY}, id="writeKey in the body"),
        pytest.param(BASIC, {"writeKey": "something else"}, id="the header wins"),
    ],
)
async def test_a_batch_of_segment_is_kept_and_answered_with_200(client, outbox, headers, members):
    body = {"batch": [CALL, {"type": "group", "groupId": "acme", "traits": {"plan": "pro"}}, {"type": "track"}]}
    answer = await client.post("/v1/batch", json={**body, **members}, headers=headers)

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [decode_activity(record.value).__class__.__name__ for record in outbox.of(ACTIVITY.name)] == [
        "Event",
        "AccountFacts",
    ]
    assert reasons(outbox) == [DeadLetterReason.UNATTRIBUTED]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_whatever_the_content_type_says_the_bytes_count(client, outbox, content_type):
    body = gzip.compress(json.dumps({"batch": [CALL]}).encode())
    answer = await client.post("/v1/batch", content=body, headers={"Content-Type": content_type})

    assert (answer.status_code, len(outbox.of(ACTIVITY.name))) == (200, 1)


@pytest.mark.parametrize("call", ["track", "page", "screen", "t", "p", "s"])
async def test_a_single_call_needs_no_type(client, outbox, call):
    answer = await client.post(f"/v1/{call}", json={"event": "login", "groupId": "acme"})

    assert (answer.status_code, len(outbox.of(ACTIVITY.name))) == (200, 1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b'{"batch":[{]}', 400, id="a batch that cannot be told apart"),
        pytest.param(b"\xff", 400, id="no JSON"),
        pytest.param(b'{"batch":[' + b",".join([b"{}"] * 6) + b"]}", 413, id="too many calls"),
    ],
)
async def test_a_delivery_of_segment_fails_only_as_a_whole(client, body, status):
    assert (await client.post("/v1/batch", content=body)).status_code == status


async def test_without_a_key_nothing_of_segment_is_kept(client, outbox):
    answer = await client.post("/v1/batch", content=b"?", headers={"Authorization": ""})

    assert (answer.status_code, outbox.kept) == (401, [])


@pytest.mark.parametrize("path", ["/v1/t", "/v1/batch", "/v1/events"])
async def test_a_browser_may_send_from_any_page(client, path):
    asking = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-retry-count",
    }
    answer = await client.options(path, headers=asking)
    sent = await client.post(path, content=b"?", headers={"Origin": "https://app.example.com"})

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    assert answer.headers["access-control-allow-headers"] == asking["Access-Control-Request-Headers"]
    assert (sent.status_code, sent.headers["access-control-allow-origin"]) == (400, "*")


SUCCESS = {
    "segment": (200, {"success": True}),
    "posthog": (200, {"success": True, "status": 1}),
    "cloudevents": (204, None),
}


@pytest.mark.parametrize("path", [path for path in COMPATIBLE if path != posthog.V1])
async def test_every_sdk_is_answered_as_it_expects(client, path):
    """Whatever is refused of it: some SDKs send again after a 202, and one ends its process after a 400."""
    good = {"specversion": "1.0", "id": "1", "source": "s", "type": "login", "event": "login", "subject": "acme"}
    answer = await client.post(path, json={**good, "batch": [good, {}]})

    assert (answer.status_code, answer.json() if answer.content else None) == SUCCESS[COMPATIBLE[path].name]


async def test_posthogs_new_api_tells_what_became_of_each_event(client):
    batch = [
        {"uuid": "1", "event": "login", "distinct_id": "u", "properties": {"$groups": {"company": "acme"}}},
        {"uuid": "2", "event": "login"},
        {"uuid": "3", "properties": {"$groups": {"company": "acme"}}},
        {"event": "of no uuid"},
    ]
    answer = await client.post("/i/v1/analytics/events", json={"batch": batch})

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "results": {
                "1": {"result": "ok"},
                "2": {"result": "warning", "details": "account_id is missing: say whose event it is"},
                "3": {"result": "drop", "details": "event_name is missing: say what happened"},
            }
        },
    )


async def test_a_user_once_linked_needs_no_account_from_then_on(client, outbox):
    group = {"type": "group", "userId": "u-7", "groupId": "acme"}
    track = {"type": "track", "event": "login", "userId": "u-7"}
    await client.post("/v1/batch", json={"batch": [{**track, "event": "before"}, group, track]})
    await client.post("/v1/track", json={**track, "event": "later"})
    await client.post("/v1/events", json={"user_id": "u-7", "event_name": "natively"})
    records = [decode_activity(record.value) for record in outbox.of(ACTIVITY.name)]

    assert [record.event_name for record in records if isinstance(record, Event)] == ["login", "later", "natively"]
    assert {record.key for record in outbox.of(ACTIVITY.name)} == {b"acme"}
    assert [(record.key, read_headers(record.headers).user_id) for record in outbox.of(DEAD_LETTERS.name)] == [
        (None, "u-7")
    ]
    assert [record.key for record in outbox.of(USER_LINKS.name)] == [b"u-7"]


async def test_a_link_that_could_not_be_kept_is_not_believed(client, outbox):
    outbox.away = "Kafka does not acknowledge"
    await client.post("/v1/group", json={"userId": "u-7", "groupId": "acme"})
    outbox.away = None
    await client.post("/v1/track", json={"event": "login", "userId": "u-7"})

    assert reasons(outbox) == [DeadLetterReason.UNATTRIBUTED]


async def test_posthogs_browser_sdk_is_told_that_there_is_nothing_but_ingest(client):
    configuration = (await client.get(f"/array/{KEY}/config", headers={"Authorization": ""})).json()
    flags = (await client.post("/flags/?v=2", content=b"\x1f\x8b?", headers={"Authorization": ""})).json()

    assert (configuration["analytics"], configuration["hasFeatureFlags"]) == ({"endpoint": "/e/"}, False)
    assert flags["featureFlags"] == {}


async def test_segments_browser_sdk_is_told_where_to_send(client):
    settings = (await client.get(f"/v1/projects/{KEY}/settings", headers={"Authorization": ""})).json()

    assert settings["integrations"] == {"Segment.io": {"apiKey": KEY, "apiHost": "ingest/v1", "protocol": "http"}}


async def test_openmeter_is_told_where_nothing_of_a_delivery_could_be_used(client, outbox):
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "login"}
    lost = await client.post("/api/v1/events", json=[{**event, "specversion": "0.3", "subject": "acme"}])
    waiting = await client.post("/api/v1/events", json={**event, "data": {"user_id": "u"}})

    assert (lost.status_code, lost.json()["code"], waiting.status_code) == (400, "nothing_accepted", 204)
    assert reasons(outbox) == [DeadLetterReason.INVALID, DeadLetterReason.UNATTRIBUTED]


async def test_attributes_in_headers_make_an_event(client, outbox):
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "login", "ce-subject": "acm%C3%A9"}
    several = [await client.post(path, headers=headers) for path in ("/api/v1/events", "/v1/events")]

    assert [answer.status_code for answer in several] == [204, 202]
    assert [record.key for record in outbox.of(ACTIVITY.name)] == ["acmé".encode()] * 2


async def test_the_description_is_openapi_and_its_examples_are_taken(client):
    document = (await client.get("/openapi.json")).json()

    assert {path for path, described in document["paths"].items() if "post" in described} == set(ROUTES)
    for path in ROUTES:
        content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        validator = Draft202012Validator({**content["schema"], "components": document["components"]})
        for example in content.get("examples", {}).values():
            validator.validate(example["value"])
            assert (await client.post(path, json=example["value"])).status_code < 500


async def test_the_contracts_are_published_by_the_service_itself(client):
    headers = {"Authorization": ""}
    topics = (await client.get("/asyncapi.json", headers=headers)).json()
    names = (await client.get("/schemas", headers=headers)).json()["schemas"]

    assert topics["channels"]["events-v1"]["address"] == "events.v1"
    assert "/schemas/events.v1.schema.json" in names
    for name in names:
        Draft202012Validator.check_schema((await client.get(name, headers=headers)).json())
    assert (await client.get("/schemas/rumours.json", headers=headers)).status_code == 404


async def test_it_tells_how_it_is(client):
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).json() == {"ready": True, "checks": {}}
    assert "kizashi_ingest_accepted_total" in (await client.get("/metrics")).text


async def test_an_unknown_route_is_a_problem(client):
    answer = await client.post("/v2/events", json=EVENT)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


anything = some.binary(max_size=60) | some.sampled_from([b"[", b"{}", b"NaN", b'{"a":"\xff"}', b'"', b"[[[[", b"1e999"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=anything, path=some.sampled_from(sorted(ROUTES)))
async def test_no_bytes_make_it_fail(client, before, path):
    assert (await client.post(path, content=before)).status_code < 500


elements: some.SearchStrategy[bytes] = some.sampled_from(
    [
        b"NaN",
        b'{"a":"\xff"}',
        b'{"a":1e999}',
        b'"\\ud800"',
        b"{}",
        b"-",
        b"[[[]]]",
        b'{"account_id":"' + b"x" * 2_000 + b'"}',
    ]
)


# Bytes that are no list of their own: a quote or a bracket would make the list another one.
bytes_alone = some.binary(max_size=20).filter(lambda item: bool(item.strip()) and not set(item) & set(b'"[]{},'))

CLOUD = {"specversion": "1.0", "id": "1", "source": "s", "type": "login", "subject": "acme"}
HOG = {"event": "login", "distinct_id": "u-7", "properties": {"$groups": {"company": "acme"}}}
SEVERAL = {  # what holds several, and one that is good there
    "/v1/events": (b"[%b]", EVENT),
    "/api/v1/events": (b"[%b]", CLOUD),
    "/v1/batch": (b'{"sentAt":NaN,"batch":[%b]}', CALL),
    "/v1/import": (b'{"batch":[%b],"sentAt":"soon"}', CALL),
    "/batch/": (b'{"batch":[%b],"api_key":3}', HOG),
    "/e/": (b"[%b]", HOG),
    "/i/v1/analytics/events": (b'{"created_at":"\xff","batch":[%b]}', HOG),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=some.sampled_from(sorted(SEVERAL)), bad=elements | bytes_alone, is_first=some.booleans())
async def test_no_bad_neighbour_costs_a_good_event(client, outbox, path, bad, is_first):
    around, event = SEVERAL[path]
    good = json.dumps(event).encode()
    outbox.kept.clear()
    answer = await client.post(path, content=around % b",".join([bad, good] if is_first else [good, bad]))

    assert answer.status_code in (200, 202, 204)
    assert (len(outbox.of(ACTIVITY.name)), len(outbox.of(DEAD_LETTERS.name))) == (1, 1)
