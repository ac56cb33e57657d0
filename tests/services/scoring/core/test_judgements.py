from typing import Any

import pytest

from schemas.activity import Activity, OutcomeKind, Verdict
from schemas.changes import (
    Activeness,
    CauseKind,
    Muted,
    Overridden,
    Progress,
    ScoreChange,
    State,
    UnknownReason,
    ValuePointProgress,
)
from schemas.scorecard import Bands, Variant, When
from schemas.time import DAY, HOUR, date_of, day_of, moment_of
from services.scoring.changelog import HEADER_KEY, body_of
from tests.services.scoring.core import records
from tests.services.scoring.core.folds import fold
from tests.services.scoring.core.records import DAY_0, backfill, event, log_of, mute, override, publication, tick
from tests.services.scoring.shell import partition_from

OPENING: tuple[Activity, ...] = (records.LOG, publication(1, {"recency": 1}, minimum_age_days=0))
LEVEL: tuple[Activity, ...] = (records.LOG, publication(1, {"level": 1}, minimum_age_days=0))
SEEN: tuple[Activity, ...] = (event(DAY_0, "1"), tick(DAY_0))
FIRST_DAY = day_of(DAY_0)


def changes(*activities: Activity) -> list[ScoreChange]:
    """What comes after the first change of an account that was active once, on day 0."""
    return fold(log_of(*OPENING, *SEEN, *activities)).changes[1:]


def told(change: ScoreChange) -> tuple[Any, ...]:
    return change.at, change.state, change.score, change.override


#   said at       1 h               25 h expires
#   ----|----------|=================|----------->
#   score        healthy
#   served        |     at_risk     | healthy
def test_an_override_is_served_until_it_expires_by_a_tick_alone():
    until = DAY_0 + 25 * HOUR
    first, *rest = changes(override(DAY_0 + HOUR, "at_risk", until), tick(DAY_0 + HOUR), tick(DAY_0 + 30 * HOUR))
    word = Overridden(computed=State.HEALTHY, reason="They said so.", author="sato", until=moment_of(until))
    assert told(first) == (moment_of(DAY_0 + HOUR), State.AT_RISK, 0.0, word)
    assert first.band is State.AT_RISK
    assert first.previous is not None
    assert first.previous.state is State.HEALTHY
    ended = next(change for change in rest if change.override is None)
    assert (ended.at, ended.state) == (moment_of(until), State.HEALTHY)


def test_the_newest_override_counts_whatever_comes_last_and_one_that_has_expired_lifts_it():
    newer = override(DAY_0 + 2 * HOUR, "watch", DAY_0 + 9 * DAY)
    older = override(DAY_0 + HOUR, "at_risk", DAY_0 + 9 * DAY)
    lifted = override(DAY_0 + 3 * HOUR, "watch", DAY_0 + 3 * HOUR)
    ticks = [tick(DAY_0 + 2 * HOUR), tick(DAY_0 + 3 * HOUR - 1), tick(DAY_0 + 3 * HOUR)]
    found = changes(newer, ticks[0], older, ticks[1], lifted, ticks[2])
    assert [change.state for change in found] == [State.WATCH, State.HEALTHY]


def test_somebody_may_know_the_state_of_an_account_that_has_no_score():
    said: list[Activity] = [records.facts(DAY_0, name="Acme"), override(DAY_0, "watch", DAY_0 + DAY)]
    first, second = fold(log_of(*OPENING, *said, tick(DAY_0), tick(DAY_0 + 2 * DAY))).changes
    assert (first.state, first.band, first.score, first.reason) == (State.WATCH, State.WATCH, None, None)
    assert first.override is not None
    assert first.override.computed is State.UNKNOWN
    assert second.at == moment_of(DAY_0 + DAY)
    assert (second.state, second.reason) == (State.UNKNOWN, UnknownReason.NEVER_SEEN)


def test_who_has_left_has_left_whatever_an_override_says():
    churned = records.outcome(DAY_0, OutcomeKind.CHURNED)
    (change,) = changes(override(DAY_0, "healthy", DAY_0 + 9 * DAY), churned, tick(DAY_0))
    assert (change.state, change.reason) == (State.UNKNOWN, UnknownReason.CHURNED)


def test_an_override_does_not_hold_on_to_its_band_by_hysteresis():
    """Below where watch begins, a score that was watch only by somebody's word is healthy again."""
    bands = Bands(watch=50, at_risk=95, hysteresis=40)
    opening = (records.LOG, publication(1, {"recency": 1}, minimum_age_days=0, bands=bands))
    said = override(DAY_0, "watch", DAY_0 + 3 * DAY)
    ticks = [tick(DAY_0 + day * DAY) for day in range(1, 6)]
    last = fold(log_of(*opening, *SEEN, said, tick(DAY_0 + HOUR), *ticks)).changes[-1]
    assert last.score is not None
    assert 10 < last.score < 50
    assert last.state is State.HEALTHY


