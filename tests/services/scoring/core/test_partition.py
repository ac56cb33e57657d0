from typing import Any

import pytest

from schemas.activity import Activity, Engine, OutcomeKind
from schemas.changes import CauseKind, State, UnknownReason
from schemas.dead_letters import DeadLetterReason
from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant, moment_of
from services.scoring.core import ENGINE
from services.scoring.core.packing import head_of
from services.scoring.core.partition import Counted, Partition, Unusable
from services.scoring.core.state import phase_of
from tests.services.scoring.core import records
from tests.services.scoring.core.folds import fold, states_of
from tests.services.scoring.core.records import DAY_0, LOG, at_offset, backfill, event, log_of, publication, tick

OPENING: tuple[Activity, ...] = (LOG, publication(minimum_age_days=0, moments=("payment_failed",)))


def counts(*activities: Activity | None) -> dict[str, int]:
    return {counted.value: count for counted, count in fold(log_of(*activities)).partition.counts.items()}


def test_a_record_that_is_not_the_next_one_is_refused():
    partition = Partition(3)
    partition.observe(at_offset(5, LOG, DAY_0))
    with pytest.raises(ValueError, match="partition 3 is at 5 and was given 5 again"):
        partition.observe(at_offset(5, LOG, DAY_0))


def test_a_partition_says_which_log_it_is_of_and_which_scorecard_is_in_force():
    partition = Partition(0)
    assert (partition.log_id, partition.scorecard, partition.scorecard_version) == (None, None, 0)
    assert partition.remembered == 0
    for record in log_of(*OPENING, event(DAY_0, "1")):
        partition.observe(record)
    assert (partition.log_id, partition.scorecard, partition.remembered) == (LOG.log_id, "1-00000000", 1)


def test_accounts_touched_since_the_last_tick_are_evaluated_at_the_next_in_the_order_of_their_names():
    changes = fold(log_of(*OPENING, event(DAY_0, "1", "blue"), event(DAY_0, "2"), tick(DAY_0 + 5))).changes
    assert [(change.id, change.at, change.cause.kind) for change in changes] == [
        (f"{LOG.log_id}:0:4:acme:0", moment_of(DAY_0 + 5), CauseKind.TICK),
        (f"{LOG.log_id}:0:4:blue:0", moment_of(DAY_0 + 5), CauseKind.TICK),
    ]


DUE = DAY_0 + DAY + phase_of("acme")


@pytest.mark.parametrize(
    ("told", "looks"),
    [
        pytest.param(event(DUE - MINUTE, "2"), 1, id="used before the due instant"),
        pytest.param(event(DUE + MINUTE, "2"), 1, id="used after it, on its day"),
        pytest.param(event(DAY_0 + 2 * DAY, "2"), 2, id="used on the day after"),
        pytest.param(records.contact(DUE + MINUTE), 1, id="spoken with"),
        pytest.param(records.override(DUE + MINUTE, "at_risk", DUE + 9 * DAY), 1, id="overridden until another day"),
        pytest.param(records.outcome(DUE, OutcomeKind.CHURNED), 1, id="left by then"),
        pytest.param(records.outcome(DUE + 1, OutcomeKind.CHURNED), 2, id="left later"),
    ],
)
def test_who_was_looked_at_when_due_is_not_looked_at_again_at_that_tick(told: Activity, looks: int):
    first = [*OPENING, event(DAY_0 + DAY, "1"), tick(DAY_0 + DAY)]
    partition = fold(log_of(*first, told, tick(DAY_0 + 2 * DAY))).partition
    assert partition.counts[Counted.EVALUATIONS] == 1 + looks
    assert not partition.accounts["acme"].touched


@pytest.mark.parametrize(
    ("name", "stream", "received", "timestamp", "at"),
    [
        pytest.param("payment_failed", 0, 7, 7, 7, id="at the instant it was received"),
        pytest.param("payment_failed", 20, 7, 7, 20, id="but never before stream time"),
        pytest.param("payment_failed", 0, HOUR, 7, 7 + 5 * SECOND, id="nor 5 s past the broker's clock"),
        pytest.param("login", 0, 7, 7, None, id="another event waits for a tick"),
    ],
)
def test_a_moment_is_evaluated_at_once(name: str, stream: Instant, received: Instant, timestamp: Instant, at: Any):
    log = log_of(*OPENING, tick(DAY_0 + stream))
    moment = event(DAY_0, "1", event_name=name, received=DAY_0 + received)
    changes = fold([*log, at_offset(len(log), moment, DAY_0 + timestamp)]).changes
    assert [(change.at, change.cause.kind) for change in changes] == (
        [] if at is None else [(moment_of(DAY_0 + at), CauseKind.EVENT)]
    )


def test_two_changes_of_one_record_and_account_are_told_apart_by_their_ordinal():
    """A due instant and a touch within one tick once had one id."""
    log = log_of(*OPENING, event(DAY_0, "1"), tick(DAY_0), event(DAY_0, "2", feature="chart"), tick(DAY_0 + 5 * DAY))
    ids = [change.id.split(":", 2)[2] for change in fold(log).changes if change.cause.offset == 5]
    assert ids == [f"5:acme:{ordinal}" for ordinal in range(len(ids))]
    assert len(ids) > 1


