import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.time import DAY
from services.scoring.backtest.alerts import COOLDOWN, alerts, at_risk, caseload_of, raised
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question
from tests.services.scoring.backtest.histories import day
from tests.services.scoring.backtest.test_leads import WEEKS, weekly

ALWAYS = Question((), horizon=30 * DAY, active_within=365 * DAY, min_age=0)


def told(looked, churned=None, question=ALWAYS, observed=None, ends=200):
    outcomes = Outcomes(churned or {}, observed or {}, frozenset(looked.accounts))
    return alerts(caseload_of(looked, WEEKS, question, outcomes, day(ends)), at_risk(looked, 0))


def test_an_alert_is_an_account_at_risk():
    found = told(weekly(acme="hhaaaahh", beta="aahhhhha", cecil="hhhhhhhh"), {"acme": day(50), "beta": day(300)})
    assert (found.alerts, found.known, found.a_week) == (3, 3, 3 / 8)
    assert found.precision.value == pytest.approx(1 / 3)  # acme's, 29 days ahead
    assert found.covered == 1.0  # beta is lost on day 300: nobody could have said so by then
    assert found.median_lead_days == 29


def test_an_account_that_wavers_is_one_case():
    assert told(weekly(acme="ahahahahah")).alerts == 2  # on day 7, and on day 49


def test_an_account_that_stays_at_risk_is_a_case_again_when_the_cooldown_is_over():
    assert told(weekly(acme="aaaaaaaaaaa")).alerts == 3  # on days 7, 42 and 77


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30), st.booleans()), max_size=80, unique_by=lambda r: r[:2])
)
def test_cooled_down_is_as_one_would_do_it_by_hand(rows):
    account, week, is_bad = (np.array(column) for column in zip(*sorted(rows), strict=True)) if rows else ([], [], [])
    account, at, is_bad = np.array(account, np.int32), np.array(week, np.int64) * 7 * DAY, np.array(is_bad, np.bool_)
    expected: list[bool] = []
    last: dict[int, int] = {}
    for number, when, bad in zip(account.tolist(), at.tolist(), is_bad.tolist(), strict=True):
        expected.append(bad and when - last.get(number, -COOLDOWN) >= COOLDOWN)
        last |= {number: when} if expected[-1] else {}
    assert raised(account, at, is_bad).tolist() == expected


def test_only_accounts_that_the_question_is_about_count():
    young = told(weekly(acme="ahhhhhhahhhhhhhhhha"), question=Question((), 30 * DAY, 365 * DAY, min_age=28 * DAY))
    assert young.alerts == 2  # not on day 7
    looked = weekly(acme="aaaa", beta="aaaa")
    looked.weekly.silence[:4] = 60 * DAY
    assert told(looked, question=Question((), 30 * DAY, active_within=28 * DAY, min_age=0)).alerts == 1
    assert told(weekly(acme="hhhhhha"), observed={"acme": day(40)}).alerts == 0


def test_an_alert_whose_outcome_is_not_known_yet_is_not_judged_even_if_a_churn_is_known():
    """Were the churns of the last weeks counted, and who has not churned yet left out, every alert would be right."""
    found = told(weekly(acme="hhhhhhha", beta="ahhhhhhh"), {"acme": day(60)}, ends=60)
    assert (found.alerts, found.known, found.precision.value) == (2, 1, 0.0)


def test_an_alert_of_the_last_two_weeks_covers_nothing():
    found = told(weekly(acme="hhhhha", beta="ahhhhh"), {"acme": day(49), "beta": day(49)})
    assert found.covered == 1 / 2
    assert found.covered_by_chance == pytest.approx(1 - (1 - 2 / 12) ** 5)  # five looks of each were early enough


def test_no_alerts_have_no_precision():
    found = told(weekly(acme="hhhh"), {"acme": day(60)})
    assert (found.alerts, found.covered) == (0, 0.0)
    assert np.isnan(found.precision.value)
    assert np.isnan(found.times_chance)
