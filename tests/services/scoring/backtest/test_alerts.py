import numpy as np
import pytest

from schemas.time import DAY
from services.scoring.backtest.alerts import Period, alerts, at_risk
from tests.services.scoring.backtest.histories import day
from tests.services.scoring.backtest.test_leads import WEEKS, weekly


def period(churned_at, **changed):
    usual = {"opens": day(0), "closes": day(200), "min_age": 0, "horizon": 30 * DAY, "known_until": day(200)}
    return Period(WEEKS, churned_at=churned_at, **(usual | changed))


def test_an_alert_is_an_account_that_comes_to_be_at_risk():
    looked = weekly(acme="hhaaaahh", beta="aahhhhha", cecil="hhhhhhhh")
    found = alerts(looked, at_risk(looked, 0), period({"acme": day(50), "beta": day(300)}))
    assert (found.alerts, found.known, found.a_week) == (3, 3, 3 / 8)
    assert found.precision.value == pytest.approx(1 / 3)  # acme's, 29 days ahead
    assert found.covered == pytest.approx(1 / 2)
    assert found.median_lead_days == 29


def test_an_account_that_wavers_is_one_case():
    looked = weekly(acme="ahahahahah")
    assert alerts(looked, at_risk(looked, 0), period({})).alerts == 2  # on day 7, and once 30 days have passed


def test_what_is_too_young_or_outside_the_period_is_not_counted():
    looked = weekly(acme="ahhhhhhahhhhhhhhhha")
    found = alerts(looked, at_risk(looked, 0), period({}, min_age=28 * DAY, closes=day(100)))
    assert found.alerts == 1


def test_an_alert_whose_end_is_not_known_yet_is_not_judged():
    looked = weekly(acme="hhhhhhha", beta="ahhhhhhh")
    found = alerts(looked, at_risk(looked, 0), period({}, known_until=day(60)))
    assert (found.alerts, found.known) == (2, 1)


def test_no_alerts_have_no_precision():
    looked = weekly(acme="hhhh")
    found = alerts(looked, at_risk(looked, 0), period({"acme": day(40)}))
    assert (found.alerts, found.covered) == (0, 0.0)
    assert np.isnan(found.precision.value)
