"""One alert for each account and cause, told once, and again only when there is something new to say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alerts import AlertOutcome, AlertStatus
from schemas.conditions import Closing, RuleKind, Severity, Status
from services.alerts.core.act import Put, Resolve, act
from services.alerts.core.alert import Next, Quiet, StepKind
from services.alerts.core.hear import hear
from tests.services.alerts.core.lives import AROUND, Life, at, condition

OPENED, WORSENED, EASED, CLOSED = Status.OPENED, Status.WORSENED, Status.EASED, Status.CLOSED


def test_a_condition_opens_an_alert_and_is_told():
    life = Life().hear(condition(OPENED))

    assert (life.now.status, life.now.opened_at, life.now.is_told) == (AlertStatus.OPEN, at(0), True)
    assert life.spoken == ["opened"]


def test_the_same_condition_gives_the_same_id():
    assert Life().hear(condition(OPENED)).ids == Life().hear(condition(OPENED)).ids


def test_what_ends_closes_it_and_is_told():
    life = Life().hear(condition(OPENED), condition(CLOSED, 2))

    assert (life.now.status, life.now.ended_at, life.now.holds) == (AlertStatus.CLOSED, at(2), False)
    assert life.spoken == ["opened", "closed"]
    assert life.steps[-1].detail == "recovered"


def test_worse_is_told_and_better_is_not():
    life = Life().hear(condition(OPENED), condition(EASED, 1, value=4.0), condition(WORSENED, 2, value=8.0))

    assert life.spoken == ["opened", "worsened"]
    assert [step.kind for step in life.steps] == [StepKind.OPENED, StepKind.EASED, StepKind.WORSENED]


def test_back_to_as_bad_as_it_was_is_nothing_new():
    life = Life().hear(
        condition(OPENED),
        condition(WORSENED, 1, value=8.0),
        condition(EASED, 2, value=5.0),
        condition(WORSENED, 3, value=8.0),
    )

    assert life.spoken == ["opened", "worsened"]


def test_a_higher_severity_is_worse_whatever_the_value():
    life = Life().hear(condition(OPENED), condition(WORSENED, 1, severity=Severity.CRITICAL, value=1.0))

    assert life.spoken == ["opened", "worsened"]


@given(st.lists(st.sampled_from([0.01, 0.2, 1.0]), max_size=12))
def test_a_score_that_oscillates_around_its_threshold_is_one_alert(pauses):
    life, day = Life(), 0.0
    for pause in pauses:
        life.hear(condition(OPENED, day), condition(CLOSED, day + pause / 2))
        day += pause

    assert life.spoken == (["opened", "closed"] if pauses else [])
    assert len(life.ids) == min(1, len(pauses))


def test_within_the_cooldown_it_is_opened_again_only_when_worse():
    life = Life().hear(condition(OPENED), condition(CLOSED, 1), condition(OPENED, 2, value=5.0))
    assert (life.now.status, life.now.holds, life.steps[-1].quiet) == (AlertStatus.CLOSED, True, Quiet.COOLDOWN)

    life.hear(condition(WORSENED, 3, value=9.0))
    assert (life.now.status, life.spoken) == (AlertStatus.OPEN, ["opened", "closed", "opened"])
    assert len(life.ids) == 1


def test_after_the_cooldown_it_is_a_new_alert():
    life = Life().hear(condition(OPENED), condition(CLOSED, 1), condition(OPENED, 31))

    assert (len(life.ids), life.spoken) == (2, ["opened", "closed", "opened"])


def test_a_dismissed_alert_comes_back_only_when_worse_than_it_was():
    life = Life().hear(condition(OPENED))
    life.take(as_next(act(life.now, Resolve(AlertOutcome.FALSE, "they merged teams"), "sato", at(1))))
    life.hear(condition(WORSENED, 2, value=5.0))
    assert life.now.status is AlertStatus.RESOLVED

    life.hear(condition(WORSENED, 3, value=7.0))
    assert (life.now.status, life.now.outcome, life.spoken) == (AlertStatus.OPEN, None, ["opened", "opened"])


def test_a_resolved_alert_stays_resolved_when_its_condition_ends_and_cools_from_there():
    life = Life().hear(condition(OPENED))
    life.take(as_next(act(life.now, Resolve(AlertOutcome.TRUE), "sato", at(1))))
    life.hear(condition(CLOSED, 10), condition(OPENED, 35))

    assert (life.now.status, life.now.outcome, life.spoken) == (AlertStatus.RESOLVED, AlertOutcome.TRUE, ["opened"])


def test_a_muted_account_says_nothing():
    life = Life(replace(AROUND, is_muted=True)).hear(condition(OPENED), condition(WORSENED, 1, value=9.0))

    assert (life.spoken, life.now.status) == ([], AlertStatus.OPEN)
    assert {step.quiet for step in life.steps} == {Quiet.MUTED}


def test_a_snoozed_alert_says_nothing_and_one_snoozed_until_worse_wakes():
    for until_worse, spoken in ((False, ["opened"]), (True, ["opened", "worsened"])):
        life = Life().hear(condition(OPENED))
        life.take(as_next(act(life.now, Put(at(9), until_worse, "holidays"), "sato", at(1))))
        life.hear(condition(WORSENED, 2, value=9.0))

        assert life.spoken == spoken


def test_while_the_tracking_is_broken_silence_is_held_and_gone_with_it():
    life = Life(replace(AROUND, incident="in_1")).hear(condition(OPENED))
    assert (life.spoken, life.now.incident, life.steps[0].quiet) == ([], "in_1", Quiet.HELD)

    life.hear(condition(CLOSED, 0.1))
    assert (life.spoken, life.steps[-1].kind) == ([], StepKind.RETRACTED)


def test_while_the_tracking_is_broken_a_moment_is_told():
    life = Life(replace(AROUND, incident="in_1")).hear(condition(OPENED, kind=RuleKind.MOMENT, about="payment_failed"))

    assert life.spoken == ["opened"]


@pytest.mark.parametrize("status", [EASED, CLOSED])
def test_what_ends_before_it_began_is_nothing(status):
    assert hear(None, condition(status), AROUND) is None


def test_one_whose_opening_was_never_heard_is_opened_by_what_comes():
    assert Life().hear(condition(WORSENED, 3)).spoken == ["opened"]


def test_an_unknown_value_is_no_worse_and_a_known_one_is_worse_than_none():
    life = Life().hear(condition(OPENED, value=None), condition(WORSENED, 1, value=1.0))
    life.hear(condition(WORSENED, 2, value=None))

    assert life.spoken == ["opened", "worsened"]


def test_an_alert_whose_account_churned_says_why_it_closed():
    life = Life().hear(condition(OPENED), condition(CLOSED, 2, closing=Closing.UNKNOWN))

    assert life.steps[-1].detail == "unknown"


def as_next(found) -> Next:
    assert isinstance(found, Next), found
    return found
