import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.activity import OutcomeKind
from schemas.changes import GRAINS_PER_POINT, CauseKind, State, UnknownReason
from schemas.codec import encode
from schemas.scorecard import Bands, Transform, Weighted
from schemas.time import DAY
from services.scoring.core.card import FULL, Card, card_of
from services.scoring.core.card import capped as of_caps
from services.scoring.core.evaluate import asked, evaluate, next_due, told_by
from services.scoring.core.fixed import ONE
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import Because, advance, observe
from tests.services.scoring.core import records
from tests.services.scoring.core.records import ALL_SIGNALS, DAY_0, card, event, outcome

cards = st.builds(card, st.dictionaries(st.sampled_from(sorted(ALL_SIGNALS)), st.integers(1, 1_000), min_size=1))
histories = st.lists(
    st.tuples(
        st.integers(0, 90 * DAY), st.sampled_from([None, "ann", "bob"]), st.sampled_from([None, "chart", "share"])
    ),
    min_size=1,
    max_size=40,
)
BECAUSE = Because("log", CauseKind.TICK, 0, 7, DAY_0)


def account_of(history: list[tuple[int, str | None, str | None]]) -> Account:
    account = new_account("acme")
    for n, (at, user, feature) in enumerate(history):
        observe(account, event(DAY_0 + at, str(n), user_id=user, feature=feature))
    return account


def grains_of(account: Account, of: Card) -> list[int]:
    settled = asked(account, of)
    return of_caps(settled.uncapped, settled.caps)


@given(histories, cards, st.integers(97, 300))
def test_contributions_sum_to_the_score_in_grains_in_floats_and_as_decimals_read_from_the_wire(
    history: Any, drawn: Any, days: int
):
    account, at = account_of(history), DAY_0 + days * DAY
    reading = evaluate(account, at, drawn)
    change = advance(account, at, drawn, BECAUSE)[0]
    assert change is not None
    wire = json.loads(encode(change), parse_float=Decimal, parse_int=Decimal)
    if reading.score is None:
        assert (change.contributions, wire["contributions"]) == ((), [])
    else:
        assert sum(grains_of(account, drawn)) == reading.score <= FULL
        assert sum(one.points for one in change.contributions) == change.score
        assert sum(Decimal(one["points"]) for one in wire["contributions"]) == wire["score"]
        assert wire["score"] == Decimal(reading.score) / 1_024


@given(histories, cards, st.integers(97, 300))
def test_a_contribution_is_at_most_its_limit_and_the_limits_make_100(history: Any, drawn: Any, days: int):
    change = advance(account_of(history), DAY_0 + days * DAY, drawn, BECAUSE)[0]
    assert change is not None
    for one in change.contributions:
        assert 0 <= one.points <= one.limit
    if change.contributions:
        assert 100 - len(change.contributions) / 1_024 <= sum(one.limit for one in change.contributions) <= 100


def test_the_points_of_a_signal_that_abstains_go_to_the_others():
    account = account_of([(0, None, None)])
    with_features, without = card({"recency": 30, "breadth": 10}), card({"recency": 30})
    at = DAY_0 + 30 * DAY
    reading, alone = evaluate(account, at, with_features), evaluate(account, at, without)
    assert (reading.score, reading.known_points) == (alone.score, 30)
    change = advance(account, at, with_features, BECAUSE)[0]
    assert change is not None
    assert (change.confidence, [one.value for one in change.contributions]) == (0.75, [30.0, None])
    assert [one.limit for one in change.contributions] == [100.0, 0.0]


def capped(cap: int) -> Any:
    """A card of three signals, two of them of one category."""
    signals = {"recency": 30, "life_rate": 50, "level": 20}
    category = {"recency": None, "life_rate": "frequency", "level": "frequency"}
    weighted = [Weighted(signal=name, points=points, category=category[name]) for name, points in signals.items()]
    return card_of(replace(records.scorecard(), signals=tuple(weighted), categories={"frequency": cap}), 1, "")


