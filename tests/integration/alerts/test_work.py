"""What people record, what is held back, and why: through the log and back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from schemas.activity import Contact, ContactKind, Tick
from schemas.changes import Facts
from schemas.codec import encode
from schemas.conditions import Closing, Status
from schemas.tables import changes
from services.runtime.database import transaction
from services.runtime.scopes import Scope
from tests.integration.alerts.conftest import eventually
from tests.integration.api.conftest import change
from tests.services.alerts.core.lives import MIDNIGHT, condition

OPENED, CLOSED = Status.OPENED, Status.CLOSED
WON_ON = date(2026, 9, 1)


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
    await alerts.do(
        "/v1/accounts/a%2Fb/outcomes", {"outcome": "churned", "because": "price", "reason": "half as much"}, 202
    )
    found: list[dict[str, Any]] = []

    async def is_kept() -> bool:
        found[:] = (await alerts.ask("GET", "/v1/accounts/a%2Fb/outcomes"))["items"]
        return bool(found)

    await eventually(is_kept)
    assert [found[0][name] for name in ("outcome", "because", "reason")] == ["churned", "price", "half as much"]
    assert [one["days_before"] for one in found[0]["evidence"]] == [30, 60, 90]
    assert {one["at"] for one in found[0]["evidence"]} == {None}  # nothing was known then


async def test_evidence_is_what_was_known_then_the_winning_pattern_included(alerts, engine):
    """A change that became known later, though it is about an earlier day, is no evidence."""
    asked, before = MIDNIGHT - timedelta(days=40), MIDNIGHT - timedelta(days=50)
    then = change("cobalt", 1, at=asked, known_at=asked, score=71.5, winning_pattern_on=WON_ON)
    later = change("cobalt", 2, at=before, known_at=MIDNIGHT, score=12.0)
    async with transaction(engine) as connection:
        for position, one in enumerate((then, later)):
            values = {name: getattr(one, name) for name in ("account_id", "sequence", "at", "known_at")}
            row = {"change_id": one.id, "partition": 0, "position": position, "body": encode(one), **values}
            await connection.execute(changes.insert().values(row))
    body = {"outcome": "churned", "at": MIDNIGHT.isoformat()}
    await alerts.do("/v1/accounts/cobalt/outcomes", body, 202)
    found: list[dict[str, Any]] = []

    async def is_kept() -> bool:
        found[:] = (await alerts.ask("GET", "/v1/accounts/cobalt/outcomes"))["items"]
        return bool(found)

    await eventually(is_kept)
    told = [(one["days_before"], one["score"], one["winning_pattern_on"]) for one in found[0]["evidence"]]
    assert told == [(30, 71.5, WON_ON.isoformat()), (60, None, None), (90, None, None)]


async def test_alerts_are_counted_by_team_and_segment_and_nobodys_own(alerts, hears):
    for name, team in (("sato", "kansai"), ("kato", "kansai"), ("mori", "alone")):
        await alerts.ask("PUT", f"/v1/recipients/{name}", Scope.OPERATE, json={"team": team})
    facts = [Facts(owner=owner, segment=segment, arr_cents=100) for owner, segment in (("sato", "smb"), ("mori", None))]
    await hears(
        *(condition(OPENED, account_id=f"a{n}", id=f"l:0:{n}:a{n}:0:q", facts=facts[n % 2]) for n in range(3)),
        condition(OPENED, account_id="a0", rule="other", id="l:0:9:a0:0:o", facts=facts[0]),
    )
    first = await alerts.alert("a2")
    await alerts.do(f"/v1/alerts/{first['id']}/resolve", {"outcome": "true"})
    found = await alerts.ask("GET", "/v1/alerts/summary")

    def counted(groups: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [tuple(one[name] for name in ("name", "open", "true", "arr_cents")) for one in groups]

    assert counted(found["teams"]) == [("kansai", 2, 1, 100), (None, 1, 0, 100)]
    assert counted(found["segments"]) == [("smb", 2, 1, 100), (None, 1, 0, 100)]


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
