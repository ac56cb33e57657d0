"""`PUT /v1/accounts/{id}`: facts go into the log and are acknowledged there."""

import pytest
from aiokafka import TopicPartition

from schemas.activity import AccountFacts, Authority
from schemas.codec import decode_activity
from schemas.topics import ACTIVITY
from services.runtime.kafka import consumer
from services.runtime.sender import NotAcknowledged, Sender


async def test_facts_are_in_the_log_when_the_answer_comes(api, settings):
    answer = await api.operate.put(
        "/v1/accounts/acme%2F1", content=b'{"name":"Acme","seats":null,"renewal_on":"2027-03-31"}'
    )

    assert answer.status_code == 202
    kept = answer.json()
    async with consumer(settings.kafka, "tests") as client:
        place = TopicPartition(ACTIVITY.name, kept["partition"])
        client.assign([place])
        client.seek(place, kept["offset"])
        record = await client.getone()
    facts = decode_activity(record.value)
    assert isinstance(facts, AccountFacts)
    assert record.key == b"acme/1"
    assert (facts.account_id, facts.authority, facts.name, facts.seats) == ("acme/1", Authority.OPERATE, "Acme", None)
    assert (str(facts.renewal_on), b'"owner"' in record.value, b'"seats":null' in record.value) == (
        *("2027-03-31", False, True),
    )


async def test_a_body_that_cannot_be_used_names_its_field(api):
    wrong = {
        b'{"colour":"red"}': "colour",
        b'{"seats":"many"}': "seats",
        b'{"seats":-1}': "seats",
        b'{"arr_cents":9007199254740992}': "arr_cents",
        b'{"name":""}': "name",
        b'{"name":"a\\u0000"}': "name",
        b'{"renewal_on":"soon"}': "renewal_on",
        b'{"time_zone":"not a zone"}': "time_zone",
        b"{}": "body",
        b"[]": "body",
        b"{": "body",
        b"": "body",
    }
    answers = {body: await api.operate.put("/v1/accounts/acme", content=body) for body in wrong}

    assert {answer.status_code for answer in answers.values()} == {422}
    assert {body: answer.json()["errors"][0]["field"] for body, answer in answers.items()} == wrong


async def test_an_id_that_no_account_can_have_is_refused(api):
    for path in ("a%00b", "x" * 256):
        answer = await api.operate.put(f"/v1/accounts/{path}", content=b'{"name":"A"}')
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "account_id")


async def test_a_body_of_any_size_is_not_taken(api):
    answer = await api.operate.put("/v1/accounts/acme", content=b'{"name":"' + b"a" * 20_000 + b'"}')

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_read_key_cannot_change_anything(api):
    answer = await api.read.put("/v1/accounts/acme", content=b'{"name":"Acme"}')

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer kzs_read_0_0"}, {"Authorization": "Bearer"}])
async def test_without_a_key_nothing_is_told(api, header):
    api.read.headers.pop("Authorization")
    for path in ("/v1/accounts", "/v1/accounts/acme", "/v1/accounts/acme/changes", "/v1/changes"):
        answer = await api.get(path, expect=401, headers=header)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_facts_are_refused_while_there_is_no_kafka(settings):
    """No acknowledgement, no acceptance."""
    sender = Sender(settings.kafka, "tests")  # never connected
    with pytest.raises(NotAcknowledged):
        await sender.send(ACTIVITY.name, b"acme", b"{}")
