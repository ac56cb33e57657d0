"""What people do with alerts: each step is theirs, most can be taken back, and doing it twice does nothing."""

import pytest

from schemas.alerts import AlertOutcome, AlertStatus
from schemas.conditions import Status
from services.alerts.core.act import Acknowledge, Assign, Put, Reach, Refused, Reopen, Resolve, Wake, act
from services.alerts.core.alert import Next, Step, StepKind
from tests.services.alerts.core.lives import Life, at, condition


def alert(*doing, conditions=()):
    life = Life().hear(condition(), *conditions)
    for one in doing:
        found = act(life.now, one, "sato", at(1))
        assert isinstance(found, Next), found
        life.take(found)
    return life.now


def steps(*doing) -> list[Step]:
    life = Life().hear(condition())
    life.steps.clear()
    for one in doing:
        found = act(life.now, one, "sato", at(1))
        assert isinstance(found, Next), found
        life.take(found)
    return life.steps


@pytest.mark.parametrize(
    ("doing", "status"),
    [
        ([Acknowledge()], AlertStatus.ACKNOWLEDGED),
        ([Acknowledge(), Reach("call")], AlertStatus.CONTACTED),
        ([Reach("call"), Acknowledge()], AlertStatus.CONTACTED),
        ([Reach("call"), Resolve(AlertOutcome.TRUE)], AlertStatus.RESOLVED),
        ([Resolve(AlertOutcome.KNOWN, "holidays"), Reopen()], AlertStatus.OPEN),
        ([Acknowledge(), Reopen()], AlertStatus.OPEN),
    ],
)
def test_the_work_goes_on_and_can_be_taken_back(doing, status):
    assert alert(*doing).status is status


def test_every_step_says_who_when_and_what():
    assert steps(Acknowledge(), Reach("call"), Assign("kato"), Resolve(AlertOutcome.KNOWN, "holidays")) == [
        Step(StepKind.ACKNOWLEDGED, at(1), "sato"),
        Step(StepKind.CONTACTED, at(1), "sato", "call"),
        Step(StepKind.ASSIGNED, at(1), "sato", "kato"),
        Step(StepKind.RESOLVED, at(1), "sato", "known: holidays"),
    ]


@pytest.mark.parametrize(
    "doing",
    [Acknowledge(), Assign("kato"), Resolve(AlertOutcome.FALSE), Wake(), Reopen()],
    ids=lambda doing: type(doing).__name__,
)
def test_doing_it_twice_leaves_one_step(doing):
    expected = 0 if isinstance(doing, Wake | Reopen) else 1
    assert len(steps(doing, doing)) == expected


def test_a_snooze_can_be_ended():
    assert alert(Put(at(9), until_worse=False, reason="holidays"), Wake()).snooze is None


@pytest.mark.parametrize(
    ("doing", "why"),
    [
        (Put(at(0.5), until_worse=True, reason=""), "has passed"),
        (Put(None, until_worse=False, reason=""), "say until when"),
    ],
)
def test_a_snooze_that_would_not_end_or_has_ended_is_refused(doing, why):
    found = act(alert(), doing, "sato", at(1))

    assert isinstance(found, Refused)
    assert why in found.why


@pytest.mark.parametrize("doing", [Acknowledge(), Put(at(9), until_worse=False, reason=""), Reopen()])
def test_there_is_no_work_on_what_has_closed(doing):
    assert isinstance(act(alert(conditions=[condition(Status.CLOSED, 0.5)]), doing, "sato", at(1)), Refused)


def test_a_closed_alert_can_still_be_judged_and_the_judgement_taken_back():
    closed = alert(Resolve(AlertOutcome.TRUE), conditions=[condition(Status.CLOSED, 0.5)])
    assert (closed.status, closed.outcome, closed.ended_at) == (AlertStatus.RESOLVED, AlertOutcome.TRUE, at(0.5))

    undone = act(closed, Reopen(), "sato", at(2))
    assert isinstance(undone, Next)
    assert (undone.alert.status, undone.alert.outcome) == (AlertStatus.CLOSED, None)
