"""Messages to people: mail through a real server, Slack through what stands for it, and one digest a day."""

import email
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from pydantic import SecretStr
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from schemas.alerts import Digest
from schemas.changes import Facts
from schemas.conditions import Severity, Status
from services.alerts.digesting import Digests
from services.alerts.settings import MailBlock, SlackBlock
from services.runtime.database import open_engine
from services.runtime.embedded.ports import free_ports
from services.runtime.scopes import Scope
from services.runtime.server import background_server
from tests.integration.alerts.conftest import eventually, routes, serving
from tests.services.alerts.core.lives import condition

URGENT: dict[str, Any] = {"severity": Severity.CRITICAL}


class Mailbox:
    """A handler for aiosmtpd that keeps what it is given, and refuses whom it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusing: dict[str, str] = {}

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # noqa: N802 - aiosmtpd's name
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: object, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 kept"


@pytest.fixture
def mailbox():
    box = Mailbox()
    (port,) = free_ports(1)
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    yield box, port
    server.stop()


@asynccontextmanager
async def slack() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Slack's two doors: an incoming webhook, and chat.postMessage."""
    posted: list[dict[str, Any]] = []

    async def hook(request: Request) -> PlainTextResponse:
        posted.append(await request.json())
        return PlainTextResponse("ok")

    async def post(request: Request) -> JSONResponse:
        body = dict(await request.form()) if "form" in request.headers["content-type"] else await request.json()
        posted.append({**body, "authorization": request.headers["authorization"]})
        return JSONResponse({"ok": True, "ts": "1.2"})

    app = Starlette(
        routes=[Route("/hook", hook, methods=["POST"]), Route("/api/chat.postMessage", post, methods=["POST"])]
    )
    async with background_server(app, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}", posted


def with_mail(settings, port: int):
    mail = MailBlock(host="127.0.0.1", port=port, encryption="none", sender="Kizashi <alerts@example.com>")
    return replace(settings, mail=mail)


async def add(alerts, name: str, **how):
    every_day = {"works_from": "00:00", "works_until": "23:59", "working_days": [1, 2, 3, 4, 5, 6, 7]}
    return await alerts.ask("PUT", f"/v1/recipients/{name}", Scope.OPERATE, json={**every_day, **how})


async def test_a_critical_alert_is_a_mail_in_the_owners_language(settings, engine, hears, mailbox):
    box, port = mailbox
    async with serving(with_mail(settings, port)), routes(settings, engine) as alerts:
        await add(alerts, "sato", mail="sato@example.com", language="ja")
        await hears(condition(Status.OPENED, **URGENT))
        await alerts.all_delivered((await alerts.alert())["id"])

    (mail,) = box.mails
    assert (mail["To"], mail["Subject"]) == (
        "sato@example.com",
        "[緊急] Acme KK: 5日間利用がありません。この顧客では異例です。",
    )
    assert mail["List-Unsubscribe"].startswith("<mailto:")
    body = mail.get_body(("html",))
    assert body is not None
    assert "Acme KK" in body.get_content()


@pytest.mark.parametrize(("answer", "state"), [("550 no such person", "given_up"), ("451 later", "waiting")])
async def test_what_a_mail_server_refuses_for_good_is_given_up_and_the_rest_tried_again(
    settings, engine, hears, mailbox, answer, state
):
    box, port = mailbox
    box.refusing["sato@example.com"] = answer
    async with serving(with_mail(settings, port)), routes(settings, engine) as alerts:
        await add(alerts, "sato", mail="sato@example.com")
        await hears(condition(Status.OPENED, **URGENT))

        async def is_marked() -> bool:
            found = await alerts.rows(
                "SELECT state, answer FROM deliveries WHERE channel = 'mail' AND answer IS NOT NULL"
            )
            return found == [(state, answer)]

        await eventually(is_marked)


async def test_slack_gets_blocks_by_an_incoming_webhook_and_by_the_bot(settings, engine, hears):
    async with slack() as (url, posted):
        bot = SlackBlock(token=SecretStr("xoxb-1"), api_url=f"{url}/api/")
        async with serving(replace(settings, slack=bot)), routes(settings, engine) as alerts:
            await add(alerts, "sato", slack=f"{url}/hook", team="kansai")
            await add(alerts, "kansai", slack="C012345")
            both = ("owner", "team")
            await hears(condition(Status.OPENED, notify=both, **URGENT))
            await alerts.all_delivered((await alerts.alert())["id"])

    assert len(posted) == 2
    assert {one.get("channel") for one in posted} == {None, "C012345"}
    assert all("Acme KK" in one["text"] and one["blocks"] for one in posted)


async def test_what_can_wait_is_one_digest_of_what_is_still_open(settings, engine, hears, mailbox):
    box, port = mailbox
    tokyo = ZoneInfo("Asia/Tokyo")
    tomorrow = datetime.now(tokyo) + timedelta(days=1)  # so that the service itself, which lives today, makes none
    hours = {"works_from": "09:00", "works_until": "18:00", "working_days": [tomorrow.isoweekday()]}
    async with serving(with_mail(settings, port)), routes(settings, engine) as alerts:
        await add(alerts, "sato", mail="sato@example.com", time_zone="Asia/Tokyo", **hours)
        for number, arr in enumerate((100, 10_000, 1_000)):
            facts = Facts(name=f"Number {number}", owner="sato", arr_cents=arr)
            own: dict[str, Any] = {"account_id": f"a{number}", "id": f"l:0:{number}:a{number}:0:q", "facts": facts}
            await hears(condition(Status.OPENED, severity=Severity.INFO, **own))
            await alerts.all_delivered((await alerts.alert(f"a{number}"))["id"])
        closed = await alerts.alert("a2")
        await alerts.do(f"/v1/alerts/{closed['id']}/resolve", {"outcome": "known"})
        for hour, minute in ((8, 59), (9, 0), (17, 0)):
            now = tomorrow.replace(hour=hour, minute=minute).astimezone(UTC)
            await Digests(engine, "https://kizashi.example.com", always(now)).look()
        sent = await alerts.rows("SELECT lane FROM deliveries WHERE channel = 'mail'")

    assert sent == [("mail:sato",)]
    (digest,) = await waiting_bodies(settings)
    assert [one.alert.account_id for one in digest.data.alerts] == ["a1", "a0"]
    assert box.mails == []  # it is due tomorrow


def always(now: datetime) -> Callable[[], datetime]:
    return lambda: now


async def waiting_bodies(settings) -> list[Digest]:
    engine = open_engine(settings.database)
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT messages.body FROM messages JOIN deliveries USING (message_id) WHERE channel = 'mail'")
        )
        found = [msgspec.json.decode(body, type=Digest) for (body,) in rows]
    await engine.dispose()
    return found
