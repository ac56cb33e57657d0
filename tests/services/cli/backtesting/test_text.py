"""Tests of services.cli.backtesting.text."""

import pytest

from services.cli.backtesting.text import figure
from services.scoring.backtest.measures import Estimate

NAN = float("nan")


@pytest.mark.parametrize(
    ("estimate", "digits", "told"),
    [
        (Estimate(0.65, 0.596, 0.701), 3, "0.650 (.596 to .701)"),
        (Estimate(-0.02, -0.05, 0.009), 3, "-0.020 (-.050 to .009)"),
        (Estimate(10.0, 0.0, 10.0), 2, "10.00 (.00 to 10.00)"),
        (Estimate(NAN, NAN, NAN), 3, "-"),
    ],
)
def test_the_zero_before_the_point_is_left_out_of_an_interval_and_no_other(estimate, digits, told):
    assert figure(estimate, digits) == told
