"""Time alone: what was kept quiet speaks afterwards, but only if it is still bad."""

from dataclasses import replace

from schemas.alerts import AlertStatus
from schemas.conditions import Status
from schemas.time import DAY
from services.alerts.core.act import Put, act
from services.alerts.core.alert import Next, Quiet, StepKind
from services.alerts.core.wake import due, wake
from tests.services.alerts.core.lives import AROUND, Life, at, condition

MUTED = replace(AROUND, is_muted=True)
BROKEN = replace(AROUND, incident="in_1")


def snoozed(until: float) -> Life:
    life = Life().hear(condition())
    found = act(life.now, Put(at(until), until_worse=False, reason="holidays"), "sato", at(1))
    assert isinstance(found, Next)
    return life.take(found)


def test_an_expired_snooze_speaks_if_it_is_still_bad():
    life = snoozed(until=9)
    assert (due(life.now, 30 * DAY), wake(life.now, at(8.9), AROUND)) == (at(9), None)

    life.take(wake(life.now, at(9), AROUND))
    assert (life.spoken, life.now.snooze) == (["opened", "returned"], None)
    assert wake(life.now, at(10), AROUND) is None


def test_an_expired_snooze_of_what_has_ended_is_silent():
    life = snoozed(until=9).hear(condition(Status.CLOSED, 5))

    assert (due(life.now, 30 * DAY), wake(life.now, at(9), AROUND)) == (None, None)


def test_a_snooze_that_expires_under_a_mute_speaks_when_the_mute_ends():
    life = snoozed(until=9)
    life.take(wake(life.now, at(9), MUTED))
    assert (life.spoken, life.steps[-1].quiet) == (["opened"], Quiet.MUTED)
    assert wake(life.now, at(10), MUTED) is None

    life.take(wake(life.now, at(11), AROUND))
    assert life.spoken == ["opened", "opened"]


def test_what_an_incident_held_is_released_when_it_ends():
    life = Life(BROKEN).hear(condition())
    assert wake(life.now, at(0.01), BROKEN) is None

    life.take(wake(life.now, at(0.02), AROUND))
    assert (life.spoken, life.now.incident, life.steps[-1].kind) == (["opened"], None, StepKind.RETURNED)


def test_what_began_again_within_the_cooldown_is_told_when_it_is_over():
    life = Life().hear(condition(), condition(Status.CLOSED, 1), condition(Status.OPENED, 2))
    assert (due(life.now, 30 * DAY), wake(life.now, at(30), AROUND)) == (at(31), None)

    life.take(wake(life.now, at(31), AROUND))
    assert (life.spoken, life.now.status) == (["opened", "closed", "opened"], AlertStatus.OPEN)


def test_what_began_again_and_ended_within_the_cooldown_is_never_told():
    life = Life().hear(condition(), condition(Status.CLOSED, 1), condition(Status.OPENED, 2))
    life.hear(condition(Status.CLOSED, 3))

    assert (due(life.now, 30 * DAY), life.spoken) == (None, ["opened", "closed"])


def test_the_end_of_a_cooldown_under_a_mute_opens_it_quietly():
    life = Life().hear(condition(), condition(Status.CLOSED, 1), condition(Status.OPENED, 2))
    life.take(wake(life.now, at(31), MUTED))

    assert (life.spoken, life.now.status, life.steps[-1].quiet) == (["opened", "closed"], AlertStatus.OPEN, Quiet.MUTED)


def test_an_open_alert_that_was_told_has_nothing_due():
    life = Life().hear(condition())

    assert (due(life.now, 30 * DAY), wake(life.now, at(99), AROUND)) == (None, None)
