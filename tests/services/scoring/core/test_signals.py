"""Each signal against a slow float reference that is told all events, and what more silence or activity does to it."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.time import DAY, day_of
from services.scoring.core.fixed import ONE
from services.scoring.core.reading import Seen
from services.scoring.core.rhythm import rhythm_of
from services.scoring.core.signals import SIGNALS, signal
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import observe
from tests.services.scoring.core.records import ALL_SIGNALS, DAY_0, event, user_link

FIRST_DAY = day_of(DAY_0)


class Done(NamedTuple):
    """An event: so many days after the first day, by whom, with what."""

    day: int
    user: str | None
    feature: str | None


irregular = st.lists(
    st.builds(
        Done,
        st.integers(0, 120),
        st.sampled_from([None, "ann", "bob", "cid"]),
        st.sampled_from([None, "chart", "export", "share"]),
    ),
    min_size=1,
    max_size=60,
)
regular = st.builds(
    lambda gap, times: [Done(gap * n, "ann", None) for n in range(times)], st.integers(1, 9), st.integers(9, 30)
)
histories = irregular | regular  # who is regular has a deadline soon
silences = st.integers(0, 90)


def account_of(history: list[Done]) -> Account:
    account = new_account("acme")
    for n, done in enumerate(history):
        at = DAY_0 + done.day * DAY + n
        observe(account, event(at, str(n), user_id=done.user, feature=done.feature))
    return account


def at_end_of(history: list[Done], silent: int) -> int:
    """An instant, at noon so many days after the last event."""
    return DAY_0 + (max(done.day for done in history) + silent) * DAY + DAY // 2


def clip(u: float) -> float:
    return min(1.0, max(0.0, u))


def life_rate(history: list[Done], today: int) -> float:
    active = {done.day for done in history}
    return clip(math.log((today - min(active) + 7) / (len(active) + 0.5)) / math.log(200))


def recency(history: list[Done], today: int) -> float:
    return clip(math.log(1 + today - max(done.day for done in history)) / math.log(91))


def silence(history: list[Done], today: int) -> float:
    days = sorted({done.day for done in history})
    logs = [math.log(after - before) for before, after in pairwise(days)][-32:]
    mean = (sum(logs) + 3 * math.log(7)) / (len(logs) + 3)
    deviation = math.sqrt((sum((log - mean) ** 2 for log in logs) + 3 * 1.2**2) / (len(logs) + 3))
    ramp = clip(((math.log(max(1, today - days[-1])) - mean) / deviation + 1) / 5)
    account = account_of(history)
    if len(logs) < 8:
        return ramp
    patience = rhythm_of(account.active).patience
    assert patience is not None
    assert account.last_at is not None
    return (ramp + (DAY_0 + today * DAY + DAY // 2 >= account.last_at + patience)) / 2


def level(history: list[Done], today: int) -> float:
    return clip(1 - math.log(1 + sum(today - 28 <= done.day for done in history)) / math.log(1001))


def decline(history: list[Done], today: int) -> float:
    active = {done.day for done in history}
    monday = today - (today + 3) % 7  # day 0, 2026-01-01, was a Thursday
    weeks = max(0, min(12, (monday - min(active)) // 7))
    short, earlier = 0.0, 0
    for week in range(weeks):
        opens = monday - 7 * (weeks - week)
        days = len(active & set(range(opens, opens + 7)))
        short = max(0.0, short + 0.721 * (earlier + 1) / (week + 1) - days)
        earlier += days
    return clip(math.log(1 + short) / math.log(13))


def active_users(history: list[Done], today: int) -> float | None:
    ever = {done.user for done in history if done.user}
    active = {done.user for done in history if done.user and today - 28 <= done.day}
    return None if len(ever) < 2 else clip(1 - math.log(1 + len(active)) / math.log(1 + len(ever)))


def breadth(history: list[Done], today: int) -> float | None:  # noqa: ARG001 - one signature for all references
    features = {done.feature for done in history if done.feature}
    return clip(1 - math.log(1 + len(features)) / math.log(21)) if features else None


REFERENCES: dict[str, Callable[[list[Done], int], float | None]] = {
    "life_rate": life_rate,
    "recency": recency,
    "silence": silence,
    "level": level,
    "decline": decline,
    "active_users": active_users,
    "breadth": breadth,
}
# Logarithms of numbers beyond 65,535 are within 32 millionths, and decline divides one by ln 13.
TOLERANCES = {"decline": 2e-5}


def test_every_signal_has_a_reference_and_the_tests_card_has_every_signal():
    assert set(SIGNALS) == set(REFERENCES) == set(ALL_SIGNALS)


@pytest.mark.parametrize("name", SIGNALS)
@given(histories, silences)
def test_a_signal_is_its_formula(name: str, history: list[Done], silent: int):
    seen = SIGNALS[name](account_of(history), at_end_of(history, silent))
    expected = REFERENCES[name](history, max(done.day for done in history) + silent)
    if seen is None or expected is None:
        assert (seen, expected) == (None, None)
    else:
        assert seen.u / ONE == pytest.approx(expected, abs=TOLERANCES.get(name, 2e-6))
        assert 0 <= seen.u <= ONE


@pytest.mark.parametrize("name", ["life_rate", "recency", "silence", "level", "active_users", "breadth"])
@given(histories, silences, st.integers(1, 40 * DAY))
def test_more_silence_never_lowers_the_risk(name: str, history: list[Done], silent: int, more: int):
    account, at = account_of(history), at_end_of(history, silent)
    before, after = SIGNALS[name](account, at), SIGNALS[name](account, at + more)
    if before is None or after is None:
        assert before is after
    else:
        assert before.u <= after.u


@pytest.mark.parametrize("name", ["life_rate", "recency", "level", "breadth"])
@given(histories, silences)
def test_an_event_today_never_raises_the_risk(name: str, history: list[Done], silent: int):
    today = max(done.day for done in history) + silent
    more = [*history, Done(today, None, "chart")]
    before = SIGNALS[name](account_of(history), at_end_of(history, silent))
    after = SIGNALS[name](account_of(more), at_end_of(more, 0))
    assume(before is not None)
    assert before is not None
    assert after is not None
    assert after.u <= before.u


@pytest.mark.parametrize(
    ("name", "history", "value"),
    [
        pytest.param("life_rate", [Done(0, None, None), Done(3, None, None)], 4_285, id="life_rate, days per 30 days"),
        pytest.param("recency", [Done(0, None, None)], 10_000, id="recency, days"),
        pytest.param("silence", [Done(0, None, None)], 10_000, id="silence, days"),
        pytest.param("level", [Done(0, None, None)] * 3, 3_000, id="level, events"),
        pytest.param("decline", [Done(3, None, None)], 721, id="decline, days"),
        pytest.param("active_users", [Done(0, "ann", None), Done(1, "bob", None)], 2_000, id="active_users, users"),
        pytest.param("breadth", [Done(0, None, "chart")] * 2, 1_000, id="breadth, features"),
    ],
)
def test_a_value_is_in_thousandths_of_its_unit(name: str, history: list[Done], value: int):
    seen = SIGNALS[name](account_of(history), at_end_of(history, 10))
    assert seen is not None
    assert seen.value == value


#   today - 28 is the first day of the window, today its last
@pytest.mark.parametrize("name", ["level", "active_users"])
@pytest.mark.parametrize(("silent", "value"), [(28, 2_000), (29, 0)], ids=["28 days ago", "29 days ago"])
def test_four_weeks_are_the_last_28_days_and_today(name: str, silent: int, value: int):
    history = [Done(0, "ann", None), Done(0, "bob", None)]
    seen = SIGNALS[name](account_of(history), at_end_of(history, silent))
    assert seen is not None
    assert seen.value == value


#   Monday is day 4:
#   week      -4        -3        -2        -1      today
#   active  |xxxxx..| |xxxxx..| |xxxxx..| |.......|   |
#   steady: S stays small; one empty week: S grows by the reference
def test_a_week_without_activity_shows_as_a_decline_and_steady_weeks_do_not():
    steady = [Done(4 + 7 * week + day, None, None) for week in range(4) for day in range(5)]
    decline = SIGNALS["decline"]
    kept = decline(account_of(steady), DAY_0 + 32 * DAY)
    fell = decline(account_of([done for done in steady if done.day < 25]), DAY_0 + 32 * DAY)
    assert kept == Seen(0, 0)
    assert fell is not None
    assert fell.value == 2_884  # 0.721 x (15 + 1) / (3 + 1) = 2.884 days short


@pytest.mark.parametrize(
    ("name", "history"),
    [
        pytest.param("active_users", [Done(0, None, None)], id="no users"),
        pytest.param("active_users", [Done(0, "ann", None)], id="one user: recency says it"),
        pytest.param("breadth", [Done(0, "ann", None)], id="no event named a feature"),
    ],
)
def test_a_signal_abstains_where_it_knows_nothing(name: str, history: list[Done]):
    assert SIGNALS[name](account_of(history), at_end_of(history, 0)) is None


def test_a_user_who_is_known_and_was_never_active_counts_as_gone_quiet():
    account = account_of([Done(0, "ann", None)])
    observe(account, user_link(DAY_0, "flo"))
    seen = SIGNALS["active_users"](account, DAY_0)
    assert seen is not None
    assert seen.value == 1_000


def test_when_a_deadline_passes_silence_becomes_news():
    account = account_of([Done(day, None, None) for day in range(20)])
    deadline = account.silence_deadline
    assert deadline is not None
    before, after = SIGNALS["silence"](account, deadline - 1), SIGNALS["silence"](account, deadline)
    assert before is not None
    assert after is not None
    assert after.u - before.u >= ONE // 2


def test_two_signals_of_one_name_are_refused():
    def recency(account: Account, at: int) -> Seen | None:  # noqa: ARG001 - the signature of signals
        return None

    with pytest.raises(TypeError, match="two signals are called recency"):
        signal(recency)