def test_a_mute_is_told_until_it_expires_and_changes_nothing_else():
    until = DAY_0 + 2 * HOUR
    first, second = changes(mute(DAY_0 + HOUR, until), tick(DAY_0 + HOUR), tick(DAY_0 + 3 * HOUR))
    assert first.mute == Muted(reason="On holiday.", author="sato", until=moment_of(until))
    assert (first.state, first.score) == (State.HEALTHY, 0.0)
    assert (second.at, second.mute) == (moment_of(until), None)


@pytest.mark.parametrize(
    ("late", "kind"),
    [
        pytest.param(DAY_0 + 30 * HOUR, CauseKind.TICK, id="of the day that is evaluated"),
        pytest.param(DAY_0 + 20 * HOUR, CauseKind.LATE, id="of a day before"),
    ],
)
def test_a_change_by_events_of_a_day_that_was_evaluated_is_a_revision(late: int, kind: CauseKind):
    at = DAY_0 + 31 * HOUR
    touched = event(at, "2")
    events = [event(late + n, f"late {n}") for n in range(9)]
    found = fold(log_of(*LEVEL, *SEEN, touched, tick(at), *events, tick(at + 1), tick(DAY_0 + 4 * DAY))).changes
    assert {change.cause.kind for change in found if change.at == moment_of(at + 1)} == {kind}
    assert {change.cause.kind for change in found if change.at != moment_of(at + 1)} == {CauseKind.TICK}


def test_history_that_comes_in_is_not_late():
    rows: list[Activity] = [backfill(DAY_0 - DAY, 1), records.import_end(DAY_0 + 32 * HOUR)]
    found = changes(tick(DAY_0 + 31 * HOUR), *rows, event(DAY_0 + 31 * HOUR, "2"), tick(DAY_0 + 33 * HOUR))
    assert CauseKind.LATE not in {change.cause.kind for change in found}


@pytest.mark.parametrize(
    ("source", "since", "stale"),
    [
        pytest.param("app", 5, True, id="its own source"),
        pytest.param(None, 5, True, id="all sources"),
        pytest.param("web", 5, False, id="another source"),
        pytest.param("app", 28, True, id="heard of by it four weeks before"),
        pytest.param("app", 29, False, id="not heard of by it for longer"),
        pytest.param(None, 29, False, id="not heard of at all for longer"),
    ],
)
def test_an_account_whose_events_are_missing_is_unknown(
    source: str | None,
    since: int,
    stale: bool,  # noqa: FBT001 - a column
):
    at, fell = DAY_0 + 30 * DAY, DAY_0 + since * DAY
    opened = records.telemetry(at, Verdict.OPENED, source, fell)
    closed = records.telemetry(at + DAY, Verdict.CLOSED, source, fell)
    found = changes(tick(at), opened, tick(at + DAY), closed, tick(at + 2 * DAY), tick(at + 9 * DAY))
    reasons = [change.reason for change in found if change.at > moment_of(at)]
    assert (UnknownReason.TELEMETRY_STALE in reasons) is stale
    assert reasons[-1] is None


#   heard    missing  tick             over  tick     daily phase
#   --|---------|------|=== unknown ====|-----|----------|------>
#                      looked at              looked at
@pytest.mark.parametrize("is_flushed", [False, True], ids=["in memory", "at rest"])
def test_whom_an_outage_concerns_is_looked_at_as_soon_as_it_is_found_and_as_soon_as_it_is_over(is_flushed: bool):  # noqa: FBT001 - a column
    """They kept a score, and were unknown then, until their next event or daily instant: up to a day longer."""
    found, over = DAY_0 + 3 * DAY + 17, DAY_0 + 3 * DAY + 18 + HOUR
    opened, closed = records.telemetry(found, Verdict.OPENED), records.telemetry(over, Verdict.CLOSED)
    ticks = [tick(at + n) for at in (found, over) for n in (1, 2)]
    partition = fold(log_of(*OPENING, *SEEN, tick(found - 1))).partition
    told = []
    kept: dict[bytes, bytes | None] = {}
    log = log_of(*OPENING, *SEEN, tick(found - 1), opened, *ticks[:2], closed, *ticks[2:])
    for record in log[len(OPENING) + len(SEEN) + 1 :]:
        if is_flushed:
            flush = partition.flush()
            kept |= dict(body_of(flush))
            partition = partition_from([*kept.items(), (HEADER_KEY, flush.header)])
        told += [one for one in partition.observe(record) if isinstance(one, ScoreChange)]
    assert [(change.at, change.reason) for change in told] == [
        (moment_of(found + 1), UnknownReason.TELEMETRY_STALE),
        (moment_of(over + 1), None),
    ]


