"""Rows put in order of time."""

from hypothesis import given
from hypothesis import strategies as some

from services.ingest.core.history import Place
from services.ingest.core.verdict import Happening
from services.ingest.history.timeline import Timeline

happenings = some.builds(
    Happening,
    account_id=some.sampled_from(["a", "b"]),
    event_name=some.sampled_from(["login", "export"]),
    occurred_at=some.integers(0, 9),
    user_id=some.none() | some.just("u"),
    feature=some.none() | some.just("login"),
    message_id=some.none(),
    adjusted=some.none(),
)


def kept(rows: list[Happening]) -> Timeline:
    timeline = Timeline()
    for number, happening in enumerate(rows, start=1):
        timeline.add(number, happening)
    return timeline


@given(some.lists(happenings))
def test_rows_come_back_by_time_and_then_in_the_order_of_the_file(rows):
    found = list(kept(rows).in_order("f"))

    assert [happening for _, happening in found] == sorted(rows, key=lambda happening: happening.occurred_at)
    assert [rows[place.row - 1] for place, _ in found] == [happening for _, happening in found]


@given(some.lists(happenings))
def test_ranks_ascend(rows):
    ranks = [place.rank for place, _ in kept(rows).in_order("f")]

    assert ranks == sorted(set(ranks))


def test_in_a_file_in_order_of_time_the_rank_is_the_row():
    timeline = Timeline()
    for row, at in ((1, 5), (4, 5), (7, 9)):  # rows between were refused
        timeline.add(row, Happening("a", "login", at, None, None, None))

    assert [place for place, _ in timeline.in_order("f")] == [Place("f", 1, 1), Place("f", 4, 4), Place("f", 7, 7)]
