"""From a condition in Kafka to an alert that is worked on: made once, told once, closed by itself."""

from schemas.conditions import RuleKind, Severity, Status
from services.runtime.scopes import Scope
from tests.services.alerts.core.lives import condition

OPENED, WORSENED, CLOSED = Status.OPENED, Status.WORSENED, Status.CLOSED


async def test_a_condition_becomes_one_alert_and_one_signed_message(alerts, hears, receiver):
    await alerts.webhook(receiver)
    await hears(condition(OPENED), condition(OPENED))  # sent again: the same condition
    await receiver.hears(1)

    (alert,) = await alerts.alerts()
    assert (alert["account_id"], alert["rule"], alert["status"], alert["holds"]) == ("acme", "quiet", "open", True)
    (message,) = receiver.messages
    assert (message["type"], receiver.forged) == ("alert.opened", 0)
    assert message["data"]["alerts"][0]["alert"] == alert
    assert message["data"]["url"].endswith("/v1/accounts/acme")


async def test_an_alert_is_acknowledged_by_somebody_and_closes_by_itself(alerts, hears, receiver):
    await alerts.webhook(receiver)
    await hears(condition(OPENED))
    alert = await alerts.alert()
    done = await alerts.do(f"/v1/alerts/{alert['id']}/acknowledge", {"by": "sato"})
    assert (done["alert"]["status"], done["steps"][-1]["by"]) == ("acknowledged", "sato")

    await receiver.hears(1)
    await hears(condition(CLOSED, 1))
    await alerts.alert(status="closed")
    await receiver.hears(2)
    assert receiver.types == ["alert.opened", "alert.closed"]
    detail = await alerts.ask("GET", f"/v1/alerts/{alert['id']}")
    assert [step["kind"] for step in detail["steps"]] == ["opened", "acknowledged", "closed"]
    await alerts.all_delivered(alert["id"])


async def test_two_causes_of_one_account_are_one_message(alerts, hears, receiver):
    await alerts.webhook(receiver)
    moment = condition(
        OPENED, 0.001, id="log:0:9:acme:0:cancel", rule="cancel", kind=RuleKind.MOMENT, severity=Severity.CRITICAL
    )
    await hears(condition(OPENED), moment, condition(OPENED, account_id="other", id="log:0:9:other:0:quiet"))
    await receiver.hears(2)

    told = {message["data"]["account_id"]: message["data"]["alerts"] for message in receiver.messages}
    assert [one["alert"]["rule"] for one in told["acme"]] == ["cancel", "quiet"]
    assert len(told["other"]) == 1


async def test_what_is_no_condition_becomes_a_dead_letter_and_does_not_stop_the_rest(alerts, hears):
    await hears(b"{", b'{"id": 7}', condition(OPENED))

    assert (await alerts.alert())["rule"] == "quiet"


async def test_the_same_alert_cannot_be_worked_on_in_ways_that_make_no_sense(alerts, hears):
    await hears(condition(OPENED), condition(CLOSED, 1))
    alert = await alerts.alert(status="closed")
    refused = await alerts.do(f"/v1/alerts/{alert['id']}/acknowledge", expect=409)
    assert "closed already" in refused["detail"]

    await alerts.do("/v1/alerts/al_unknown/acknowledge", expect=404)
    await alerts.ask("POST", f"/v1/alerts/{alert['id']}/acknowledge", Scope.READ, 403, json={})
    await alerts.do(f"/v1/alerts/{alert['id']}/snooze", {"until": "2030-01-01"}, expect=422)


async def test_verdicts_measure_a_rule(alerts, hears):
    await hears(*(condition(OPENED, account_id=f"a{n}", id=f"log:0:{n}:a{n}:0:quiet") for n in range(4)))
    for number, outcome in enumerate(("true", "true", "false", "known")):
        alert = await alerts.alert(f"a{number}")
        await alerts.do(f"/v1/alerts/{alert['id']}/resolve", {"outcome": outcome, "reason": "they said so"})

    (rule,) = (await alerts.ask("GET", "/v1/rules"))["items"]
    counts = {"rule": "quiet", "alerts": 4, "open": 0, "true": 2, "false": 1, "known": 1}
    assert rule == {**counts, "precision": 2 / 3}


async def test_pages_of_alerts_go_on_where_the_last_one_ended(alerts, hears):
    await hears(*(condition(OPENED, n, account_id=f"a{n}", id=f"log:0:{n}:a{n}:0:quiet") for n in range(5)))
    await alerts.alert("a4")
    first = await alerts.ask("GET", "/v1/alerts", params={"limit": 3})
    rest = await alerts.ask("GET", "/v1/alerts", params={"limit": 3, "cursor": first["next_cursor"]})

    assert [one["account_id"] for one in first["items"] + rest["items"]] == ["a4", "a3", "a2", "a1", "a0"]
    assert rest["next_cursor"] is None
    await alerts.ask("GET", "/v1/alerts", expect=422, params={"cursor": "nonsense"})
