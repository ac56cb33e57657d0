from collections.abc import Callable

import httpx
import msgspec

from schemas.changes import State
from schemas.time import parse_iso
from services.cli.demonstration.poll import Poll
from services.cli.demonstration.scene import Director
from services.runtime.instance import Run
from services.runtime.scopes import Scope
from services.runtime.settings import Clock

NOW = parse_iso("2026-11-22T02:00:00Z")
RUN = Run(
    api_url="http://127.0.0.1:8600",
    ingest_url="http://127.0.0.1:8601",
    scoring_urls=("http://127.0.0.1:8602",),
    alerts_url="http://127.0.0.1:8620",
    kafka_bootstrap_servers="127.0.0.1:9092",
    database_url="postgresql://127.0.0.1/kizashi",
    log_id="log",
    clock=Clock.LIVE,
    keys={Scope.READ: "a-read-key"},
    pids={},
)
METRICS = {
    8600: 'kizashi_accounts{state="at_risk"} 12\nkizashi_accounts{state="healthy"} 250\n',
    8602: 'kizashi_scoring_stream_time_seconds{partition="0"} 1795312799.0\n'
    'kizashi_scoring_stream_time_seconds{partition="1"} 1795312797.5\n',
}


async def polled(answer: Callable[[httpx.Request], httpx.Response], times: int) -> Director:
    director = Director()
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        poll = Poll(client, RUN, director)
        for _ in range(times):
            await poll.once(NOW)
    return director


async def test_what_is_read_becomes_the_scene(account, change):
    asked: list[str] = []
    moved = change(1, (50.0, State.WATCH), (70.0, State.AT_RISK))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/metrics":
            return httpx.Response(200, text=METRICS[request.url.port or 0])
        assert request.headers["authorization"] == "Bearer a-read-key"
        asked.append(str(request.url.params))
        if request.url.path == "/v1/accounts":
            return httpx.Response(200, content=msgspec.json.encode({"items": [account(1, 80.0)], "next_cursor": None}))
        if request.url.path == "/v1/alerts":
            return httpx.Response(200, content=msgspec.json.encode({"items": [], "next_cursor": None}))
        is_first = request.url.params["since"] == "latest"
        return httpx.Response(
            200, content=msgspec.json.encode({"items": [] if is_first else [moved], "next_cursor": "here"})
        )

    scene = (await polled(answer, times=2)).scene
    alerts = "status=any&limit=50"
    assert asked == ["limit=40", "since=latest", alerts, "limit=40", "since=here", alerts]
    assert [place.account.id for place in scene.places] == ["cobalt-1"]
    assert (scene.news, scene.states, scene.seconds_behind) == (
        (moved,),
        {State.AT_RISK: 12, State.HEALTHY: 250},
        (1.0, 2.5),
    )


async def test_what_does_not_answer_is_named_and_what_was_seen_stays(account):
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if len(asked) > 1:
            why = "nobody listens"
            raise httpx.ConnectError(why, request=request)
        return httpx.Response(200, content=msgspec.json.encode({"items": [account(1, 80.0)], "next_cursor": None}))

    scene = (await polled(answer, times=1)).scene
    assert ([place.account.id for place in scene.places], scene.trouble) == (["cobalt-1"], "http://127.0.0.1:8600/")
