"""`PUT /v1/accounts/{id}/users/{user}`: a link goes into the log, and to ingest."""

from aiokafka import TopicPartition

from schemas.activity import Authority, UserLink
from schemas.codec import decode_activity, decode_user_link
from schemas.topics import ACTIVITY, USER_LINKS
from services.runtime.kafka import consumer


async def test_a_link_is_in_the_log_and_in_the_topic_that_ingest_reads(api, settings):
    answer = await api.operate.put("/v1/accounts/acme%2F1/users/auth0%7C7")
    kept = answer.json()
    async with consumer(settings.kafka, "tests") as client:
        place = TopicPartition(ACTIVITY.name, kept["partition"])
        client.assign([place])
        client.seek(place, kept["offset"])
        logged = await client.getone()
    async with consumer(settings.kafka, "tests", USER_LINKS.name) as client:
        told = await client.getone()
    link = decode_activity(logged.value)

    assert answer.status_code == 202
    assert isinstance(link, UserLink)
    assert (link.account_id, link.user_id, link.authority) == ("acme/1", "auth0|7", Authority.OPERATE)
    assert (logged.key, told.key, decode_user_link(told.value)) == (b"acme/1", b"auth0|7", link)


async def test_ids_that_cannot_be_are_refused(api):
    answers = [await api.operate.put(f"/v1/accounts/{path}") for path in ("a%00b/users/u", "acme/users/a%00b")]

    assert [(answer.status_code, answer.json()["errors"][0]["field"]) for answer in answers] == [
        (422, "account_id"),
        (422, "user_id"),
    ]


async def test_only_an_operate_key_may_link(api):
    answer = await api.read.put("/v1/accounts/acme/users/u-7")

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
