"""How long silence rules wait, on accounts whose false alarms are written down."""

import pytest
from msgspec.structs import replace

from schemas.rules import SilenceRule
from schemas.scorecard import Variant, When
from schemas.time import DAY
from services.scoring.backtest.alerts import MONTH
from services.scoring.backtest.patience import PAST, Patience, patience, wait, with_patience
from services.scoring.backtest.sentences import patience_told
from services.scoring.backtest.silence import Return, Watched
from tests.services.scoring.backtest.histories import CARD, day

YEAR = 12 * MONTH


def account(*returns):
    """Watched for a year, with these false alarms: (day, days past the deadline)."""
    return Watched(
        day(0),
        day(0) + int(YEAR),
        tuple(Return(day(at), int(over * DAY)) for at, over in returns),
        left=False,
        churned=False,
    )


ACCOUNTS = [account((200, 0.5), (230, 3.5)), account((210, 1.5), (240, 7.5)), account(), account()]
NOW = day(0) + int(YEAR)


def test_the_smaller_the_budget_the_longer_the_wait():
    waits = [wait(ACCOUNTS, alarms / 24, NOW) for alarms in (4, 3, 2, 1)]
    assert waits == [0, 1, 3, 7]


def test_only_who_had_come_back_by_then_is_counted():
    assert wait(ACCOUNTS, 1 / 24, day(205)) == 0
    assert wait(ACCOUNTS, 0.5 / 24, day(215)) >= 1


def test_what_is_longer_ago_than_half_a_year_says_nothing():
    assert wait(ACCOUNTS, 1 / 24, day(245)) == 7
    assert wait(ACCOUNTS, 1 / 12, day(230) + PAST + DAY) == 0  # one is left, of 18 months


def test_a_budget_that_deadlines_do_not_spend_needs_no_waiting():
    assert wait(ACCOUNTS, 0.5, NOW) == 0
    assert wait([], 0.1, NOW) == 0


def test_every_month_is_judged_by_a_wait_that_was_solved_before_it():
    steady = [account(*((30 * month + 15, 0.5 + number) for month in range(12))) for number in range(4)]
    found = patience(steady, 0.5, NOW)
    assert (found.wait_days, found.solved) == (2, 10)
    assert found.over_budget == pytest.approx(1, abs=0.15)


def test_where_nobody_has_a_rhythm_nothing_is_promised():
    assert patience([], 0.05, NOW) == Patience(0.05, 0, 0, None)
    assert "too little of a past" in patience_told(patience([], 0.05, NOW))
    assert "wait 3 days beyond" in patience_told(Patience(0.05, 3, 5, 0.04))
    assert "0.040 in the weeks after (0.80 of the budget)" in patience_told(Patience(0.05, 3, 5, 0.04))


def test_the_silence_rules_of_a_card_and_its_variants_wait_at_least_so_long():
    quiet, slow = SilenceRule(name="quiet"), SilenceRule(name="slow", dwell="9d")
    variant = Variant(name="big", when=When(segments=("big",)), rules=(quiet,))
    made = with_patience(replace(CARD, rules=(quiet, slow), variants=(variant, replace(variant, rules=None))), 5)
    assert [rule.dwell for rule in made.rules] == ["5d", "9d"]
    assert [one.rules and one.rules[0].dwell for one in made.variants] == ["5d", None]
    assert with_patience(CARD, 0) == CARD
