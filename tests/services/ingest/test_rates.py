"""What a key may send in a minute."""

import pytest

from services.ingest.rates import Rates
from services.runtime.problems import Problem


class Seconds:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Seconds()


@pytest.fixture
def rates(clock):
    return Rates(10, clock)


def left(told):
    return dict(told)[b"ratelimit"]


def test_what_is_left_is_told(rates, clock):
    rates.spend("a", 3)
    clock.now = 20.5

    assert rates.spend("a", 4) == [
        (b"ratelimit-policy", b'"events";q=10;w=60'),
        (b"ratelimit", b'"events";r=3;t=40'),
    ]


def test_past_its_rate_a_key_is_told_when_to_come_again(rates):
    rates.spend("a", 8)
    with pytest.raises(Problem) as raised:
        rates.spend("a", 3)

    assert (raised.value.status, raised.value.headers) == (
        429,
        {"ratelimit-policy": '"events";q=10;w=60', "ratelimit": '"events";r=2;t=60', "Retry-After": "60"},
    )


def test_what_is_refused_is_not_counted(rates):
    rates.spend("a", 8)
    with pytest.raises(Problem):
        rates.spend("a", 3)

    assert left(rates.spend("a", 2)) == b'"events";r=0;t=60'


def test_a_minute_later_it_may_send_again(rates, clock):
    rates.spend("a", 10)
    clock.now = 60.0

    assert left(rates.spend("a", 10)) == b'"events";r=0;t=60'


def test_each_key_has_its_own(rates):
    rates.spend("a", 10)

    assert left(rates.spend("b", 1)) == b'"events";r=9;t=60'


def test_a_delivery_larger_than_a_minute_passes_alone(rates):
    assert left(rates.spend("a", 11)) == b'"events";r=0;t=60'
    with pytest.raises(Problem):
        rates.spend("a", 1)
