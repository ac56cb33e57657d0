"""Each signal against a slow float reference that is told all events, and what more silence or activity does to it."""

import math
from collections.abc import Callable
from inspect import getdoc
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from schemas.time import DAY, date_of, day_of
from services.runtime.shipped import shipped
from services.scoring.core.card import Card, card_of
from services.scoring.core.evaluate import evaluate
from services.scoring.core.fixed import ONE
from services.scoring.core.inputs import Since, Watch, watched_by
from services.scoring.core.reading import Seen
from services.scoring.core.rhythm import rhythm_of
from services.scoring.core.signals import SIGNALS, bound, signal
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import observe
from services.scoring.scorecard_file import read_scorecard
from tests.services.scoring.core import records
from tests.services.scoring.core.records import (
    ALL_SIGNALS,
    DAY_0,
    MEANINGS,
    MORE_SIGNALS,
    event,
    scorecard,
    user_link,
)

FIRST_DAY = day_of(DAY_0)
NAMES = (*sorted({name for meaning in astuple(MEANINGS) for name in meaning}), "cancel_page_viewed")
CARD = scorecard(ALL_SIGNALS | MORE_SIGNALS, **records.EVERYTHING)
SINCE = Since((), ()).extended(watched_by(CARD), 0)
FEEDS = SINCE.feeds(CARD)
CALLS = {name: bound(name, FEEDS) for name in SIGNALS}
SEATS = 2
RENEWAL = FIRST_DAY + 150
CONTACT = 30  # the day of the last contact


class Done(NamedTuple):
    """An event: so many days after the first day, by whom, with what."""

    day: int
    user: str | None
    feature: str | None
    name: str = "login"


