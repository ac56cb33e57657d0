"""Deliveries to receivers of every kind: at least once, one id, and nobody waits for anybody else."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook
from starlette.responses import PlainTextResponse, RedirectResponse, StreamingResponse

from schemas.conditions import Status
from services.alerts.channels.webhook import Letter, WebhookChannel
from services.alerts.core.attempts import Answer, Delivered
from services.alerts.routes.webhooks import new_secret
from services.runtime.scopes import Scope
from tests.integration.alerts.conftest import eventually, receiving, routes, serving
from tests.services.alerts.core.lives import condition

HERE = (
    "http://127.0.0.1:{port}/hook",
    "http://localhost:{port}/hook",
    "http://2130706433:{port}/hook",
    "http://0x7f.1:{port}/hook",
    "http://0:{port}/hook",
    "http://[::ffff:127.0.0.1]:{port}/hook",
    "http://[::1]:{port}/hook",
    "http://[::ffff:10.0.0.1]:{port}/",
    "http://169.254.169.254/latest/meta-data",
)


def opened(number: int):
    return condition(Status.OPENED, account_id=f"a{number}", id=f"log:0:{number}:a{number}:0:quiet")


async def state_of(alerts, webhook: str) -> dict[str, Any]:
    one: dict[str, Any]
    (one,) = [one for one in (await alerts.ask("GET", "/v1/webhooks"))["items"] if one["id"] == webhook]
    return one


async def attempted(alerts, webhook: str, attempts: int = 1) -> dict[str, Any]:
    """The last delivery, once an attempt at it has been marked."""
    found: dict[str, Any] = {}

    async def is_marked() -> bool:
        items = (await alerts.ask("GET", f"/v1/webhooks/{webhook}/deliveries"))["items"]
        found.update(items[0] if items else {})
        return bool(found) and found["attempts"] >= attempts and found["answer"] is not None

    await eventually(is_marked)
    return found


async def test_a_failure_is_tried_again_with_the_same_id(alerts, hears, receiver):
    answers = [500, 200]

    async def fail_once(_):
        return PlainTextResponse("later", answers.pop(0))

    receiver.answer = fail_once
    webhook = await alerts.webhook(receiver)
    await hears(opened(1))
    await receiver.hears(2)  # five seconds later

    assert len(set(receiver.ids)) == 1
    assert (receiver.at[1] - receiver.at[0]).total_seconds() >= 5
    await alerts.all_delivered((await alerts.alert("a1"))["id"])
    done = await attempted(alerts, webhook, 2)
    assert (done["state"], done["attempts"], done["answer"]) == ("delivered", 2, "200 later")


async def test_a_receiver_says_when_it_wants_to_be_asked_again(alerts, hears):
    wishes = [(500, {}, 5), (429, {"retry-after": "90"}, 90), (503, {"Retry-After": "3"}, 5)]
    async with AsyncExitStack() as stack:
        asked = []
        for status, headers, seconds in wishes:
            receiver = await stack.enter_async_context(receiving())
            receiver.answer = refusing(status, headers)
            asked.append((receiver, await alerts.webhook(receiver), seconds))
        await hears(opened(1))
        for receiver, webhook, seconds in asked:
            tried = await attempted(alerts, webhook)
            wait = datetime.fromisoformat(tried["next_attempt_at"]) - receiver.at[0]
            assert seconds <= wait.total_seconds() <= 1.2 * seconds + 15  # a busy machine
            assert (await state_of(alerts, webhook))["failing_since"] is not None


def refusing(status: int, headers: dict[str, str]):
    """An answer that says no."""

    async def refuse(_):
        return PlainTextResponse("no", status, headers)

    return refuse


async def test_what_a_receiver_says_cannot_break_what_is_written_down(alerts, hears, receiver):
    """PostgreSQL keeps no NUL: marking failed, for all that had been attempted together, and all was sent again."""

    async def answer(_):
        return PlainTextResponse("thanks\x00\x1b[2J")

    receiver.answer = answer
    webhook = await alerts.webhook(receiver)
    await hears(opened(1))
    assert (await attempted(alerts, webhook))["answer"] == "200 thanks  [2J"


async def test_gone_disables_and_what_was_dropped_can_be_replayed(alerts, hears, receiver):
    async def gone(_):
        return PlainTextResponse("gone", 410)

    receiver.answer = gone
    webhook = await alerts.webhook(receiver)
    await hears(opened(1))
    await attempted(alerts, webhook)
    assert (await state_of(alerts, webhook))["disabled_because"] == "410 gone"
    await hears(opened(2))
    await alerts.all_delivered((await alerts.alert("a2"))["id"])  # to the topic: nothing waits for the webhook

    receiver.answer = None
    since = {"since": "2020-01-01T00:00:00Z"}
    await alerts.do(f"/v1/webhooks/{webhook}/replay", since, expect=409)
    await alerts.ask("POST", f"/v1/webhooks/{webhook}/enable", Scope.ADMIN)
    assert await alerts.do(f"/v1/webhooks/{webhook}/replay", since) == {"replayed": 1}
    await receiver.hears(2)
    assert receiver.ids[0] == receiver.ids[1]


async def test_a_redirect_is_not_followed(alerts, hears, receiver):
    async with receiving() as elsewhere:

        async def move(_):
            return RedirectResponse(elsewhere.url)

        receiver.answer = move
        webhook = await alerts.webhook(receiver)
        await hears(opened(1))
        tried = await attempted(alerts, webhook)

    assert (tried["state"], tried["answer"]) == ("waiting", "307: redirects are not followed")
    assert elsewhere.messages == []


async def test_a_reply_of_ten_megabytes_is_not_read(alerts, hears, receiver):
    sent = 0

    async def endless():
        nonlocal sent
        for _ in range(10 * 16):
            sent += 65_536
            yield b"x" * 65_536
            await asyncio.sleep(0)

    async def talk(_):
        return StreamingResponse(endless())

    receiver.answer = talk
    webhook = await alerts.webhook(receiver)
    await hears(opened(1))
    done = await attempted(alerts, webhook)

    assert (done["state"], len(done["answer"])) == ("delivered", 204)
    assert sent < 10 * 1_048_576


async def test_one_bad_receiver_of_a_hundred_delays_no_other(alerts, hears):
    async with AsyncExitStack() as stack:
        good = [await stack.enter_async_context(receiving()) for _ in range(4)]
        bad = await stack.enter_async_context(receiving())
        hanging = asyncio.Event()

        async def hang(_):
            await hanging.wait()
            return PlainTextResponse("at last")

        bad.answer = hang
        await alerts.webhook(bad)
        for number in range(99):  # four servers, many endpoints: each webhook is a lane of its own
            made = await alerts.ask(
                "POST", "/v1/webhooks", Scope.ADMIN, 201, json={"url": f"{good[number % 4].url}?n={number}"}
            )
            assert made["id"]
        for number in range(1, 4):
            await hears(opened(number))
            for one, endpoints in zip(good, (25, 25, 25, 24), strict=True):
                await one.hears(number * endpoints, seconds=60)
        waiting = await alerts.rows("SELECT count(*) FROM deliveries WHERE state = 'waiting'")
        hanging.set()
    # How soon they hear is measured by benchmarks/alerts.py; here nobody waits until the bad one has answered.
    assert [len(one.ids) for one in good] == [75, 75, 75, 72]
    assert waiting != [(0,)]
    assert 1 <= len(set(bad.ids)) <= 3


async def test_secrets_change_over_with_both_signing(alerts, hears, receiver):
    webhook = await alerts.webhook(receiver)
    old = receiver.secret
    made = await alerts.ask("POST", f"/v1/webhooks/{webhook}/rotate", Scope.ADMIN, json={"overlap_hours": 1})
    seen: list[tuple[bytes, dict[str, str]]] = []

    async def keep(request):
        seen.append((await request.body(), dict(request.headers)))
        return PlainTextResponse("ok")

    receiver.answer = keep
    await hears(opened(1))
    await receiver.hears(1)  # checked with the old secret
    body, headers = seen[0]

    assert made["secret"] != old
    assert Webhook(made["secret"]).verify(body, headers)["type"] == "alert.opened"


async def test_a_webhook_hears_only_of_the_types_it_wants(alerts, hears, receiver):
    await alerts.webhook(receiver, types=["alert.closed"])
    await hears(opened(1))
    await alerts.all_delivered((await alerts.alert("a1"))["id"])
    closed = condition(Status.CLOSED, 1, account_id="a1", id="log:0:99:a1:0:quiet")
    await hears(closed)
    await receiver.hears(1)

    assert receiver.types == ["alert.closed"]


async def test_a_test_is_signed_and_its_answer_told(alerts, receiver):
    webhook = await alerts.webhook(receiver)
    tested = await alerts.do(f"/v1/webhooks/{webhook}/test")

    assert (tested, receiver.types) == ({"delivered": True, "answer": "200 thanks"}, ["webhook.test"])


async def test_a_webhook_to_this_machine_is_refused_unless_it_is_meant(settings, engine):
    strict = replace(settings, alerts=settings.alerts.model_copy(update={"private_addresses": False}))
    async with routes(strict, engine) as alerts:
        for url in HERE:
            refused = await alerts.ask("POST", "/v1/webhooks", Scope.ADMIN, 422, json={"url": url.format(port=1)})
            assert "KIZASHI_ALERTS_PRIVATE_ADDRESSES" in refused["detail"], url


async def test_no_way_to_write_this_machine_is_connected_to_unless_it_is_meant(receiver):
    receiver.secret = new_secret()

    async def delivered(webhooks: WebhookChannel, url: str) -> Answer:
        letter = Letter("msg_1", url.format(port=receiver.port), (receiver.secret,), b"{}")
        return await webhooks.deliver(letter, datetime.now(UTC))

    async with WebhookChannel(private_addresses=False) as careful, WebhookChannel(private_addresses=True) as lax:
        answers = {url: await delivered(careful, url) for url in HERE}
        assert receiver.messages == []
        meant = await delivered(lax, HERE[0])  # it does listen here
    assert (meant, receiver.messages) == (Delivered("200 thanks"), [{}])
    refused = [url for url, answer in answers.items() if "not on the internet" in answer.answer]
    assert (set(answers.values()) & {meant}, len(refused) >= 5) == (set(), True), answers  # or it is no URL at all


async def test_what_resolves_to_this_machine_later_is_not_connected_to(settings, engine, hears, receiver):
    """The address is looked at where it is connected to: what was allowed when it was added gains nothing."""
    async with routes(settings, engine) as lax:
        webhook = await lax.webhook(receiver)
        strict = replace(settings, alerts=settings.alerts.model_copy(update={"private_addresses": False}))
        async with serving(strict):
            await hears(opened(1))
            tried = await attempted(lax, webhook)

    assert (
        tried["answer"] == "not sent: 127.0.0.1 is not on the internet; KIZASHI_ALERTS_PRIVATE_ADDRESSES=true allows it"
    )
    assert receiver.messages == []