#   stream time s
#   ----|--------------------------|--------->
#     s - 48 h                     s
#   too late | late, and taken
@pytest.mark.parametrize(
    ("behind", "counted"),
    [
        pytest.param(0, Counted.EVENTS, id="in time"),
        pytest.param(48 * HOUR, Counted.EVENTS, id="48 h late"),
        pytest.param(48 * HOUR + 1, Counted.TOO_LATE, id="later"),
    ],
)
def test_an_event_may_be_48_hours_late(behind: Instant, counted: Counted):
    folded = fold(log_of(*OPENING, tick(DAY_0), event(DAY_0 - behind, "1")))
    assert folded.partition.counts[counted] == 1
    letters = [output for output in folded.outputs if isinstance(output, Unusable)]
    assert [letter.reason for letter in letters] == [DeadLetterReason.TOO_LATE] * (counted is Counted.TOO_LATE)


def test_history_is_never_too_late():
    assert counts(*OPENING, tick(DAY_0), backfill(DAY_0 - 900 * DAY, 1))["events"] == 1


@pytest.mark.parametrize(
    ("ahead", "ignored"), [pytest.param(5 * SECOND, 0, id="5 s"), pytest.param(5 * SECOND + 1, 1, id="more")]
)
def test_a_tick_further_ahead_of_the_brokers_clock_is_ignored(ahead: Instant, ignored: int):
    folded = fold([at_offset(0, tick(DAY_0 + ahead), DAY_0)])
    assert folded.partition.counts[Counted.TICKS_IGNORED] == ignored
    assert folded.partition.stream_time == (0 if ignored else DAY_0 + ahead)


def test_stream_time_never_goes_back():
    assert fold(log_of(tick(DAY_0), tick(DAY_0 - HOUR))).partition.stream_time == DAY_0


def test_a_duplicate_is_counted_and_changes_nothing():
    once, twice = log_of(*OPENING, event(DAY_0, "1")), log_of(*OPENING, event(DAY_0, "1"), event(DAY_0, "1"))
    assert counts(*OPENING, event(DAY_0, "1"), event(DAY_0, "1"))["duplicates"] == 1
    assert states_of(fold(once).partition) == states_of(fold(twice).partition)


def test_rows_of_a_file_count_once_each():
    rows = [backfill(DAY_0, 1), backfill(DAY_0, 2), backfill(DAY_0, 2), backfill(DAY_0, 1), backfill(DAY_0, 3)]
    assert counts(*OPENING, *rows, backfill(DAY_0, 1, file="e" * 64)) == {"events": 4, "duplicates": 2}


def test_history_is_evaluated_once_at_the_end_of_its_import():
    log = log_of(*OPENING, backfill(DAY_0, 1), tick(DAY_0), backfill(DAY_0, 2), records.import_end(DAY_0 + HOUR))
    assert [(change.cause.kind, change.cause.offset, change.at) for change in fold(log).changes] == [
        (CauseKind.IMPORT, 5, moment_of(DAY_0 + HOUR))
    ]


def test_a_moment_in_history_waits_for_the_end_of_its_import():
    moment = backfill(DAY_0, 1, event_name="payment_failed")
    assert fold(log_of(*OPENING, moment, tick(DAY_0 + 5))).changes == []


def test_an_account_in_an_import_that_is_touched_meanwhile_is_evaluated_at_the_tick_too():
    log = log_of(
        *OPENING, backfill(DAY_0 - 9 * DAY, 1), event(DAY_0, "1"), tick(DAY_0), records.import_end(DAY_0 + 9 * DAY)
    )
    assert [change.cause.kind for change in fold(log).changes] == [CauseKind.TICK, CauseKind.IMPORT]


def test_before_a_scorecard_is_published_accounts_wait_for_it():
    log = log_of(LOG, event(DAY_0, "1"), tick(DAY_0), OPENING[1], tick(DAY_0 + 1))
    assert [change.cause.offset for change in fold(log).changes] == [4]
    assert fold(log[:3]).partition.counts[Counted.EVALUATIONS] == 0


def test_a_moment_before_a_scorecard_is_published_waits_too():
    assert fold(log_of(LOG, event(DAY_0, "1", event_name="payment_failed"))).changes == []


@pytest.mark.parametrize(
    ("versions", "in_force"),
    [
        pytest.param((1, 2), "2-00000000", id="a newer version"),
        pytest.param((2, 1), "2-00000000", id="an older one that comes again"),
        pytest.param((2, 2), "2-00000000", id="the same again"),
    ],
)
def test_the_newest_publication_is_in_force(versions: tuple[int, int], in_force: str):
    partition = fold(log_of(LOG, *map(publication, versions))).partition
    assert (partition.scorecard, partition.scorecard_version) == (in_force, 2)


