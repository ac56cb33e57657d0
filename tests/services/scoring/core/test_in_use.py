"""What makes it possible not to look: signals that every event moves see the less risk the more there are."""

from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.activity import OfAccount, OutcomeKind, Verdict
from schemas.changes import CauseKind
from schemas.rules import ChampionRule, DropRule, LevelRule, Rule
from schemas.scorecard import Bands
from schemas.time import DAY, HOUR, MINUTE, Instant
from services.scoring.core.card import card_of
from services.scoring.core.evaluate import evaluate
from services.scoring.core.in_use import has_nothing_to_tell
from services.scoring.core.inputs import Since, Watch, watched_by
from services.scoring.core.novelty import ACTIVE_DAY, EVENT, FEATURE, FEATURE_DAY, USER, USER_DAY
from services.scoring.core.outages import NO_OUTAGES, Outages
from services.scoring.core.packing import pack_account, unpack_account
from services.scoring.core.reading import WHOLE
from services.scoring.core.signals import MOVED_BY, Counting, bound
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import Because, advance, observe
from tests.services.scoring.core import records
from tests.services.scoring.core.records import DAY_0, event

CARD = records.scorecard(records.ALL_SIGNALS | records.MORE_SIGNALS, **records.EVERYTHING)
SINCE = Since((), ()).extended(watched_by(CARD), 0)
WATCH = Watch(SINCE.catalogue)
COUNTED = [name for name, kinds in MOVED_BY.items() if kinds & EVENT]
histories = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["login", "error_shown"])), min_size=1, max_size=30)


def account_of(history: list[tuple[int, str]]) -> Account:
    account = new_account("acme")
    for n, (day, name) in enumerate([(0, "login"), *sorted(history)]):
        observe(account, event(DAY_0 + day * DAY, str(n), event_name=name, feature="board"), WATCH)
    return account


@pytest.mark.parametrize("name", COUNTED)
@given(histories, st.integers(0, 40))
def test_what_a_signal_would_see_after_more_events_is_what_it_sees_then(
    name: str, history: list[tuple[int, str]], more: int
):
    account = account_of(history)
    today = account.active.newest
    signal = cast("Counting", bound(name, SINCE.feeds(CARD)))
    expected = signal(account, today, more)
    for n in range(more):
        observe(account, event(today * DAY + n, f"more {n}", feature="board"), WATCH)
    assert signal(account, today, 0) == expected


@pytest.mark.parametrize("name", COUNTED)
@given(histories, st.lists(st.integers(0, 2_000), max_size=6), st.integers(0, 40))
def test_the_more_events_the_less_risk(name: str, history: list[tuple[int, str]], more: list[int], later: int):
    account = account_of(history)
    signal = cast("Counting", bound(name, SINCE.feeds(CARD)))
    seen = [signal(account, account.active.newest + later, count) for count in sorted(more)]
    for fewer, saw in pairwise(one.u for one in seen if one is not None):
        assert fewer >= saw


def test_when_its_silence_could_be_due_before_its_day_is_it_is_looked_at():
    """As it is, nobody's patience is below three days, and the test below never comes by here."""
    account, at = daily(8), DAY_0 + 30 * DAY + 10 * HOUR
    card = records.card({"level": 1})
    for patience, is_spared in ((DAY + HOUR, True), (DAY - HOUR, False)):
        for n in range(3):
            observe(account, event(at, f"{patience} {n}", user_id="ann", feature="board"), WATCH)
            account._deadline = at + patience
            if n < 2:
                advance(account, at, card, because(n, at))
        assert has_nothing_to_tell(account, at, card, NO_OUTAGES) is is_spared


def test_a_count_that_is_back_where_it_was_gives_the_score_that_it_gave():
    """Two events a day: the next morning a day has left the window, and as many have come since the last one."""
    account, at, card = daily(2), DAY_0 + 30 * DAY, records.card({"level": 1})
    scores = []
    for number, (later, count) in enumerate([(HOUR, 0), (2 * HOUR, 2), (DAY, 0)]):
        for n in range(count):
            observe(account, event(at + later, f"{number} {n}", user_id="ann", feature="board"), WATCH)
        scores.append(evaluate(account, at + later, card).score or 0)
    assert scores[0] == scores[2] > scores[1]


def test_a_card_heeds_what_moves_its_signals_and_rules_and_what_is_told_as_it_is():
    assert not records.card({"level": 1}).heeds & (USER_DAY | FEATURE_DAY | USER | FEATURE)
    assert records.card({"level": 1}, rules=rule_of("champion", 1)).heeds & USER_DAY
    assert records.card({"depth": 1}).heeds & FEATURE_DAY
    assert records.card({"volume": 1}).heeds & ACTIVE_DAY


def test_the_shipped_kinds_of_signals_that_count_are_known():
    assert card_of(CARD, 1, "").counting
    assert sorted(COUNTED) == ["friction", "intensity", "level", "volume"]


