import pytest

from services.scoring.backtest.buckets import Life
from services.scoring.backtest.fold import knows_only_the_past, lived_until
from services.scoring.backtest.refused import Leak
from tests.services.scoring.backtest.histories import day


def life(*at):
    return Life("acme", list(at), ["opened"] * len(at), [None] * len(at), [None] * len(at))


def test_an_event_is_known_after_its_instant_and_not_at_it():
    """Events and looks by day.

    event    1   2     3
    look     1     2.5       9
    """
    found = [
        (at, seen, account.last_at)
        for at, seen, account in lived_until(life(day(1), day(2), day(3)), [day(1), day(2.5), day(9)])
    ]
    assert found == [(day(1), 0, None), (day(2.5), 2, day(2)), (day(9), 3, day(3))]


def test_an_account_that_was_shown_the_future_is_caught():
    [(_, _, account)] = lived_until(life(day(1), day(2)), [day(3)])
    knows_only_the_past(account, day(2.1))
    with pytest.raises(Leak, match=r"acme knew at 2026-01-02T12:00:00\.000Z of an event of 2026-01-03"):
        knows_only_the_past(account, day(1.5))


def test_a_life_out_of_order_is_a_leak():
    """The reading of a file sorts; were it not to, an early look would know of a late event."""
    with pytest.raises(Leak):
        list(lived_until(life(day(5), day(1)), [day(2), day(6), day(4)]))
