"""How many churns are expected, from what was known then."""

import numpy as np
import pytest

from schemas.time import DAY
from services.scoring.backtest.calibration import as_of, expected
from services.scoring.backtest.evidence import Rows
from services.scoring.backtest.logistic import Logistic
from services.scoring.backtest.looks import NEVER
from tests.services.scoring.backtest.histories import day

HORIZON = 90 * DAY
FLAT = Logistic(-9.0, np.array([0.0]))


def rows(*dates):
    """Of 100 accounts a date, those that churn do so after so many days: (date, (days, how many), ...)."""
    at, ahead = [], []
    for number, *groups in dates:
        at += [day(number)] * 100
        gone = [days * DAY for days, count in groups for _ in range(count)]
        ahead += gone + [NEVER] * (100 - len(gone))
    left = np.array(ahead, np.int64)
    units = np.zeros((len(at), 1))
    churns = left <= HORIZON
    return Rows(
        units, units[:, 0], units, churns, np.arange(len(at), dtype=np.int32), np.array(at, np.int64), left, HORIZON
    )


#   day    0        90       120      180
#   asked  |--------|        |--------|       of the second date a third of the horizon has passed at day 150
def test_of_a_horizon_that_is_not_over_the_part_that_has_passed_counts():
    past = rows((0, (20, 5), (80, 5)), (120, (20, 10), (80, 30)), (150,))
    assert as_of(FLAT, past, day(150)).chance(np.zeros((1, 1)))[0] == pytest.approx(0.20)


def test_churns_that_had_not_come_by_then_do_not_count():
    before = rows((0, (20, 5), (80, 5)), (120, (20, 10)), (150,))
    after = rows((0, (20, 5), (80, 5)), (120, (20, 10), (80, 30)), (150, (10, 50)))
    assert expected(FLAT, before, day(150)) == expected(FLAT, after, day(150)) == pytest.approx(20)


def test_dates_further_apart_than_the_horizon_rest_on_the_last_one():
    apart = rows((0, (20, 10)), (200, (20, 30)), (400,))
    assert expected(FLAT, apart, day(400)) == pytest.approx(30)


def test_where_nothing_is_known_the_model_is_left_as_it_is():
    assert as_of(FLAT, rows((0, (20, 5))), day(0)) is FLAT
