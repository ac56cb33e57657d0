import numpy as np
import pytest

from services.scoring.backtest.measures import Draws, Ranking, mean_of, rate, rated

CHANCE = np.random.default_rng(3)
SCORE = CHANCE.integers(0, 12, 200).astype(float)
CHURNS = CHANCE.random(200) < 0.1 + SCORE / 30
ACCOUNT = np.repeat(np.arange(50, dtype=np.int32), 4)


def slow_auc(score, churns, weights):
    pairs = [
        (weights[i] * weights[j], (score[i] > score[j]) + (score[i] == score[j]) / 2)
        for i in np.flatnonzero(churns)
        for j in np.flatnonzero(~churns)
    ]
    return sum(weight * won for weight, won in pairs) / sum(weight for weight, _ in pairs)


def test_auc_is_the_share_of_pairs_in_the_right_order_whatever_the_weights():
    weights = CHANCE.integers(0, 4, (2, 200)).astype(float)
    expected = [slow_auc(SCORE, CHURNS, row) for row in weights]
    assert Ranking(SCORE, CHURNS).auc(weights) == pytest.approx(expected)


def test_lift_is_the_rate_of_the_riskiest_tenth_over_that_of_all():
    score = np.arange(100.0)
    churns = np.zeros(100, np.bool_)
    churns[[0, 50, 95, 99]] = True
    assert Ranking(score, churns).lift(np.ones((1, 100))) == pytest.approx([(2 / 10) / (4 / 100)])


def test_a_tie_that_the_cut_goes_through_counts_in_part():
    score = np.zeros(100)
    churns = np.arange(100) < 20
    assert Ranking(score, churns).lift(np.ones((1, 100))) == pytest.approx([1.0])


def test_differences_are_paired_so_that_a_ranking_does_not_differ_from_itself():
    found = rated({"one": SCORE, "same": SCORE * 2, "opposite": -SCORE}, CHURNS, ACCOUNT)
    nothing = found["one"].auc.minus(found["same"].auc).estimate()
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    assert not nothing.excludes_zero
    assert found["one"].auc.minus(found["opposite"].auc).estimate().excludes_zero


def test_rows_of_one_account_are_not_independent():
    together = rated({"card": SCORE}, CHURNS, np.repeat(np.arange(10, dtype=np.int32), 20))["card"].auc.estimate()
    apart = rated({"card": SCORE}, CHURNS, np.arange(200, dtype=np.int32))["card"].auc.estimate()
    assert together.value == apart.value
    repeated = rated({"card": np.tile(SCORE, 5)}, np.tile(CHURNS, 5), np.tile(np.arange(200, dtype=np.int32), 5))
    naive = rated({"card": np.tile(SCORE, 5)}, np.tile(CHURNS, 5), np.arange(1_000, dtype=np.int32))
    honest, narrow = repeated["card"].auc.estimate(), naive["card"].auc.estimate()
    assert honest.high - honest.low > 1.8 * (narrow.high - narrow.low)  # the square root of 5 is 2.2


def test_the_mean_of_figures_is_taken_draw_by_draw():
    found = mean_of([Draws(1.0, np.array([1.0, 2.0])), Draws(3.0, np.array([5.0, 6.0]))])
    assert (found.value, found.draws.tolist()) == (2.0, [3.0, 4.0])


def test_a_figure_that_no_draw_has_has_no_interval():
    found = Draws(1.0, np.array([np.nan])).estimate()
    assert np.isnan(found.low)


def test_a_rate_has_an_interval_and_nothing_has_none():
    found = rate(CHURNS, ACCOUNT, SCORE > 6)
    assert found.low < found.value == CHURNS[SCORE > 6].mean() < found.high
    assert np.isnan(rate(CHURNS, ACCOUNT, SCORE > 99).value)