def test_under_a_new_version_an_account_is_evaluated_at_its_next_phase():
    log = log_of(*OPENING, event(DAY_0, "1"), tick(DAY_0), publication(2), tick(DAY_0 + 1), tick(DAY_0 + DAY))
    changes = fold(log).changes
    assert [(change.cause.offset, change.cause.kind, change.scorecard) for change in changes] == [
        (3, CauseKind.TICK, "1-00000000"),
        (6, CauseKind.SCORECARD, "2-00000000"),
    ]


def test_silence_raises_a_score_by_ticks_alone():
    signals = {"recency": 20, "silence": 10, "life_rate": 40, "level": 15}
    log = log_of(LOG, publication(1, signals), event(DAY_0, "1"), *(tick(DAY_0 + day * DAY) for day in range(60)))
    scores = [change.score for change in fold(log).changes if change.score is not None]
    assert scores == sorted(scores)
    assert len(scores) > 10


def test_at_its_silence_deadline_an_account_is_evaluated_to_the_millisecond():
    active = [event(DAY_0 + day * DAY, str(day)) for day in range(20)]
    log = log_of(*OPENING, *active, tick(DAY_0 + 20 * DAY), tick(DAY_0 + 40 * DAY))
    changes = fold(log).changes
    assert changes[0].silence_deadline in [change.at for change in changes]


def test_an_account_that_churned_is_unknown_from_the_next_tick_on():
    log = log_of(*OPENING, event(DAY_0, "1"), records.outcome(DAY_0, OutcomeKind.CHURNED), tick(DAY_0))
    assert [(change.state, change.reason) for change in fold(log).changes] == [(State.UNKNOWN, UnknownReason.CHURNED)]


def test_an_unreadable_record_is_a_dead_letter_with_its_bytes():
    folded = fold(log_of(LOG, None))
    (letter,) = folded.outputs
    assert isinstance(letter, Unusable)
    assert (letter.record.offset, letter.record.value, letter.reason) == (
        1,
        b'{"type":"no such"}',
        DeadLetterReason.UNREADABLE,
    )


@pytest.mark.parametrize(
    ("engines", "spoken"),
    [
        pytest.param([], [3], id="the engine of the log"),
        pytest.param([ENGINE + 1], [], id="another engine speaks now"),
        pytest.param([ENGINE + 1, ENGINE], [5], id="and this one again"),
    ],
)
def test_a_core_is_silent_while_another_engine_speaks(engines: list[int], spoken: list[int]):
    said = [Engine(engine=engine) for engine in engines]
    log = log_of(*OPENING, event(DAY_0, "1"), *said, tick(DAY_0))
    assert [change.cause.offset for change in fold(log).changes] == spoken


def test_what_a_core_saw_before_it_might_speak_counts_and_is_told_of_once_it_may():
    another, this = Engine(engine=ENGINE + 1), Engine(engine=ENGINE)
    log = log_of(*OPENING, another, event(DAY_0, "1"), tick(DAY_0), this, tick(DAY_0 + 9 * DAY))
    first = fold(log).changes[0]
    assert (first.sequence, first.previous, first.cause.offset) == (1, None, len(log) - 1)
    assert first.first_event_at == moment_of(DAY_0)


def test_an_earlier_due_instant_is_visited_once_though_its_later_entry_remains():
    """The silence deadline moves when events arrive; what the heap says of it is corrected when it comes up."""
    active = [event(DAY_0 + day * DAY, str(day)) for day in range(20)]
    log = log_of(
        *OPENING,
        *active,
        tick(DAY_0 + 19 * DAY + HOUR),
        event(DAY_0 + 20 * DAY, "late"),
        tick(DAY_0 + 20 * DAY),
        *(tick(DAY_0 + (20 + day) * DAY) for day in range(1, 10)),
    )
    changes = fold(log).changes
    assert len({(change.at, change.account_id, change.score) for change in changes}) == len(changes)
    assert [change.at for change in changes] == sorted(change.at for change in changes)


def test_without_a_scorecard_nothing_is_evaluated_though_it_is_due():
    partition = Partition(0)
    account = partition.accounts["acme"]
    account.due = DAY_0
    partition._book._agenda.plan(account)
    for record in log_of(LOG, tick(DAY_0 + 1)):
        assert partition.observe(record) == []
    assert partition.counts[Counted.EVALUATIONS] == 0


def test_who_was_spared_a_look_waits_for_none_in_the_changelog_either():
    log = log_of(*OPENING, *(one for n in range(500) for one in (event(DAY_0 + n, f"{n}"), tick(DAY_0 + n))))
    partition = fold(log[:-1]).partition
    (_, waiting), looks = partition.flush().accounts[0], partition.counts[Counted.EVALUATIONS]
    partition.observe(log[-1])
    assert partition.counts[Counted.EVALUATIONS] == looks < 450
    (_, seen_to) = partition.flush().accounts[0]
    assert (head_of(waiting or b"").touched, head_of(seen_to or b"").touched) == (True, False)