SIGNALS = (
    {"level": 1},
    {"level": 15, "intensity": 10, "life_rate": 20, "breadth": 20, "active_users": 5},
    {"volume": 3, "friction": 2, "silence": 2, "recency": 1},
)
KINDS = (
    *("events",) * 8,
    "a user",
    "a feature",
    "of late",
    "elsewhere",
    "override",
    "left soon",
    "outage",
    "over",
    "touch",
)
LATER = (*(0,) * 3, MINUTE, 2 * HOUR, 20 * HOUR)


def rule_of(kind: str, points: int) -> tuple[Rule, ...]:
    """A rule that is met, or will not be, at about this score."""
    rules: dict[str, Rule] = {
        "level": LevelRule(name="rule", threshold=points, clear=points),
        "next": LevelRule(name="rule", threshold=points + 1, clear=points + 1),
        "drop": DropRule(name="rule", points=1, within_days=7, clear=1),
        "champion": ChampionRule(name="rule", days=1),
    }
    return (rules[kind],) if kind in rules else ()


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 9), st.sampled_from(LATER)), min_size=4, max_size=16),
    st.integers(2, 8),
    st.sampled_from(SIGNALS),
    st.sampled_from(("", "level", "next", "drop", "champion")),
    st.sampled_from((-1, 0, 1)),
)
@example(  # the end of an outage has to be told, also to who was only used meanwhile
    [(what, 1, 0) for what in ("elsewhere", "events", "events", "outage", "events", "over")], 8, SIGNALS[1], "", 1
)
@example(  # who is used after having left has to be told of
    [("events", 1, 0), ("events", 1, 0), ("left soon", 1, 0), ("events", 1, MINUTE)], 2, SIGNALS[0], "", 0
)
@settings(max_examples=500)
def test_who_has_nothing_to_tell_would_not_be_changed_by_a_look(
    steps: list[tuple[str, int, int]], often: int, signals: dict[str, int], kind: str, beyond: int
):
    """Bands and rules lie at the score that the account has when it begins."""
    at, account = DAY_0 + 30 * DAY + 10 * HOUR, daily(often)
    points = min(max(WHOLE[evaluate(account, at, records.card(signals)).score or 0], 2), 97)
    bands = Bands(watch=points + beyond, at_risk=99, hysteresis=0)
    card = records.card(signals, inputs=records.MEANINGS, bands=bands, rules=rule_of(kind, points))
    account, outages = daily(often), NO_OUTAGES
    for number, (happens, count, later) in enumerate(steps):
        at += later + 1
        outages = happen(account, at, happens, number, count, outages)
        while account.due is not None and account.due <= at:
            advance(account, account.due, card, because(2 * number, at), outages)
        account.touched = False
        looked_at = unpack_account(pack_account(account, 0))
        told = advance(looked_at, at, card, because(2 * number + 1, at), outages)
        if has_nothing_to_tell(account, at, card, outages):
            assert told == (None, ())
        else:
            assert told == advance(account, at, card, because(2 * number + 1, at), outages)
        assert pack_account(account, 0) == pack_account(looked_at, 0)


def daily(often: int) -> Account:
    """An account that was used so often every day, by bob and then by ann."""
    account = new_account("acme")
    for day in range(31):
        for n in range(often):
            user = "bob" if day < 28 else "ann"
            observe(account, event(DAY_0 + day * DAY + n, f"{day} {n}", user_id=user, feature="board"), WATCH)
    return account


def because(offset: int, at: Instant) -> Because:
    return Because("log", CauseKind.TICK, 0, offset, at)


def happen(account: Account, at: Instant, happens: str, number: int, count: int, outages: Outages) -> Outages:
    """Something happens, to the account or to a source."""
    message, one = f"m {number}", OTHERS.get(happens)
    for n in range(count if happens == "events" else 0):
        observe(account, event(at, f"{message} {n}", user_id="ann", feature="board"), WATCH)
    if one is not None:
        observe(account, one(at, message, count), WATCH)
    verdict = {"outage": Verdict.OPENED, "over": Verdict.CLOSED}.get(happens)
    return outages if verdict is None else outages.heard(records.telemetry(at, verdict, "other"))


OTHERS: dict[str, Callable[[int, str, int], OfAccount]] = {
    "a user": lambda at, message, n: event(at, message, user_id=f"user {n}"),
    "a feature": lambda at, message, n: event(at, message, feature=f"feature {n}"),
    "of late": lambda at, message, n: event(at - n * 3 * HOUR, message, user_id="ann"),
    "elsewhere": lambda at, message, _: replace(event(at, message), source="other"),
    "override": lambda at, _, n: records.override(at, "healthy", at + n * HOUR),
    "left soon": lambda at, _, n: records.outcome(at + n * MINUTE, OutcomeKind.CHURNED),
}
