"""What must hold of every log, tried on drawn ones."""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.activity import Activity, Engine, Event, ImportEnd, Publication, Tick
from schemas.changes import Cause, CauseKind, ScoreChange
from schemas.conditions import Condition
from schemas.rules import Rule
from schemas.scorecard import Bands
from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant, instant_of
from services.scoring.core import book
from services.scoring.core.counted import Counted
from services.scoring.core.evaluate import evaluate
from services.scoring.core.inputs import Since, Watch, watched_by
from services.scoring.core.packing import pack_account, unpack_account
from services.scoring.core.partition import Gone, Recorded, Unusable
from services.scoring.core.state import new_account
from services.scoring.core.step import Because, advance, observe
from tests.services.scoring.core import records
from tests.services.scoring.core.folds import Folded, accounts_of, fold, fold_with_deaths, state_of, states_of
from tests.services.scoring.core.logs import MOMENTS, RULES, draw_log

seeds = st.integers(0, 2**32)
logs = st.builds(draw_log, seeds, st.integers(1, 80))
busy = st.builds(draw_log, seeds, st.integers(40, 160), spells=st.just(60))  # of accounts that are in use
few = settings(max_examples=30)  # of what takes long, or fails soon if at all


@given(logs)
@few
def test_the_same_log_gives_the_same_bytes(log: list[Recorded]):
    assert fold(log).sent == fold(log).sent


@given(logs, st.integers(0, 3))
@few
def test_how_many_accounts_stay_unpacked_changes_nothing(log: list[Recorded], hot: int):
    lived = fold(log)
    partition, outputs = fold([], hot).partition, []
    for record in log:
        outputs += partition.observe(record)
        if record.offset % 7 == 0:
            partition.flush()
    assert (outputs, states_of(partition)) == (lived.outputs, states_of(lived.partition))


