"""What is forgotten is as if it had never been, whoever dies meanwhile, and nobody else notices."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.activity import Activity, Event
from schemas.changes import ScoreChange
from schemas.codec import decode_activity, encode
from schemas.conditions import Condition
from schemas.time import DAY, HOUR, MINUTE, SECOND
from services.scoring.changelog import HEADER_KEY, Restoring, body_of
from services.scoring.core.forgotten import KEPT, Forgotten
from services.scoring.core.packing import is_blank
from services.scoring.core.partition import Counted, Gone, Partition, Recorded
from tests.services.scoring.core.folds import Folded, fold, fold_with_deaths, states_of
from tests.services.scoring.core.logs import draw_log
from tests.services.scoring.core.records import (
    DAY_0,
    LOG,
    at_offset,
    event,
    forget,
    forget_user,
    log_of,
    publication,
    tick,
    user_link,
)

OPENING: tuple[Activity, ...] = (LOG, publication(minimum_age_days=0, moments=("payment_failed",)))
seeds = st.integers(0, 2**32)
logs = st.builds(draw_log, seeds, st.integers(1, 60))


def numbered(records: list[Recorded]) -> list[Recorded]:
    return [replace(record, offset=offset) for offset, record in enumerate(records)]


def with_forgets(log: list[Recorded], random: Random) -> list[Recorded]:
    """The log, in which accounts and users are forgotten now and then."""
    result = []
    for record in log:
        result.append(record)
        if random.random() < 0.1:
            at = record.timestamp + random.choice((0, -MINUTE, DAY))
            what = forget_user(at, random.choice(("ann", "flo", "acm")))
            result.append(at_offset(0, random.choice((forget(at, "acme"), forget(at, "blue"), what)), record.timestamp))
    return numbered(result)


def known_of(partition: Partition) -> dict[str, object]:
    """The states of all accounts of which anything is known."""
    return {one: state for one, state in states_of(partition).items() if not is_blank(partition.accounts[one])}


@given(logs, seeds, st.integers(0, 3))
def test_deaths_between_records_and_in_flushes_change_nothing_when_somebody_is_forgotten(log, seed, hot):
    log = with_forgets(log, Random(seed))
    lived = fold(log)
    partition, sent = fold_with_deaths(log, Random(seed), hot)
    assert (set(sent), known_of(partition)) == (set(lived.sent), known_of(lived.partition))


def renamed(record: Recorded) -> Recorded:
    """The record, of another account where it was of acme."""
    if getattr(record.activity, "account_id", None) != "acme":
        return record
    activity = replace(record.activity, account_id="zeta")  # type: ignore[type-var]  # whatever it is, it has one
    return replace(record, activity=activity)


def about_acme(folded: Folded, offset: int) -> list[bytes]:
    told: list[ScoreChange | Condition] = [*folded.changes, *folded.conditions]
    return [encode(one) for one in told if one.account_id == "acme" and one.cause.offset > offset]


@given(logs, st.integers(0, 60))
def test_an_account_that_was_forgotten_is_one_that_is_heard_of_for_the_first_time(log: list[Recorded], place: int):
    """As if everything before had been of somebody else."""
    place = min(place, len(log) - 1)
    now = log[place].timestamp
    log = numbered([*log[: place + 1], at_offset(0, forget(now), now), *log[place + 1 :]])
    before, after = log[: place + 1], log[place + 2 :]
    late = [
        one for one in after if isinstance(one.activity, Event) and one.activity in [old.activity for old in before]
    ]
    other = fold([*map(renamed, before), log[place + 1], *(renamed(one) if one in late else one for one in after)])
    forgotten = fold(log)

    assert about_acme(forgotten, place + 1) == about_acme(other, place + 1)
    assert known_of(forgotten.partition).get("acme") == known_of(other.partition).get("acme")


def test_nothing_is_said_of_an_account_that_is_forgotten_but_that_it_is_gone():
    log = log_of(*OPENING, event(DAY_0, "1"), event(DAY_0, "2"), forget(DAY_0 + 1), tick(DAY_0 + 40 * DAY))
    folded = fold(log)

    assert folded.outputs == [Gone("acme")]
    assert folded.partition.counts[Counted.FORGETS] == 1


def test_what_is_due_for_others_is_still_visited_in_its_order():
    accounts = ("acme", "blue", "coda", "dune")
    opened = [*OPENING, *(event(DAY_0 + n, name, name) for n, name in enumerate(accounts)), tick(DAY_0 + 10)]
    ends = tick(DAY_0 + 60 * DAY)
    everybody = fold(log_of(*opened, tick(DAY_0 + 11), ends)).changes
    others = fold(log_of(*opened, forget(DAY_0 + 11), ends)).changes

    assert [one for one in others if one.account_id != "acme"] == [one for one in everybody if one.account_id != "acme"]


def flushed(partition: Partition) -> dict[bytes, bytes | None]:
    return {key: value for key, value in body_of(partition.flush()) if not key.startswith(b"\x00")}


def test_the_changelog_first_says_that_nothing_is_known_and_then_nothing():
    """Else a worker that begins before the record that forgets would take up again what came before it."""
    partition = Partition(0)
    for record in log_of(*OPENING, event(DAY_0, "1", user_id="ann"), tick(DAY_0), forget(DAY_0 + 1)):
        partition.observe(record)
    first, second, third = flushed(partition), flushed(partition), flushed(partition)

    assert b"ann" not in (first[b"acme"] or b"")
    assert (list(first), second, third, len(partition.accounts)) == ([b"acme"], {b"acme": None}, {}, 0)


def test_a_worker_that_takes_over_in_between_deletes_it_too():
    partition, restoring = Partition(0), Restoring()
    for record in log_of(*OPENING, event(DAY_0, "1"), forget(DAY_0 + 1)):
        partition.observe(record)
    flush = partition.flush()
    for key, value in [*body_of(flush), (HEADER_KEY, flush.header)]:
        restoring.take(key, value)
    successor = restoring.partition(0, 0)

    assert list(flushed(successor)) == [b"acme"]
    assert flushed(successor) == {b"acme": None}


def test_an_account_that_comes_back_before_it_was_deleted_stays():
    partition = Partition(0)
    log = log_of(*OPENING, event(DAY_0, "1"), forget(DAY_0 + 1), event(DAY_0 + 2, "2"))
    for record in log[:4]:
        partition.observe(record)
    flushed(partition)
    partition.observe(log[4])

    assert (flushed(partition)[b"acme"] or b"") > b""
    assert flushed(partition) == {}


def test_what_was_received_before_and_comes_after_is_not_taken():
    """From a spool, or a dead letter that is put back."""
    log = log_of(
        *OPENING,
        forget(DAY_0),
        forget_user(DAY_0, "ann"),
        event(DAY_0 - HOUR, "1", "acme"),
        event(DAY_0, "2", "blue", user_id="ann"),
        user_link(DAY_0 - HOUR, "ann", "coda"),
        event(DAY_0 + 1, "3", "acme", user_id="ann"),
        event(DAY_0 - HOUR, "4", "coda", user_id="bob"),
        timestamp=DAY_0 + 5 * SECOND,
    )
    folded = fold(log)

    assert sorted(known_of(folded.partition)) == ["acme", "coda"]
    assert folded.partition.accounts["coda"].users.members.keys() == {"bob"}
    assert folded.partition.counts[Counted.NOT_TAKEN] == 3


def test_a_user_who_is_forgotten_is_in_no_account_any_more_and_those_are_looked_at_again():
    opened = (event(DAY_0, "1", user_id="ann"), event(DAY_0, "2", user_id="bob"), event(DAY_0, "3", "blue"))
    log = log_of(*OPENING, *opened, event(DAY_0, "4", "coda", user_id="ann"), tick(DAY_0), forget_user(DAY_0, "ann"))
    partition = Partition(0, hot_accounts=0)
    for record in log[:-1]:
        partition.observe(record)
    partition.flush()
    partition.observe(log[-1])
    written = flushed(partition)

    assert written.keys() == {b"acme", b"coda"}
    assert not any(b"ann" in (value or b"") for value in written.values())
    assert partition.accounts["acme"].users.members.keys() == {"bob"}
    assert partition.accounts["acme"].touched


def test_whom_nobody_knows_can_be_forgotten():
    assert fold(log_of(*OPENING, forget(DAY_0), forget_user(DAY_0, "ann"), tick(DAY_0))).outputs == [Gone("acme")]


def test_who_was_forgotten_is_remembered_for_as_long_as_dead_letters_can_come_back():
    forgotten = Forgotten()
    forgotten.account("acme", DAY_0)
    forgotten.user("ann", DAY_0 + 1)
    again = Forgotten(forgotten.packed())
    again.advance(DAY_0 + KEPT)
    kept = again.packed()
    again.advance(DAY_0 + KEPT + 1)
    later = again.packed()
    again.advance(DAY_0 + KEPT + 2)

    assert (len(kept), len(later), again.packed()) == (2, 1, {})
    assert not again.covers(event(DAY_0, "1"))


def test_a_forget_is_read_as_it_was_written():
    assert decode_activity(encode(forget(DAY_0))) == forget(DAY_0)