@given(histories, st.integers(0, 100), st.integers(97, 300))
def test_a_category_adds_at_most_its_cap_and_its_signals_share_what_it_adds(history: Any, cap: int, days: int):
    account, at = account_of(history), DAY_0 + days * DAY
    unheld, holding = capped(100), capped(cap)
    evaluate(account, at, unheld)
    free = grains_of(account, unheld)
    reading = evaluate(account, at, holding)
    held = grains_of(account, holding)
    assert held[0] == free[0]
    assert reading.score == sum(held)
    before, after = sum(free[1:]), sum(held[1:])
    assert min(before, cap * 1_024) - 2 < after <= min(before, cap * 1_024)
    for one, other in zip(free[1:], held[1:], strict=True):
        assert abs(other * before - one * after) <= 2 * before


@given(histories, st.integers(1, 100), st.integers(97, 210))
def test_a_cap_that_is_left_out_would_have_changed_nothing(history: Any, cap: int, days: int):
    account, drawn = account_of(history), capped(cap)
    first = min(at for at, _, _ in history)
    reading = evaluate(account, DAY_0 + first + days * DAY, drawn)
    assert reading.score == sum(of_caps(asked(account, drawn).uncapped, drawn.caps))


@given(histories, cards, st.sampled_from([None, 20]), st.integers(97, 210), st.lists(st.integers(1, 400), max_size=4))
def test_to_count_again_finds_what_to_ask_every_signal_finds(
    history: Any, drawn: Any, cap: int | None, days: int, counts: list[int]
):
    account, at = account_of(history), DAY_0 + days * DAY
    looked_at = drawn if cap is None else capped(cap)
    sent = account_of([*history, (days * DAY, None, None)])
    observe(account, event(at, "today"))
    evaluate(account, at, looked_at)
    for number, count in enumerate(counts):
        for n in range(count):
            for one in (account, sent):
                observe(one, event(at, f"{number} {n}"))
        reading = evaluate(account, at, looked_at)
        sent.settled = None
        assert reading == evaluate(sent, at, looked_at)
        if number % 2 and reading.score is not None:  # as it is when nobody had to be told before
            assert told_by(account, looked_at, reading) == told_by(sent, looked_at, reading)


def test_a_look_that_was_not_taken_tells_nothing():
    account, one, other = account_of([(0, None, None)]), card({"recency": 1}), card({"recency": 1})
    reading = evaluate(account, DAY_0 + 30 * DAY, one)
    with pytest.raises(ValueError, match="acme has not been looked at under 1-"):
        told_by(account, other, reading)


