"""Which kinds of events tell of churn, where it is known which do."""

import numpy as np

from services.scoring.backtest.plain import Plain
from services.scoring.backtest.telling import NOTHING_TOLD, Telling, telling

ROWS = 3_000
KNOWN = np.ones(ROWS, np.bool_)


def drawn(seed=1, rare=0.01):
    """Accounts of which those with messages stay and those with adverts leave; nothing else matters."""
    chance = np.random.default_rng(seed)
    messages, adverts, likes = chance.poisson(3, ROWS), chance.poisson(3, ROWS), chance.poisson(9, ROWS)
    crashes = (chance.random(ROWS) < rare).astype(np.int64)
    odds = -2 - 1.5 * np.log1p(messages) + 1.5 * np.log1p(adverts) + 3 * crashes
    churns = chance.random(ROWS) < 1 / (1 + np.exp(-odds))
    often = np.column_stack([messages, adverts, likes, crashes]).astype(np.int64)
    six = chance.random((ROWS, 6))
    at = np.zeros(ROWS, np.int64)
    return Plain(at, churns, six, often.sum(axis=1), ("message", "advert", "like", "crash"), often)


def test_what_stayers_do_is_key_and_what_leavers_meet_is_friction():
    assert telling(drawn(), KNOWN) == Telling(key_features=("message",), friction=("advert",))


def test_kinds_that_hardly_anybody_has_tell_nothing_and_more_frequent_ones_do():
    assert "crash" not in telling(drawn(), KNOWN).friction
    assert "crash" in telling(drawn(rare=0.2), KNOWN).friction


def test_outcomes_that_were_not_known_are_not_looked_at():
    plain = drawn()
    half = np.arange(ROWS) < ROWS // 2
    other = plain._replace(churns=np.where(half, plain.churns, ~plain.churns))
    assert telling(other, half) == telling(plain, half) != NOTHING_TOLD


def test_where_nobody_churned_nothing_is_told():
    plain = drawn()
    assert telling(plain._replace(churns=np.zeros(ROWS, np.bool_)), KNOWN) == NOTHING_TOLD


def test_a_kind_that_every_event_is_of_tells_nothing():
    """It says how much there was, and churn need not be a straight line in the logarithm of that."""
    chance = np.random.default_rng(5)
    events = chance.poisson(3, ROWS).astype(np.int64)
    churns = chance.random(ROWS) < np.where(events == 0, 0.9, 0.1)
    alone = drawn()._replace(events=events, kinds=("like",), often=events[:, None], churns=churns)
    assert telling(alone, KNOWN) == NOTHING_TOLD
