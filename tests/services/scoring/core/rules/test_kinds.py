"""What each kind of rule sees of an account, and where it is met."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.activity import Activity, OutcomeKind
from schemas.changes import CauseKind
from schemas.conditions import Closing, Condition, Status
from schemas.rules import (
    BandRule,
    ChampionRule,
    ContactRule,
    DropRule,
    LevelRule,
    MomentRule,
    RenewalRule,
    Rule,
    RuleBand,
    SilenceRule,
    ValuePointRule,
)
from schemas.scorecard import Bands, ValuePoint
from schemas.time import DAY, HOUR, MINUTE, Instant, date_of, day_of, instant_of, iso
from tests.services.scoring.core import records
from tests.services.scoring.core.folds import fold
from tests.services.scoring.core.records import DAY_0, event

RECENCY = {"recency": 100}  # 0 on an active day; above 50 after 8 days, above 65 after 15


def told(rule: Rule, *activities: tuple[Instant, Activity], until: Instant, **fields: Any) -> list[Condition]:
    """The conditions of an account that lived through these, with a tick at noon and at midnight."""
    ticks = [(at, records.tick(at)) for at in range(DAY_0, until + 1, DAY // 2)]
    lived = [activity for _, activity in sorted([*activities, *ticks], key=lambda one: one[0])]
    card = records.publication(signals=fields.pop("signals", RECENCY), rules=(rule,), **fields)
    return fold(records.log_of(records.LOG, card, *lived)).conditions


def daily(days: Iterable[int], **fields: Any) -> list[tuple[Instant, Activity]]:
    """An event on each of these days, at nine."""
    return [(at, event(at, f"{fields}{day}", **fields)) for day in days if (at := DAY_0 + day * DAY + 9 * HOUR)]


def lines(conditions: list[Condition]) -> list[str]:
    """Each condition in a line: what happened, on which day, and the value."""
    return [f"{one.status} on {day_of(instant_of(one.at)) - day_of(DAY_0)}: {one.value}" for one in conditions]


def test_a_level_is_that_of_the_score():
    first, *_, last = told(LevelRule(name="high", threshold=60, clear=40), *daily([0, 30]), until=DAY_0 + 31 * DAY)
    assert (first.status, first.value, first.threshold) == (Status.OPENED, first.score, 60.0)
    assert 60 <= (first.value or 0) < 63
    assert (last.status, last.value) == (Status.CLOSED, 0.0)


def test_a_level_without_a_threshold_begins_with_the_band_at_risk():
    bands = Bands(watch=30, at_risk=50)
    first = told(LevelRule(name="high"), *daily([0]), until=DAY_0 + 30 * DAY, bands=bands)[0]
    assert (first.threshold, first.state) == (50.0, "at_risk")


def test_a_drop_is_measured_from_the_lowest_risk_of_its_days():
    """The account was there daily for a week and never again: it is as bad as ever when the fall is over."""
    rule = DropRule(name="fell", points=30, within_days=6)
    opened, *between, closed = told(rule, *daily(range(8)), until=DAY_0 + 40 * DAY)
    assert (opened.status, opened.threshold, lines([closed])) == (Status.OPENED, 30.0, ["closed on 19: 14.0"])
    assert 30 <= (opened.value or 0) < 40
    assert [one.status for one in between] == ["worsened", "eased", "eased"]


def test_another_version_of_the_scorecard_is_no_drop():
    """The score goes from 0 to 99, and the account did nothing else than before."""
    rule = DropRule(name="fell", points=20, within_days=3)
    lived = [*daily(range(12), user_id="ann"), (DAY_0, records.facts(DAY_0, seats=100))]
    newer = (DAY_0 + 12 * DAY, records.publication(2, {"seat_utilisation": 1}, rules=(rule, LevelRule(name="high"))))
    (high,) = told(rule, *lived, newer, until=DAY_0 + 13 * DAY)
    assert (high.rule, high.score, high.cause.kind) == ("high", 99.0, CauseKind.SCORECARD)


def test_a_band_is_told_when_it_is_come_into_and_when_it_gets_worse():
    rule = BandRule(name="band", enters=RuleBand.WATCH)
    conditions = told(rule, *daily([0, 40]), until=DAY_0 + 41 * DAY)
    assert [(one.status, one.value, one.state) for one in conditions] == [
        ("opened", 1.0, "watch"),
        ("worsened", 2.0, "at_risk"),
        ("closed", 0.0, "healthy"),
    ]
    assert conditions[0].threshold == 1.0


def test_a_moment_is_told_at_once_and_holds_for_its_days():
    at = DAY_0 + 9 * DAY + 10 * HOUR + 5
    paid = event(at, "paid", event_name="payment_failed")
    opened, closed = told(
        MomentRule(name="payment", events=("cancel", "payment_failed"), within_days=3),
        *daily(range(20)),
        (at, paid),
        until=DAY_0 + 20 * DAY,
    )
    assert (iso(instant_of(opened.at)), opened.since, opened.known_at) == (iso(at), opened.at, opened.at)
    assert (opened.cause.event_name, opened.about, opened.value, opened.threshold) == (
        "payment_failed",
        "payment_failed",
        1.0,
        1.0,
    )
    assert (lines([closed]), closed.about) == (["closed on 13: 0.0"], "payment_failed")


@pytest.mark.parametrize(
    ("times", "days", "said"),
    [
        pytest.param(1, [3, 4], ["opened on 3: 1.0", "worsened on 4: 2.0", "eased on 6: 1.0", "closed on 7: 0.0"]),
        pytest.param(2, [3, 5], ["opened on 5: 2.0", "closed on 6: 1.0"], id="so many times within the days"),
        pytest.param(2, [3, 6], [], id="too far apart"),
    ],
)
def test_a_moment_counts(times: int, days: list[int], said: list[str]):
    rule = MomentRule(name="cancel", events=("cancel",), times=times, within_days=2)
    conditions = told(rule, *daily(range(10)), *daily(days, event_name="cancel"), until=DAY_0 + 10 * DAY)
    assert lines(conditions) == said


def test_a_moment_is_over_when_what_ends_it_comes_after_it():
    rule = MomentRule(name="payment", events=("failed",), within_days=30, ended_by=("paid",))
    lived = [*daily([1, 5], event_name="paid"), *daily([3, 8], event_name="failed")]
    conditions = told(rule, *lived, until=DAY_0 + 9 * DAY)
    assert lines(conditions) == ["opened on 3: 1.0", "closed on 5: 0.0", "opened on 8: 2.0"]


def test_silence_is_told_once_the_deadline_has_passed_for_as_long_as_the_dwell():
    conditions = told(SilenceRule(name="quiet"), *daily([*range(30), 50]), until=DAY_0 + 51 * DAY)
    opened, closed = conditions[0], conditions[-1]
    assert opened.silence_deadline is not None
    assert (opened.since, opened.at) == (opened.silence_deadline, opened.silence_deadline + timedelta(minutes=30))
    patience = instant_of(opened.silence_deadline) - (DAY_0 + 29 * DAY + 9 * HOUR)
    assert opened.threshold == patience * 1_000 // DAY / 1_000
    assert lines(conditions) == [
        "opened on 33: 4.0",
        "worsened on 37: 8.0",
        "worsened on 45: 16.0",
        "closed on 50: 0.0",
    ]
    assert (closed.closing, closed.threshold is not None) == (Closing.RECOVERED, True)


def test_an_account_without_a_rhythm_is_never_silent():
    assert told(SilenceRule(name="quiet"), *daily([0, 1, 2]), until=DAY_0 + 60 * DAY) == []


POINTS = (
    ValuePoint(name="invited", events=("invite",), within_days=3),
    ValuePoint(name="report", events=("export",), times=2, within_days=5),
)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param(
            None,
            ["opened on 4: 1.0 invited", "worsened on 5: 2.0 invited", "closed on 7: 0.0 invited"],
            id="any: the first that was missed",
        ),
        pytest.param("report", ["opened on 6: 1.0 report", "closed on 7: 0.0 report"], id="one of them"),
    ],
)
def test_a_value_point_is_missed_until_it_is_reached(name: str | None, said: list[str]):
    rule = ValuePointRule(name="value", value_point=name)
    reached = [*daily([7], event_name="invite"), *daily([2, 7], event_name="export")]
    conditions = told(rule, *daily([0]), *reached, until=DAY_0 + 10 * DAY, value_points=POINTS)
    assert [f"{line} {one.about}" for line, one in zip(lines(conditions), conditions, strict=True)] == said
    assert conditions[0].since == conditions[0].at.replace(hour=0, minute=0, second=0, microsecond=0)


def test_a_value_point_that_was_not_counted_from_the_start_is_not_missed():
    rule = ValuePointRule(name="value")
    without = records.publication(1, RECENCY)
    with_points = records.publication(2, RECENCY, rules=(rule,), value_points=POINTS)
    log: list[Activity] = [records.LOG, without, event(DAY_0, "1"), records.tick(DAY_0 + DAY), with_points]
    assert fold(records.log_of(*log, records.tick(DAY_0 + 20 * DAY))).conditions == []


def test_the_champion_is_gone_until_they_are_back():
    lived = [*daily(range(8), user_id="ann"), *daily([0, 1, 12, 20], user_id="bob"), *daily([22], user_id="ann")]
    opened, closed = told(ChampionRule(name="champion", days=10), *lived, until=DAY_0 + 24 * DAY)
    assert lines([opened, closed]) == ["opened on 17: 10.0", "closed on 22: 0.0"]


def test_a_champion_nobody_can_name_any_more_stays_gone():
    """Eight weeks later nobody stands out: nobody can say that the champion is back."""
    lived = daily(range(8), user_id="ann") + daily([0, 1, 60, 89], user_id="bob")
    conditions = told(ChampionRule(name="champion", days=10), *lived, until=DAY_0 + 90 * DAY)
    assert {one.status for one in conditions} == {Status.OPENED, Status.WORSENED}


def test_a_renewal_is_near_while_the_account_is_at_risk():
    facts = (DAY_0, records.facts(DAY_0, renewal_on=date_of(day_of(DAY_0) + 50)))
    rule = RenewalRule(name="renewal", within_days=20)
    opened, worsened, closed = told(rule, *daily([0]), facts, until=DAY_0 + 60 * DAY)
    assert (opened.value, opened.state, opened.threshold) == (opened.score, "at_risk", 65.0)
    assert worsened.value == worsened.score
    assert lines([closed]) == ["closed on 51: None"]  # it has passed, whatever came of it
    healthy = told(rule, *daily(range(0, 50, 3)), facts, until=DAY_0 + 45 * DAY)
    nothing_known = told(rule, *daily([0]), until=DAY_0 + 60 * DAY)
    assert healthy == nothing_known == []


def test_no_contact_counts_from_the_last_one_or_from_the_first_event_while_at_risk():
    rule = ContactRule(name="call", days=25)
    spoke = (DAY_0 + 28 * DAY, records.contact(DAY_0 + 28 * DAY))
    conditions = told(rule, *daily([0, 70]), spoke, until=DAY_0 + 71 * DAY)
    assert lines(conditions) == ["opened on 25: 25.0", "closed on 28: 0.0", "opened on 53: 25.0", "closed on 70: None"]
    assert conditions[0].threshold == 25.0


SCORED = [
    LevelRule(name="rule", threshold=60),
    DropRule(name="rule", points=40, within_days=20),
    BandRule(name="rule"),
    RenewalRule(name="rule"),
    ContactRule(name="rule", days=10),
    ChampionRule(name="rule", days=10),
]
FACTUAL = [SilenceRule(name="rule"), ValuePointRule(name="rule"), MomentRule(name="rule", events=("login",))]
LIVED = [
    *daily(range(20), user_id="ann"),
    *daily([0, 1], user_id="bob"),
    (DAY_0, records.facts(DAY_0, renewal_on=date_of(day_of(DAY_0) + 60))),
]


@pytest.mark.parametrize("rule", [*SCORED, *FACTUAL], ids=lambda rule: type(rule).__name__)
def test_whatever_is_open_closes_when_the_account_leaves(rule: Rule):
    left = (DAY_0 + 45 * DAY, records.outcome(DAY_0 + 45 * DAY, OutcomeKind.CHURNED))
    within = replace(rule, within_days=60) if isinstance(rule, MomentRule) else rule
    *_, last = told(within, *LIVED, left, until=DAY_0 + 50 * DAY, value_points=POINTS)
    assert (last.status, last.closing, last.reason, last.value) == ("closed", "unknown", "churned", None)
    assert (last.contributions, last.score) == ((), None)


@pytest.mark.parametrize("rule", SCORED, ids=lambda rule: type(rule).__name__)
def test_what_rests_on_the_score_closes_when_the_state_becomes_unknown(rule: Rule):
    older = records.publication(2, RECENCY, rules=(rule,), minimum_age_days=300)
    *_, last = told(rule, *LIVED, (DAY_0 + 45 * DAY, older), until=DAY_0 + 50 * DAY)
    assert (last.status, last.closing, last.reason) == ("closed", "unknown", "too_new")


@pytest.mark.parametrize("rule", FACTUAL, ids=lambda rule: type(rule).__name__)
def test_what_rests_on_what_it_does_is_seen_whatever_the_state(rule: Rule):
    conditions = told(rule, *LIVED, until=DAY_0 + 50 * DAY, value_points=POINTS, minimum_age_days=300)
    assert conditions[0].status is Status.OPENED
    assert (conditions[0].state, conditions[0].reason, conditions[0].score) == ("unknown", "too_new", None)


def test_the_dwell_of_a_pending_rule_begins_anew_when_nobody_could_say_for_a_while():
    rule = LevelRule(name="high", threshold=60, dwell="9d")
    older = records.publication(2, RECENCY, rules=(rule,), minimum_age_days=300)
    again = records.publication(3, RECENCY, rules=(rule,))
    (opened,) = told(
        rule, *daily([0]), (DAY_0 + 20 * DAY, older), (DAY_0 + 22 * DAY + MINUTE, again), until=DAY_0 + 50 * DAY
    )
    assert instant_of(opened.since) > DAY_0 + 22 * DAY
    assert opened.at - opened.since == timedelta(days=9)