def test_the_band_goes_by_the_one_that_was_served_also_where_nothing_else_has_moved():
    account, at = account_of([(0, None, None)]), DAY_0 + 60 * DAY
    score = evaluate(account, at, card({"recency": 1})).score or 0
    wavering = card({"recency": 1}, bands=Bands(watch=1, at_risk=score // GRAINS_PER_POINT + 1, hysteresis=2))
    states = [evaluate(account, at, wavering).state]
    advance(account, at, wavering, BECAUSE)
    served = account.served
    assert served is not None
    account.served = replace(served, computed=State.AT_RISK)
    states.append(evaluate(account, at, wavering).state)
    assert states == [State.WATCH, State.AT_RISK]


def test_a_signal_that_begins_to_know_takes_its_share_of_the_points():
    account, at = account_of([(0, None, None)]), DAY_0 + 30 * DAY
    both = card({"recency": 1, "breadth": 1})
    assert evaluate(account, at, both).known_points == 1
    observe(account, event(DAY_0, "2", feature="chart"))
    assert evaluate(account, at, both).known_points == 2


def test_the_limit_of_a_contribution_keeps_to_the_cap_of_its_category():
    change = advance(account_of([(0, None, None)]), DAY_0 + 60 * DAY, capped(15), BECAUSE)[0]
    assert change is not None
    assert [one.limit for one in change.contributions] == [30.0, 15.0, 15.0]


@pytest.mark.parametrize(("begins", "ends", "u"), [(0, 100, 0.4), (20, 60, 0.5), (50, 100, 0.0), (10, 30, 1.0)])
def test_a_transform_stretches_what_a_signal_says(begins: int, ends: int, u: float):
    """Recency after 5 days: ln 6 / ln 91 = .397."""
    stretched = Weighted(signal="recency", points=7, transform=Transform(begins=begins, ends=ends))
    made = card_of(replace(records.scorecard(), signals=(stretched,), minimum_age_days=0), 1, "")
    account = account_of([(0, None, None)])
    evaluate(account, DAY_0 + 5 * DAY, made)
    (saw,) = asked(account, made).seen
    assert saw is not None
    assert saw.value == 5.0
    assert saw.u / ONE == pytest.approx(u, abs=0.01)


CHURNED = outcome(DAY_0 + 20 * DAY, OutcomeKind.CHURNED)


@pytest.mark.parametrize(
    ("said", "signals", "day", "reason"),
    [
        pytest.param([records.facts(DAY_0, name="Acme")], ALL_SIGNALS, 30, UnknownReason.NEVER_SEEN, id="never seen"),
        pytest.param([event(DAY_0, "1")], ALL_SIGNALS, 6, UnknownReason.TOO_NEW, id="too new"),
        pytest.param([event(DAY_0, "1")], ALL_SIGNALS, 7, None, id="no longer too new"),
        pytest.param([event(DAY_0, "1")], {"breadth": 1}, 30, UnknownReason.NOT_ENOUGH_FACTS, id="all abstain"),
        pytest.param([event(DAY_0, "1"), CHURNED], ALL_SIGNALS, 20, UnknownReason.CHURNED, id="churned"),
        pytest.param([event(DAY_0, "1"), CHURNED], ALL_SIGNALS, 19, None, id="before the churn"),
        pytest.param([CHURNED], ALL_SIGNALS, 20, UnknownReason.CHURNED, id="churned, and never seen"),
        pytest.param(
            [event(DAY_0, "1"), outcome(DAY_0 + 25 * DAY, OutcomeKind.RENEWED), CHURNED],
            ALL_SIGNALS,
            30,
            None,
            id="won back since",
        ),
    ],
)
def test_unknown_is_a_state_with_a_reason(said: Any, signals: dict[str, int], day: int, reason: UnknownReason | None):
    account = new_account("acme")
    for record in said:
        observe(account, record)
    reading = evaluate(account, DAY_0 + day * DAY, card(signals))
    assert reading.reason == reason
    assert (reading.state is State.UNKNOWN, reading.score is None) == (reason is not None, reason is not None)


def test_all_the_risk_that_can_be_seen_is_a_score_of_100():
    account = account_of([(0, None, None)])
    assert evaluate(account, DAY_0 + 2_000 * DAY, card({"recency": 7, "level": 3})).score is not None
    assert evaluate(account, DAY_0 + 2_000 * DAY, card({"recency": 7})).score == 100 * 1_024


def test_the_order_of_signals_on_a_card_does_not_matter():
    account = account_of([(0, "ann", "chart"), (DAY, "bob", None)])
    there = card(dict(ALL_SIGNALS))
    back = card(dict(reversed(ALL_SIGNALS.items())))
    at = DAY_0 + 40 * DAY
    assert evaluate(account, at, there).score == evaluate(account, at, back).score


#   phase       p            p+DAY          p+2 DAY
#   ----|-------|------x-----|--------------|---->
#       at     due         deadline
@given(st.integers(-3 * DAY, 3 * DAY))
def test_an_account_without_a_rhythm_is_due_at_its_phase_every_day(offset: int):
    account = account_of([(0, None, None)])
    at = DAY_0 + 30 * DAY + offset
    due = next_due(account, at, card())
    assert (at < due <= at + DAY, due % DAY) == (True, account.phase)


def test_a_silence_deadline_before_the_next_phase_is_due_first():
    account = account_of([(day * DAY, None, None) for day in range(20)])
    deadline = account.silence_deadline
    assert deadline is not None
    assert next_due(account, deadline - 1, card()) == deadline
    assert next_due(account, deadline, card()) % DAY == account.phase
    assert next_due(account, deadline - 3 * DAY, card()) % DAY == account.phase