@given(
    st.lists(
        st.tuples(
            st.sampled_from((0, 0, 0, 0, MINUTE, DAY, 30 * DAY)),  # since the one before
            st.sampled_from((0, 0, 0, DAY, -2 * DAY)),  # late, or dated ahead
            st.sampled_from(("login", "chart", "error_shown", "payment_failed", "paid", None)),  # None: a look alone
            st.sampled_from((None, "ann", "bob")),
            st.sampled_from((None, "board", "table")),
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(RULES),
)
@example([(0, DAY, "login", None, None)] * 2, RULES[0])  # late, and yet on the last day of activity
@example([(0, 0, "login", None, None), (0, 0, "payment_failed", None, None)], RULES[3])
@example([(0, -2 * DAY, "error_shown", None, None), (DAY, 0, None, None, None), (DAY, 0, None, None, None)], RULES[0])
@example([(0, 0, "login", None, None), (30 * DAY, 30 * DAY, "login", None, None)], RULES[4])  # found to be silent
@settings(max_examples=300)
def test_what_is_remembered_of_a_look_is_what_a_new_one_sees(history: Any, rule: Rule):
    """A signal or a rule that moved on something that was not taken for news would show here."""
    asked = {**records.EVERYTHING, "rules": (replace(rule, name="the rule"),)}  # one: of several, one is always met
    card = records.card(records.ALL_SIGNALS | records.MORE_SIGNALS, **asked)
    watch = Watch(Since((), ()).extended(watched_by(records.scorecard(**asked)), 0).catalogue)
    account, at = new_account("acme"), records.DAY_0 + 56 * DAY
    for day in range(56):
        observe(account, records.event(records.DAY_0 + day * DAY, str(day)), watch)
    for n, (step, late, name, user, feature) in enumerate(history):
        at += step
        if name is not None:
            observe(account, records.event(at - late, str(n), event_name=name, user_id=user, feature=feature), watch)
        forgetful = unpack_account(pack_account(account, 0))
        because = Because("log", CauseKind.TICK, 0, n, records.DAY_0)
        assert advance(account, at, card, because) == advance(forgetful, at, card, because)
        assert pack_account(account, 0) == pack_account(forgetful, 0)


@given(logs, seeds, st.integers(0, 3))
def test_deaths_between_records_and_in_flushes_change_nothing(log: list[Recorded], seed: int, hot: int):
    lived = fold(log)
    partition, sent = fold_with_deaths(log, Random(seed), hot)
    assert (set(sent), states_of(partition)) == (set(lived.sent), states_of(lived.partition))


def fold_by_every_look(log: list[Recorded]) -> Folded:
    """The log, lived through by somebody who looks at everybody who was touched."""
    with pytest.MonkeyPatch.context() as looking:
        looking.setattr(book, "has_nothing_to_tell", lambda *_: False)
        return fold(log)


@given(busy)
@settings(max_examples=200)
def test_a_look_at_who_has_nothing_to_tell_would_tell_nothing(log: list[Recorded]):
    lived, looked = fold(log), fold_by_every_look(log)
    assert (lived.sent, states_of(lived.partition)) == (looked.sent, states_of(looked.partition))


def test_some_looks_at_who_is_in_use_are_spared():
    """Or the test before would say nothing."""
    spared = 0
    for seed in range(40):
        log = draw_log(seed, 160, spells=60)
        looks = [each(log).partition.counts[Counted.EVALUATIONS] for each in (fold_by_every_look, fold)]
        spared += looks[0] - looks[1]
    assert spared > 50


@given(busy, seeds, st.integers(0, 3))
def test_deaths_while_accounts_are_in_use_change_nothing(log: list[Recorded], seed: int, hot: int):
    lived = fold(log)
    partition, sent = fold_with_deaths(log, Random(seed), hot)
    assert (set(sent), states_of(partition)) == (set(lived.sent), states_of(lived.partition))


@given(logs)
@few
def test_changes_have_ids_of_their_own_and_are_numbered_account_by_account(log: list[Recorded]):
    changes = fold(record for record in log if not isinstance(record.activity, Engine)).changes
    assert len({change.id for change in changes}) == len(changes)
    for account_id in {change.account_id for change in changes}:
        numbers = [change.sequence for change in changes if change.account_id == account_id]
        assert numbers == list(range(1, len(numbers) + 1))


@given(logs)
@few
def test_a_change_says_what_was_served_before_it(log: list[Recorded]):
    changes = fold(record for record in log if not isinstance(record.activity, Engine)).changes
    for account_id in {change.account_id for change in changes}:
        for before, after in pairwise(change for change in changes if change.account_id == account_id):
            assert after.previous is not None
            assert (after.previous.score, after.previous.state, after.previous.at) == (
                before.score,
                before.state,
                before.at,
            )


class _Remembered:
    """Which messages and rows have surely been seen: the same message within 48 h of stream time, a row before."""

    def __init__(self) -> None:
        self.stream_time = 0
        self.messages: dict[int, Instant] = {}
        self.rows: dict[str, int] = {}

    def tick(self, at: Instant) -> None:
        if not self.stream_time:  # what came before the first tick is of its time
            self.messages = dict.fromkeys(self.messages, at)
        self.stream_time = max(self.stream_time, at)

    def has_seen(self, event: Event) -> bool:
        if event.imported is not None:
            row, highest = event.imported.row, self.rows.get(event.imported.file, 0)
            self.rows[event.imported.file] = max(row, highest)
            return row <= highest
        seen = self.messages.get(event.hash)
        if seen is None or self.stream_time >= seen + 54 * HOUR:
            self.messages[event.hash] = self.stream_time
        return seen is not None and self.stream_time <= seen + 48 * HOUR


def without_duplicates(log: list[Recorded]) -> Iterator[Recorded]:
    """The log without what is surely a duplicate."""
    remembered = _Remembered()
    for record in log:
        if isinstance(record.activity, Tick) and instant_of(record.activity.at) <= record.timestamp + 5 * SECOND:
            remembered.tick(instant_of(record.activity.at))
        if not isinstance(record.activity, Event) or not remembered.has_seen(record.activity):
            yield record


@given(logs)
def test_dropping_every_duplicate_changes_nothing(log: list[Recorded]):
    lived, single = fold(log), fold(without_duplicates(log))
    assert (single.sent, states_of(single.partition)) == (lived.sent, states_of(lived.partition))


def shuffled(log: list[Recorded], random: Random) -> list[Recorded]:
    """The log with its events in another order wherever nothing is evaluated or published between them."""
    result = list(log)
    waiting: list[int] = []
    for place, record in enumerate([*log, None]):
        match record.activity if record else None:
            case Event(backfill=False, event_name=name) if name not in MOMENTS:
                waiting.append(place)
            case Tick() | ImportEnd() | Publication() | Event(backfill=False) | None:  # None: unreadable, or the end
                drawn = random.sample(waiting, len(waiting))
                for here, there in zip(waiting, drawn, strict=True):
                    came = log[there]
                    result[here] = replace(log[here], activity=came.activity, key=came.key, value=came.value)
                waiting.clear()
            case _:
                pass
    return result


@given(logs, seeds)
def test_events_between_two_ticks_may_come_in_any_order(log: list[Recorded], seed: int):
    lived, other = fold(log), fold(shuffled(log, Random(seed)))
    assert (other.changes, other.conditions) == (lived.changes, lived.conditions)
    assert states_of(other.partition) == states_of(lived.partition)


def ticked(log: list[Recorded], ends: Instant, steps: list[Instant]) -> Folded:
    """The log, a tick an hour after it, and then ticks after each of the steps up to `ends`."""
    begins = log[-1].timestamp + 3 * DAY
    times = [begins, *(at for at in accumulate(steps, initial=begins) if at < ends), ends]
    return fold([*log, *(records.at_offset(len(log) + n, records.tick(at), at) for n, at in enumerate(times))])


def without_causes(folded: Folded) -> list[ScoreChange | Condition]:
    """What came out, account by account, without what depends on the record that made it known."""
    nobody = Cause(kind=CauseKind.TICK, partition=0, offset=0)
    plain = [
        replace(output, id="", known_at=output.at, cause=nobody)
        for output in folded.outputs
        if not isinstance(output, Unusable | Gone)
    ]
    return sorted(plain, key=lambda output: output.account_id)  # stable: in order of each account


@given(logs, st.integers(1, 30), st.lists(st.integers(1, 9 * DAY), max_size=20))
@few
def test_one_tick_over_a_silence_gives_what_many_give(log: list[Recorded], days: int, steps: list[Instant]):
    """All but when it was known: the instants that changes are about do not depend on how often the clock ticks."""
    ends = log[-1].timestamp + 3 * DAY + days * DAY
    one, many = ticked(log, ends, []), ticked(log, ends, steps)
    assert states_of(one.partition) == states_of(many.partition)
    assert without_causes(one) == without_causes(many)


def history(random: Random, days: int) -> list[tuple[Instant, str, dict[str, Any]]]:
    """What three accounts did, in order of time."""
    return sorted(
        (
            (
                records.DAY_0 + random.randrange(days) * DAY + random.randrange(DAY),
                random.choice(("acme", "acme", "blue", "coda")),
                {"user_id": random.choice((None, "ann", "bob")), "feature": random.choice((None, "chart", "share"))},
            )
            for _ in range(random.randrange(1, 60))
        ),
        key=lambda one: one[0],
    )


@given(seeds, st.integers(1, 100), st.integers(0, 60))
@few
def test_backfill_then_a_tick_is_the_same_history_lived_through(seed: int, days: int, lived_from: int):
    """Also when only what came before some event is brought in, after the rest was lived through.

    All but what was served meanwhile, and the band, which hysteresis lets depend on it.
    """
    events = history(Random(seed), days)
    ends = records.DAY_0 + (days + 3) * DAY
    opening: list[Activity] = [records.LOG, records.publication(bands=Bands(watch=45, at_risk=65, hysteresis=0))]

    def live(some: list[tuple[Instant, str, dict[str, Any]]]) -> list[Activity]:
        lived: list[tuple[Instant, Activity]] = [
            (at, records.event(at, str(n), name, **said)) for n, (at, name, said) in enumerate(some)
        ]
        ticks: list[tuple[Instant, Activity]] = [
            (records.DAY_0 + day * DAY, records.tick(records.DAY_0 + day * DAY)) for day in range(days + 1)
        ]
        return [activity for _, activity in sorted([*lived, *ticks], key=lambda one: one[0])]

    imported = [records.backfill(at, n, name, **said) for n, (at, name, said) in enumerate(events[:lived_from], 1)]
    through = fold(records.log_of(*opening, *live(events), records.tick(ends)))
    brought = fold(
        records.log_of(
            *opening, *live(events[lived_from:]), *imported, records.import_end(ends - MINUTE), records.tick(ends)
        )
    )
    card = records.card(bands=Bands(watch=45, at_risk=65, hysteresis=0))
    one, other = (
        {
            account.account_id: (evaluate(account, ends, card), {**state_of(account), "served": None})
            for account in accounts_of(folded.partition)
        }
        for folded in (through, brought)
    )
    assert one == other


@given(logs)
@few
def test_no_account_depends_on_another(log: list[Recorded]):
    lived = fold(log)
    for account_id in ("acme", "dune"):
        alone = fold(record for record in log if record.key in (None, account_id.encode()))
        assert alone.changes == [change for change in lived.changes if change.account_id == account_id]
        assert alone.conditions == [one for one in lived.conditions if one.account_id == account_id]
        assert states_of(alone.partition).get(account_id) == states_of(lived.partition).get(account_id)


@given(logs)
@few
def test_every_change_knows_its_cause(log: list[Recorded]):
    kinds: dict[type, CauseKind] = {Tick: CauseKind.TICK, Event: CauseKind.EVENT, ImportEnd: CauseKind.IMPORT}
    late_too = (CauseKind.SCORECARD, CauseKind.LATE)
    for change in fold(log).changes:
        record = log[change.cause.offset]
        assert change.cause.kind in (kinds[type(record.activity)], *late_too)
        assert change.id.startswith(f"{records.LOG.log_id}:0:{record.offset}:{change.account_id}:")
        assert change.at <= change.known_at