irregular = st.lists(
    st.builds(
        Done,
        st.integers(0, 120),
        st.sampled_from([None, "ann", "bob", "cid"]),
        st.sampled_from([None, "chart", "export", "share"]),
        st.sampled_from(["login", *NAMES]),
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
        said = event(at, str(n), user_id=done.user, feature=done.feature, event_name=done.name)
        observe(account, said, Watch(SINCE.catalogue))
    observe(account, records.facts(DAY_0, seats=SEATS, renewal_on=date_of(RENEWAL)))
    observe(account, records.contact(DAY_0 + CONTACT * DAY))
    return account


def at_end_of(history: list[Done], silent: int) -> int:
    """An instant, at noon so many days after the last event."""
    return DAY_0 + (max(done.day for done in history) + silent) * DAY + DAY // 2


def seen_by(name: str, account: Account, at: int) -> Seen | None:
    """What a signal sees of an account at an instant."""
    account.reaches(at)
    return CALLS[name](account, day_of(at))


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


def intensity(history: list[Done], today: int) -> float:
    ends = max(done.day for done in history)
    days = [done.day for done in history if ends - 28 <= done.day]
    return clip(1 - math.log(1 + len(days) / len({*days})) / math.log(101)) if today <= ends + 28 else 1.0


def volume(history: list[Done], today: int) -> float | None:  # noqa: ARG001 - one signature for all references
    events = sum(done.feature is not None for done in history)
    return clip(1 - math.log(1 + events) / math.log(3001)) if events else None


def decline(history: list[Done], today: int) -> float:
    active = {done.day for done in history}
    ends = max(active) + 1
    weeks = min(12, (ends - min(active)) // 7)
    short, earlier = 0.0, 0
    for week in range(weeks):
        opens = ends - 7 * (weeks - week)
        days = len(active & set(range(opens, opens + 7)))
        short = max(0.0, short + 0.721 * (earlier + 1) / (week + 1) - days)
        earlier += days
    short += max(0, today - ends) * (earlier + 1) / (weeks + 1) / 14
    return clip(math.log(1 + short) / math.log(13))


def active_users(history: list[Done], today: int) -> float | None:
    ever = {done.user for done in history if done.user}
    active = {done.user for done in history if done.user and today - 28 <= done.day}
    return None if len(ever) < 2 else clip(1 - math.log(1 + len(active)) / math.log(1 + len(ever)))


def weeks_of(history: list[Done], today: int) -> list[int]:
    """Events in each of up to 12 whole weeks that end yesterday, the last one first."""
    weeks = min(12, (today - min(done.day for done in history)) // 7)
    return [sum(today - 7 * week - 7 <= done.day < today - 7 * week for done in history) for week in range(weeks)]


def change(history: list[Done], today: int) -> float | None:
    weeks = weeks_of(history, today)
    if len(weeks) < 5 or median(weeks[1:]) < 3:
        return None
    middle = median(weeks[1:])
    usual = 1.4826 * median(abs(week - middle) for week in weeks[1:]) + middle / 10 + 1
    return clip((middle - weeks[0]) / (4 * usual))


def days_of(history: list[Done], first: int, last: int) -> dict[str, int]:
    """On how many days users were active, for those that ever were."""
    users = {done.user for done in history if done.user}
    return {
        user: len({done.day for done in history if done.user == user and first <= done.day <= last}) for user in users
    }


def seat_utilisation(history: list[Done], today: int) -> float | None:
    days = days_of(history, today - 28, today)
    return clip(1 - sum(count > 0 for count in days.values()) / SEATS) if days else None


def users_gone_quiet(history: list[Done], today: int) -> float | None:
    before, since = days_of(history, today - 56, today - 29), days_of(history, today - 28, today)
    regular = [user for user, days in before.items() if days >= 2]
    return sum(not since[user] for user in regular) / len(regular) if len(regular) >= 2 else None


def champion_gone(history: list[Done], today: int) -> float | None:
    days = days_of(history, today - 56, today)
    if len(days) < 2 or max(days.values()) < 4:
        return None
    champion = min(days, key=lambda user: (-days[user], user))
    return clip((today - max(done.day for done in history if done.user == champion) - 7) / 21)


def stickiness(history: list[Done], today: int) -> float | None:
    days = days_of(history, today - 27, today)
    active = [count for count in days.values() if count]
    return None if not days else clip(1 - (sum(active) / len(active) if active else 0) / 20)


def depth(history: list[Done], today: int) -> float | None:
    ever = {done.feature for done in history if done.feature}
    recent = {done.feature for done in history if done.feature and done.day >= today - 28}
    return clip(1 - math.log(1 + len(recent)) / math.log(1 + len(ever))) if len(ever) >= 2 else None


def days_with(history: list[Done], *names: str) -> list[int]:
    """The days of events of these names or features, in order."""
    return sorted(done.day for done in history if {done.name, done.feature} & {*names})


def recent(days: list[int], today: int, window: int) -> int:
    return sum(today - window <= day <= today for day in days)


def key_features_unused(history: list[Done], today: int) -> float:
    return sum(not recent(days_with(history, name), today, 28) for name in MEANINGS.key_features) / 2


def key_level(history: list[Done], today: int) -> float:
    often = sum(recent(days_with(history, name), today, 28) for name in MEANINGS.key_features)
    return clip(1 - math.log(1 + often) / math.log(1001))


def friction(history: list[Done], today: int) -> float:  # noqa: ARG001 - one signature for all references
    ends = max(done.day for done in history)
    rough = recent(days_with(history, *MEANINGS.friction), ends, 84)
    return clip((rough + 1) / (recent([done.day for done in history], ends, 84) + 10) / 0.5)


def open_tickets(history: list[Done], today: int) -> float:
    opened, closed = days_with(history, "ticket_opened"), days_with(history, "ticket_closed")
    waiting = opened[len(closed) :]
    if not waiting:
        return 0
    age = min(92, today - waiting[0])
    return clip((math.log(1 + len(waiting)) / math.log(11) + math.log(1 + age) / math.log(31)) / 2)


def feedback(history: list[Done], today: int) -> float | None:
    bad, good = (recent(days_with(history, name), today, 84) for name in ("thumbs_down", "thumbs_up"))
    return (bad + 0.5) / (bad + good + 1) if bad + good else None


def payment_failures(history: list[Done], today: int) -> float:
    last = [done.name for done in sorted(history, key=lambda one: one.day) if done.name in ("payment_failed", "paid")]
    failures = recent(days_with(history, "payment_failed"), today, 28)
    return clip((1 + failures) / 4) if failures and last[-1] == "payment_failed" else 0


def recent_moments(history: list[Done], today: int) -> float:
    days = [day for day in days_with(history, "payment_failed", "cancel_page_viewed") if today - 28 <= day <= today]
    return clip(1 - math.log(1 + today - days[-1]) / math.log(29)) if days else 0


def value_points(history: list[Done], today: int) -> float:
    start = min(done.day for done in history)
    charts, invitations = days_with(history, "chart"), days_with(history, "invite")
    return ((not charts and today > start + 10) + (len(invitations) < 3 and today > start + 30)) / 2


def winning_pattern(history: list[Done], today: int) -> float:  # noqa: ARG001 - one signature for all references
    return ((len(days_with(history, "chart", "share")) < 2) + (len(days_with(history, "invite")) < 3)) / 2


def renewal_distance(history: list[Done], today: int) -> float | None:  # noqa: ARG001 - as above
    days = RENEWAL - FIRST_DAY - today
    return clip(1 - math.log(1 + days) / math.log(91)) if days >= 0 else None


def contact_distance(history: list[Done], today: int) -> float:  # noqa: ARG001 - as above
    return clip(math.log(1 + max(0, today - CONTACT)) / math.log(181))


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
    "change": change,
    "seat_utilisation": seat_utilisation,
    "users_gone_quiet": users_gone_quiet,
    "champion_gone": champion_gone,
    "stickiness": stickiness,
    "intensity": intensity,
    "volume": volume,
    "depth": depth,
    "key_features_unused": key_features_unused,
    "key_level": key_level,
    "friction": friction,
    "open_tickets": open_tickets,
    "feedback": feedback,
    "payment_failures": payment_failures,
    "recent_moments": recent_moments,
    "value_points": value_points,
    "winning_pattern": winning_pattern,
    "renewal_distance": renewal_distance,
    "contact_distance": contact_distance,
}
# Logarithms of numbers beyond 65,535 are within 32 millionths, and decline divides one by ln 13.
TOLERANCES = {"decline": 2e-5, "change": 2e-3}  # change counts in thousandths of an event


MONOTONE = [
    name for name in SIGNALS if "More silence never lowers it." in " ".join((getdoc(SIGNALS[name]) or "").split())
]


def test_every_signal_has_a_reference_and_the_tests_card_has_every_signal():
    assert set(SIGNALS) == set(REFERENCES) == set(ALL_SIGNALS | MORE_SIGNALS)


@pytest.mark.parametrize("name", SIGNALS)
@given(histories, silences)
def test_a_signal_is_its_formula(name: str, history: list[Done], silent: int):
    seen = seen_by(name, account_of(history), at_end_of(history, silent))
    expected = REFERENCES[name](history, max(done.day for done in history) + silent)
    if seen is None or expected is None:
        assert (seen, expected) == (None, None)
    else:
        assert seen.u / ONE == pytest.approx(expected, abs=TOLERANCES.get(name, 2e-6))
        assert 0 <= seen.u <= ONE


@pytest.mark.parametrize("name", MONOTONE)
@given(histories, silences, st.integers(1, 40 * DAY))
def test_more_silence_never_lowers_the_risk(name: str, history: list[Done], silent: int, more: int):
    account, at = account_of(history), at_end_of(history, silent)
    before, after = seen_by(name, account, at), seen_by(name, account, at + more)
    if before is None or after is None:
        assert before is after
    else:
        assert before.u <= after.u


@pytest.mark.parametrize("name", ["life_rate", "recency", "level", "breadth"])
@given(histories, silences)
def test_an_event_today_never_raises_the_risk(name: str, history: list[Done], silent: int):
    today = max(done.day for done in history) + silent
    more = [*history, Done(today, None, "chart")]
    before = seen_by(name, account_of(history), at_end_of(history, silent))
    after = seen_by(name, account_of(more), at_end_of(more, 0))
    assume(before is not None)
    assert before is not None
    assert after is not None
    assert after.u <= before.u


@pytest.mark.parametrize(
    ("name", "history", "value"),
    [
        pytest.param("life_rate", [Done(0, None, None), Done(3, None, None)], 4.285, id="life_rate, days per 30 days"),
        pytest.param("recency", [Done(0, None, None)], 10.0, id="recency, days"),
        pytest.param("silence", [Done(0, None, None)], 10.0, id="silence, days"),
        pytest.param("level", [Done(0, None, None)] * 3, 3.0, id="level, events"),
        pytest.param("decline", [Done(0, None, None)], 0.642, id="decline, days"),
        pytest.param("active_users", [Done(0, "ann", None), Done(1, "bob", None)], 2.0, id="active_users, users"),
        pytest.param("breadth", [Done(0, None, "chart")] * 2, 1.0, id="breadth, features"),
    ],
)
def test_a_value_is_in_its_unit_cut_off_at_thousandths(name: str, history: list[Done], value: float):
    seen = seen_by(name, account_of(history), at_end_of(history, 10))
    assert seen is not None
    assert seen.value == value


#   today - 28 is the first day of the window, today its last
@pytest.mark.parametrize("name", ["level", "active_users"])
@pytest.mark.parametrize(("silent", "value"), [(28, 2.0), (29, 0.0)], ids=["28 days ago", "29 days ago"])
def test_four_weeks_are_the_last_28_days_and_today(name: str, silent: int, value: float):
    history = [Done(0, "ann", None), Done(0, "bob", None)]
    seen = seen_by(name, account_of(history), at_end_of(history, silent))
    assert seen is not None
    assert seen.value == value


#   week       1        2        3        4
#   active  |xxxxx..||xxxxx..||xxxxx..||xxxxx|          steady: S stays small
#           |xxxxxx.||xxxxxx.||x......||x|              less and less: S grows by what is missing
def test_fewer_days_a_week_show_as_a_decline_and_steady_weeks_do_not():
    steady = [Done(7 * week + day, None, None) for week in range(4) for day in range(5)]
    fell = [Done(day, None, None) for day in (0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14, 21)]
    assert seen_by("decline", account_of(steady), at_end_of(steady, 0)) == Seen(0, 0)
    seen = seen_by("decline", account_of(fell), at_end_of(fell, 0))
    assert seen is not None
    assert seen.value == 2.124  # the third week of those that end with day 21: 0.721 x (12 + 1) / 3 - 1


def test_every_week_of_silence_adds_half_of_what_was_usual_to_a_decline():
    steady = [Done(7 * week + day, None, None) for week in range(4) for day in range(5)]
    values = [seen_by("decline", account_of(steady), at_end_of(steady, silent)) for silent in (1, 8, 15)]
    assert [seen and seen.value for seen in values] == [0.0, 2.0, 4.0]  # mu = (15 + 1) / (3 + 1)


@pytest.mark.parametrize(
    ("name", "history"),
    [
        pytest.param("active_users", [Done(0, None, None)], id="no users"),
        pytest.param("active_users", [Done(0, "ann", None)], id="one user: recency says it"),
        pytest.param("breadth", [Done(0, "ann", None)], id="no event named a feature"),
    ],
)
def test_a_signal_abstains_where_it_knows_nothing(name: str, history: list[Done]):
    assert seen_by(name, account_of(history), at_end_of(history, 0)) is None


def test_a_user_who_is_known_and_was_never_active_counts_as_gone_quiet():
    account = account_of([Done(0, "ann", None)])
    observe(account, user_link(DAY_0, "flo"))
    seen = seen_by("active_users", account, DAY_0)
    assert seen is not None
    assert seen.value == 1.0


def test_when_a_deadline_passes_silence_becomes_news():
    account = account_of([Done(day, None, None) for day in range(20)])
    deadline = account.silence_deadline
    assert deadline is not None
    before, after = seen_by("silence", account, deadline - 1), seen_by("silence", account, deadline)
    assert before is not None
    assert after is not None
    assert after.u - before.u >= ONE // 2


def test_a_ticket_that_is_older_than_what_is_kept_is_as_old_as_that():
    history = [Done(0, None, "ticket_opened"), Done(100, None, "ticket_opened")]
    seen = seen_by("open_tickets", account_of(history), at_end_of(history, 0))
    assert seen is not None
    assert seen.value == 2.0
    assert seen.u / ONE == pytest.approx((math.log(3, 11) + math.log(93, 31)) / 2, abs=2e-6)


def test_two_signals_of_one_name_are_refused():
    def recency(account: Account, at: int) -> Seen | None:  # noqa: ARG001 - the signature of signals
        return None

    with pytest.raises(TypeError, match="two signals are called recency"):
        signal(recency)


def whole_score(card: Card, history: list[Done], silent: int) -> int:
    """The score in grains, without bands and states."""
    reading = evaluate(account_of(history), at_end_of(history, silent), card)
    assert reading.score is not None
    return reading.score


SHIPPED = read_scorecard(shipped("scorecards/default.yaml"))


def test_every_signal_of_the_shipped_card_promises_that_silence_never_lowers_it():
    assert {weighted.signal for weighted in SHIPPED.signals} <= {*MONOTONE}


@given(histories, st.integers(0, 130), st.integers(1, 130), st.integers(5, 100))
def test_more_silence_never_lowers_the_score_of_the_shipped_card(history: list[Done], silent: int, more: int, cap: int):
    """Caps that bind, and what abstaining signals leave to the others, keep what the signals promise."""
    feeds = SINCE.feeds(replace(SHIPPED, inputs=MEANINGS, moments=(), rules=()))
    tight = {category: min(most, cap) for category, most in SHIPPED.categories.items()}
    card = card_of(replace(SHIPPED, minimum_age_days=0, categories=tight), 1, "", feeds)
    assert whole_score(card, history, silent) <= whole_score(card, history, silent + more)