def test_an_outage_of_another_source_keeps_them_unknown():
    first, second = (records.telemetry(DAY_0 + DAY, Verdict.OPENED, source) for source in ("app", None))
    over = records.telemetry(DAY_0 + 3 * DAY, Verdict.CLOSED, "app")
    found = changes(first, second, tick(DAY_0 + 3 * DAY - 1), over, tick(DAY_0 + 3 * DAY))
    assert found[-1].reason is UnknownReason.TELEMETRY_STALE


def test_an_outage_survives_a_restart():
    log = log_of(*OPENING, *SEEN, records.telemetry(DAY_0 + DAY, Verdict.OPENED), tick(DAY_0 + 3 * DAY))
    flush = fold(log[:-1]).partition.flush()
    restored = partition_from([*body_of(flush), (HEADER_KEY, flush.header)])
    reasons = [change.reason for change in restored.observe(log[-1]) if isinstance(change, ScoreChange)]
    assert reasons == [UnknownReason.TELEMETRY_STALE]


#   first event            day 10 ends: missed       chart: reached, late
#   ----|----------------------|---------------------------|------
def test_value_points_and_the_winning_pattern_are_told_with_their_days():
    published = publication(1, {"recency": 1}, value_points=records.POINTS[:1], winning_pattern=records.PATTERN)
    charts = [event(DAY_0 + 15 * DAY + n, f"c{n}", event_name="chart") for n in range(2)]
    invites = [event(DAY_0 + (16 + n) * DAY, f"i{n}", event_name="invite") for n in range(3)]
    done = [*charts, *invites]
    found = fold(log_of(records.LOG, published, *SEEN, tick(DAY_0 + 14 * DAY), *done, tick(DAY_0 + 20 * DAY))).changes
    due = date_of(FIRST_DAY + 10)
    assert found[0].value_points == (
        ValuePointProgress(name="first chart", progress=Progress.PENDING, due_on=due, reached_on=None),
    )
    missed = next(change for change in found if change.value_points[0].progress is Progress.MISSED)
    assert missed.at == moment_of(DAY_0 + 11 * DAY)
    reached_on = date_of(FIRST_DAY + 15)
    assert found[-1].value_points == (
        ValuePointProgress(name="first chart", progress=Progress.REACHED, due_on=due, reached_on=reached_on),
    )
    assert (found[0].winning_pattern_on, found[-1].winning_pattern_on) == (None, date_of(FIRST_DAY + 18))


def test_a_value_point_that_was_not_counted_from_the_start_is_told_as_such():
    second = publication(2, {"recency": 1}, value_points=records.POINTS[:1])
    log = log_of(*OPENING, *SEEN, tick(DAY_0 + DAY), second, tick(DAY_0 + 20 * DAY))
    assert fold(log).changes[-1].value_points[0].progress is Progress.UNCOUNTED


def test_an_account_without_events_has_reached_nothing():
    published = publication(1, {"recency": 1}, value_points=records.POINTS)
    (change,) = fold(log_of(records.LOG, published, records.facts(DAY_0, name="Acme"), tick(DAY_0))).changes
    assert (change.value_points, change.winning_pattern_on, change.window) == ((), None, None)


def test_a_change_says_what_each_signal_saw_before_and_the_window_it_looks_at():
    change = changes(event(DAY_0 + 2 * DAY, "2"), tick(DAY_0 + 10 * DAY))[-1]
    (recency,) = change.contributions
    assert change.previous is not None
    assert (recency.value, recency.previous_value) == (7.0, 6.0)  # at its last due instant before the tick
    assert recency.previous_points == change.previous.score
    assert change.window == Activeness(
        days=84, active_days=2, first_active_on=date_of(FIRST_DAY), last_active_on=date_of(FIRST_DAY + 2)
    )


def test_a_window_without_activity_is_empty():
    ticks = [tick(DAY_0 + day * DAY) for day in (80, 84, 85, 200)]
    facts = records.facts(DAY_0 + 200 * DAY, name="Acme")
    change = changes(*ticks, facts, tick(DAY_0 + 200 * DAY + 1))[-1]
    assert change.window == Activeness(days=84, active_days=0, first_active_on=None, last_active_on=None)


def test_a_change_names_the_variant_it_was_computed_with():
    bands = Bands(watch=1, at_risk=2, hysteresis=0)
    variant = Variant(name="large", when=When(segments=("large",)), bands=bands)
    published = publication(1, {"recency": 1}, minimum_age_days=0, variants=(variant,))
    said = records.facts(DAY_0, segment="large")
    first, second = fold(log_of(records.LOG, published, *SEEN, said, tick(DAY_0 + 1))).changes
    assert (first.variant, first.scorecard) == (None, "1-00000000")
    assert (second.variant, second.scorecard, second.cause.kind) == ("large", "1-00000000", CauseKind.TICK)
