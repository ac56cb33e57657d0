"""What people record, what is held back, and why: through the log and back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.activity import Contact, ContactKind, Tick
from schemas.conditions import Closing, Status
from services.runtime.keys import Scope
from tests.integration.alerts.conftest import eventually
from tests.services.alerts.core.lives import MIDNIGHT, condition

OPENED, CLOSED = Status.OPENED, Status.CLOSED


async def test_a_contact_goes_through_the_log_and_moves_the_alert_and_a_note_does_not(alerts, hears):
    await hears(condition(OPENED))
    await alerts.alert()
    await alerts.do("/v1/accounts/acme/contacts", {"kind": "note", "note": "Look here"}, 202)
    later = (MIDNIGHT + timedelta(days=1)).isoformat()
    await alerts.do("/v1/accounts/acme/contacts", {"kind": "call", "by": "sato", "at": later}, 202)

    alert = await alerts.alert(status="contacted")
    detail = await alerts.ask("GET", f"/v1/alerts/{alert['id']}")
    assert [(step["kind"], step["by"], step["detail"]) for step in detail["steps"][1:]] == [
        ("contacted", "sato", "call")
    ]
    contacts = await alerts.ask("GET", "/v1/accounts/acme/contacts")
    assert {(one["kind"], one["author"]) for one in contacts["items"]} == {("call", "sato"), ("note", "tests")}


async def test_a_contact_from_before_an_alert_says_nothing_of_it(alerts, hears, says):
    before = MIDNIGHT - timedelta(days=1)
    await hears(condition(OPENED))
    await alerts.alert()
    await says([Contact(account_id="acme", occurred_at=before, received_at=before, kind=ContactKind.CALL)])

    async def is_kept() -> bool:
        return bool((await alerts.ask("GET", "/v1/accounts/acme/contacts"))["items"])

    await eventually(is_kept)
    assert (await alerts.alert())["status"] == "open"


async def test_an_outcome_comes_back_with_its_evidence(alerts):
    await alerts.do("/v1/accounts/a%2Fb/outcomes", {"outcome": "churned", "reason": "price"}, 202)
    found: list[dict[str, Any]] = []

    async def is_kept() -> bool:
        found[:] = (await alerts.ask("GET", "/v1/accounts/a%2Fb/outcomes"))["items"]
        return bool(found)

    await eventually(is_kept)
    assert (found[0]["outcome"], found[0]["reason"]) == ("churned", "price")
    assert [one["days_before"] for one in found[0]["evidence"]] == [30, 60, 90]


async def test_a_muted_account_is_heard_of_when_the_mute_is_taken_back(alerts, hears, says, receiver):
    await alerts.webhook(receiver)
    await alerts.ask("PUT", "/v1/accounts/acme/mute", Scope.OPERATE, 202, json={"reason": "a migration"})

    async def is_muted() -> bool:
        return bool(await alerts.rows("SELECT 1 FROM mutes"))

    await eventually(is_muted)
    await says([Tick(at=datetime.now(UTC))])
    await hears(condition(OPENED))
    detail = await alerts.ask("GET", f"/v1/alerts/{(await alerts.alert())['id']}")
    assert ([step["quiet"] for step in detail["steps"]], receiver.messages) == (["muted"], [])

    await alerts.ask("DELETE", "/v1/accounts/acme/mute", Scope.OPERATE, 202)

    async def speaks() -> bool:
        await says([Tick(at=datetime.now(UTC))])
        return bool(receiver.messages)

    await eventually(speaks)
    assert receiver.types == ["alert.opened"]


async def test_an_expired_snooze_speaks_by_the_clock_of_the_log(alerts, hears, says, receiver):
    await alerts.webhook(receiver)
    await says([Tick(at=MIDNIGHT)])
    await hears(condition(OPENED))
    alert = await alerts.alert()
    await alerts.all_delivered(alert["id"])
    until = (MIDNIGHT + timedelta(days=9)).isoformat()
    await alerts.do(f"/v1/alerts/{alert['id']}/snooze", {"until": until, "reason": "holidays"})
    await says([Tick(at=MIDNIGHT + timedelta(days=9))])
    await receiver.hears(2)

    assert receiver.types == ["alert.opened", "alert.returned"]


async def test_why_was_i_not_alerted(alerts, hears):
    await hears(
        condition(OPENED),
        condition(CLOSED, 1, closing=Closing.RECOVERED),
        condition(OPENED, 2, value=5.0),
    )

    async def is_heard() -> bool:
        return len(await alerts.rows("SELECT 1 FROM conditions")) == 3

    await eventually(is_heard)
    day = MIDNIGHT.date()
    answers = [
        await alerts.ask("GET", "/v1/accounts/acme/why-not", params={"on": str(day + timedelta(days=days))})
        for days in (-1, 0, 2)
    ]

    assert [(answer["was_told"], [rule["held_back_by"] for rule in answer["rules"]]) for answer in answers] == [
        (False, []),
        (True, [None]),
        (False, ["cooldown"]),
    ]
    assert "no worse than it had been" in answers[2]["rules"][0]["sentence"]["en"]


async def test_history_is_made_into_alerts_and_told_to_nobody_at_once(alerts, hears, receiver):
    await alerts.webhook(receiver)
    await alerts.ask("PUT", "/v1/recipients/sato", Scope.OPERATE, json={"mail": "sato@example.com"})
    await hears(condition(OPENED, is_backfill=True), condition(OPENED, account_id="end", id="l:0:1:e:0:q"))
    await receiver.hears(1)

    assert [message["data"]["account_id"] for message in receiver.messages] == ["end"]
    waiting = await alerts.rows(
        "SELECT recipient FROM digest_items JOIN alerts USING (alert_id) WHERE account_id = 'acme'"
    )
    assert waiting == [("sato",)]
