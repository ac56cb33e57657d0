"""The fleet guard on real parts: a feed stops, one incident says so, and what was never true is never told."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.activity import Event, Telemetry, Tick, Verdict
from schemas.codec import Unreadable, decode_activity, encode
from schemas.conditions import Status
from schemas.time import SECOND
from schemas.topics import ACTIVITY
from services.alerts.guarding import Guarding, GuardTooSlow
from services.cli.demonstration.card import demo_card
from services.runtime.database import transaction
from services.runtime.kafka import consumer
from services.runtime.shipped import shipped
from services.scoring.queries import Published, remember
from services.scoring.scorecard_file import digest_of, read_scorecard
from tests.integration.alerts.conftest import eventually
from tests.services.alerts.core.lives import condition

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def feed(source: str, opens: int, closes: int, each: int = 3):
    """Three events a second from one instant to another, in seconds from noon."""
    for second in range(opens, closes):
        for number in range(each):
            at = NOON + timedelta(seconds=second, milliseconds=number)
            yield Event(
                account_id=f"a{number}",
                event_name="login",
                occurred_at=at,
                received_at=at,
                source=source,
                message_id=f"{source}-{second}-{number}",
                hash=hash((source, second, number)) % 2**63,
            )


def tick(second: int) -> Tick:
    return Tick(at=NOON + timedelta(seconds=second))


async def verdicts(settings) -> list[Telemetry]:
    found = []
    async with consumer(settings.kafka, "tests", ACTIVITY.name) as client:
        while batch := await client.getmany(timeout_ms=2_000):
            for records in batch.values():
                for record in records:
                    try:
                        activity = decode_activity(record.value)
                    except Unreadable:
                        continue
                    if isinstance(activity, Telemetry):
                        found.append(activity)
    return found


async def test_a_feed_that_stops_is_one_incident_and_no_alert(alerts, hears, says, settings, receiver):
    await alerts.webhook(receiver)
    await says([*feed("web", -300, 0), tick(0)])

    async def is_counted() -> bool:
        return bool(await alerts.rows("SELECT min(at) FROM stream_times") == [(NOON,)])

    await eventually(is_counted)
    await says([tick(20)])  # nothing for twenty seconds
    await receiver.hears(1)
    assert receiver.types == ["incident.opened"]
    incident = receiver.messages[0]["data"]
    assert (incident["source"], incident["event_name"], incident["since"]) == ("web", None, "2026-11-22T12:00:00Z")

    await hears(
        condition(Status.OPENED, account_id="gone"),
        condition(Status.OPENED, account_id="back", id="l:0:1:b:0:q"),
        condition(Status.OPENED, account_id="late", id="l:0:1:c:0:q"),
    )
    await alerts.alert("gone")
    await alerts.alert("late")
    await hears(condition(Status.CLOSED, 0.01, account_id="back", id="l:0:2:b:0:q"))
    await alerts.alert("back", status="closed")
    assert receiver.types == ["incident.opened"]

    await says([*feed("web", 20, 60), tick(60)])  # it is back
    await receiver.hears(2)
    await hears(condition(Status.CLOSED, 0.02, account_id="late", id="l:0:3:c:0:q"))  # when scoring looked again
    await alerts.alert("late", status="closed")
    await says([*feed("web", 60, 70), tick(70)])
    await receiver.hears(3)
    told = {message["type"]: message["data"].get("account_id") for message in receiver.messages}
    assert told == {"incident.opened": None, "incident.closed": None, "alert.opened": "gone"}
    said = await verdicts(settings)
    everywhere = settings.kafka.partitions
    assert [(one.status, one.source) for one in said].count((Verdict.OPENED, "web")) == everywhere
    assert [(one.status, one.source) for one in said].count((Verdict.CLOSED, "web")) == everywhere
    (listed,) = (await alerts.ask("GET", "/v1/incidents"))["items"]
    assert listed["ended_at"] == "2026-11-22T12:01:00Z"


async def test_one_source_of_three_is_named_and_holds_nobody_elses_alerts(alerts, hears, says, receiver):
    await alerts.webhook(receiver)
    await says([one for source in ("web", "app", "crm") for one in feed(source, -300, 0)])
    await says([one for source in ("app", "crm") for one in feed(source, 0, 40)])
    await says([tick(40)])
    await receiver.hears(1)
    await hears(condition(Status.OPENED))
    await receiver.hears(2)

    assert [(one["type"], one["data"].get("source")) for one in receiver.messages] == [
        ("incident.opened", "web"),
        ("alert.opened", None),
    ]


async def test_a_guard_that_is_set_too_slow_for_the_silence_rules_in_force_does_not_start(engine):
    card = demo_card(read_scorecard(shipped("scorecards/default.yaml")), 30 * SECOND)
    async with transaction(engine) as connection:
        await remember(connection, Published(1, digest_of(card), encode(card), NOON))
        await Guarding(None, is_on=True).begin(connection)
        await Guarding(10 * SECOND, is_on=True).begin(connection)
        with pytest.raises(GuardTooSlow, match=r"GUARD_SECONDS=11: the guard would need 31 s .* speaks after 30 s"):
            await Guarding(11 * SECOND, is_on=True).begin(connection)
