import json
from collections.abc import Callable

import httpx
import pytest

from schemas.time import parse_iso
from services.cli.simulation.account import Happening
from services.cli.simulator.sender import Sender, SendingRefused

AT = parse_iso("2026-11-22T02:00:00Z")
VIEWED = Happening(AT, "cobalt-freight", "cobalt-freight/1", "board_viewed", "boards")


def sender_to(answer: Callable[[httpx.Request], httpx.Response], said: list[str]) -> Sender:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Sender(client, "http://127.0.0.1:8601", "a-key", said.append, patience=(0,))


def decided(request: httpx.Request) -> httpx.Response:
    statuses = ["refused" if event["event_name"] == "bad" else "accepted" for event in json.loads(request.content)]
    return httpx.Response(200, json={"results": [{"status": status} for status in statuses]})


async def test_an_event_is_sent_as_a_producer_writes_it():
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return decided(request)

    await sender_to(answer, []).send([VIEWED])
    (request,) = requests
    assert (str(request.url), request.headers["authorization"], json.loads(request.content)) == (
        "http://127.0.0.1:8601/v1/events",
        "Bearer a-key",
        [
            {
                "account_id": "cobalt-freight",
                "user_id": "cobalt-freight/1",
                "event_name": "board_viewed",
                "feature": "boards",
                "timestamp": "2026-11-22T02:00:00.000Z",
                "message_id": "cobalt-freight/1/2026-11-22T02:00:00.000Z/board_viewed",
            }
        ],
    )


async def test_what_became_of_each_event_is_counted():
    sender = sender_to(decided, [])
    await sender.send([VIEWED, Happening(AT, "cobalt-freight", "cobalt-freight/1", "bad", None)])
    assert (sender.accepted, sender.refused) == (1, 1)


async def test_while_ingest_is_away_the_same_events_are_sent_again_and_it_is_said_once():
    tries: list[bytes] = []
    said: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        tries.append(request.content)
        if len(tries) <= 3:
            why = "nobody listens"
            raise httpx.ConnectError(why)
        return httpx.Response(503) if len(tries) == 4 else decided(request)

    await sender_to(answer, said).send([VIEWED])
    assert (len(tries), len(set(tries))) == (5, 1)
    assert said == [
        "Waiting: ingest cannot be reached (ConnectError)",
        "Waiting: ingest answers 503",
        "Ingest takes events again",
    ]


async def test_a_key_that_is_refused_ends_the_sending():
    with pytest.raises(SendingRefused, match="401"):
        await sender_to(lambda _: httpx.Response(401, text="unknown key"), []).send([VIEWED])
