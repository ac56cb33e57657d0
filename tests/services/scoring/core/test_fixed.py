import math
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.core.fixed import ONE, clip, exp, ln, normal_quantile, sqrt, student_quantile


@given(st.integers(1, 65_535))
def test_a_logarithm_is_within_a_millionth_up_to_65535(n: int):
    assert abs(ln(n) - math.log(n) * ONE) <= 1


@given(st.integers(65_536, 10**15))
def test_a_logarithm_is_within_32_millionths_beyond(n: int):
    assert abs(ln(n) - math.log(n) * ONE) <= 32


@given(st.integers(1, 200_000))
def test_a_larger_number_has_no_smaller_logarithm(n: int):
    assert ln(n) <= ln(n + 1)


@given(st.integers(-50 * ONE, 50 * ONE))
def test_an_exponential_is_cut_off_to_a_millionth(x: int):
    with localcontext(prec=60):
        expected = int((Decimal(x) / ONE).exp() * ONE)
    assert abs(exp(x) - expected) <= 1 + expected // 10**15


@pytest.mark.parametrize(("beyond", "bound"), [(-51, -50), (51, 50), (10**9, 50)])
def test_an_exponent_beyond_50_is_taken_for_50(beyond: int, bound: int):
    assert exp(beyond * ONE) == exp(bound * ONE)


@given(st.integers(0, 10**15))
def test_a_square_root_is_cut_off_to_a_millionth(x: int):
    root = sqrt(x)
    assert root**2 <= x * ONE < (root + 1) ** 2


@pytest.mark.parametrize(("u", "clipped"), [(-1, 0), (0, 0), (1, 1), (ONE, ONE), (ONE + 1, ONE)])
def test_what_leaves_the_unit_is_clipped(u: int, clipped: int):
    assert clip(u) == clipped


NORMAL = [(0.25, 0.674490), (0.1, 1.281552), (0.05, 1.644854), (0.025, 1.959964), (0.01, 2.326348), (0.001, 3.090232)]


@pytest.mark.parametrize(("tail", "quantile"), NORMAL, ids=[f"{tail}" for tail, _ in NORMAL])
def test_quantiles_of_the_normal_distribution_are_those_of_the_tables(tail: float, quantile: float):
    assert normal_quantile(round(tail * ONE)) / ONE == pytest.approx(quantile, abs=0.0005)


@given(st.integers(100, ONE // 2))
def test_a_normal_variate_exceeds_its_quantile_as_often_as_asked(tail: int):
    z = normal_quantile(tail) / ONE
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    assert math.erfc(z / math.sqrt(2)) / 2 == pytest.approx(tail / ONE, abs=0.0005 * density + 1e-6)


# Tables of Student's t: degrees of freedom, then the quantiles of the upper tails .25, .1, .05, .025, .01, .005
TAILS = (0.25, 0.1, 0.05, 0.025, 0.01, 0.005)
STUDENT = {
    7: (0.7111, 1.4149, 1.8946, 2.3646, 2.9980, 3.4995),
    10: (0.6998, 1.3722, 1.8125, 2.2281, 2.7638, 3.1693),
    15: (0.6912, 1.3406, 1.7531, 2.1314, 2.6025, 2.9467),
    20: (0.6870, 1.3253, 1.7247, 2.0860, 2.5280, 2.8453),
    30: (0.6828, 1.3104, 1.6973, 2.0423, 2.4573, 2.7500),
}


@pytest.mark.parametrize("freedom", STUDENT)
@pytest.mark.parametrize("place", range(len(TAILS)), ids=map(str, TAILS))
def test_quantiles_of_student_are_those_of_the_tables(freedom: int, place: int):
    assert student_quantile(round(TAILS[place] * ONE), freedom) / ONE == pytest.approx(
        STUDENT[freedom][place], rel=0.01
    )


@given(st.integers(2_000, 250_000), st.integers(7, 31))
def test_a_rarer_tail_lies_further_out(tail: int, freedom: int):
    assert student_quantile(tail + 500, freedom) < student_quantile(tail, freedom)
