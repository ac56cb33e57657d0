"""Fixed-point arithmetic in whole numbers, so that no compiler, library or batching can change a result.

A real number is an integer count of millionths ("micro"). Logarithms come from repeated squaring of integers rather
than from the platform's libm, whose last bit differs between machines.
"""

from collections.abc import Sequence
from functools import cache
from math import isqrt

ONE = 1_000_000

_LN2_E18 = 693_147_180_559_945_309
_ONE_E18 = 10**18
_EXP_DIVISORS = tuple(n * _ONE_E18 for n in range(1, 18))  # further terms come to 0: what is left is below ln 2
_FRACTION_BITS = 44
_MANTISSA_BITS = 62


@cache
def _ln(n: int) -> int:
    exponent = n.bit_length() - 1
    mantissa = (n << _MANTISSA_BITS) >> exponent  # in [1, 2)
    log2 = exponent
    for _ in range(_FRACTION_BITS):
        mantissa = mantissa * mantissa >> _MANTISSA_BITS
        log2 <<= 1
        if mantissa >> (_MANTISSA_BITS + 1):
            mantissa >>= 1
            log2 |= 1
    return (log2 * _LN2_E18 // 10**12 + (1 << (_FRACTION_BITS - 1))) >> _FRACTION_BITS


_TABLED = 4_096
_LN_TABLE = (0, *(_ln(n) for n in range(1, _TABLED)))


def ln(n: int) -> int:
    """The natural logarithm of a whole number n >= 1, in micro: within 1 up to 65,535, within 32 beyond.

    >>> ln(1), ln(7), ln(1_000_000)
    (0, 1945910, 13815510)
    """
    if n < _TABLED:
        return _LN_TABLE[n]
    shift = max(0, n.bit_length() - 16)  # keeps the cache of _ln bounded
    return _ln(n >> shift) + shift * _LN2_E18 // 10**12


def lns(numbers: Sequence[int]) -> list[int]:
    """The natural logarithms of whole numbers >= 1, in micro.

    >>> lns((1, 7, 1_000_000))
    [0, 1945910, 13815510]
    """
    return [*map(_LN_TABLE.__getitem__ if max(numbers, default=0) < _TABLED else ln, numbers)]


def exp(x: int) -> int:
    """e to the power of x micro, in micro, for x from -50 to 50 (beyond, the bound is taken).

    >>> exp(0), exp(ONE), exp(-ONE)
    (1000000, 2718281, 367879)
    """
    x = max(-50 * ONE, min(50 * ONE, x))
    halvings, rest = divmod(x * 10**12, _LN2_E18)
    term = total = _ONE_E18
    for divisor in _EXP_DIVISORS:
        term = term * rest // divisor
        total += term
    scaled = total << halvings if halvings >= 0 else total >> -halvings
    return scaled // 10**12


def sqrt(x: int) -> int:
    """The square root of x >= 0 micro, in micro.

    >>> sqrt(2 * ONE)
    1414213
    """
    return isqrt(x * ONE)


def clip(u: int) -> int:
    """u brought into [0, 1].

    >>> clip(-5), clip(ONE // 2), clip(2 * ONE)
    (0, 500000, 1000000)
    """
    return 0 if u < 0 else ONE if u > ONE else u  # noqa: FURB136 - min() costs three times as much, and this is hot


def normal_quantile(tail: int) -> int:
    """z such that a normal variate exceeds it with probability `tail`, for tail in (0, 0.5] micro; within .0005.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23.

    >>> normal_quantile(ONE // 40), normal_quantile(ONE // 2)
    (1960394, -1)
    """
    t = sqrt(2 * (ln(ONE) - ln(max(1, tail))))
    above = 2_515_517 + t * (802_853 + t * 10_328 // ONE) // ONE
    below = ONE + t * (1_432_788 + t * (189_269 + t * 1_308 // ONE) // ONE) // ONE
    return t - above * ONE // below


def student_quantile(tail: int, freedom: int) -> int:
    """t such that Student's t with `freedom` degrees exceeds it with probability `tail` (micro).

    The Cornish-Fisher expansion, same handbook, 26.7.5; from 7 degrees on and for tails of .002 and more it is within
    1 %.

    >>> student_quantile(ONE // 40, 10)
    2228562
    """
    z = normal_quantile(tail)
    z2 = z * z // ONE
    z3 = z2 * z // ONE
    z5 = z3 * z2 // ONE
    z7 = z5 * z2 // ONE
    first = (z3 + z) // 4
    second = (5 * z5 + 16 * z3 + 3 * z) // 96
    third = (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) // 384
    return z + first // freedom + second // freedom**2 + third // freedom**3
