from collections.abc import Sequence

from schemas.time import DAY, HOUR, Instant
from services.cli.simulation.account import Happening
from services.cli.simulation.brink import end_at

WANTED = 20_000 * DAY + 90_000


def happenings(*instants: Instant) -> list[Happening]:
    return [Happening(instant, "cobalt-freight", "cobalt-freight/1", "board_viewed", "boards") for instant in instants]


def three_days_after(instants: Sequence[Instant]) -> Instant | None:
    return instants[-1] + 3 * DAY if len(instants) > 2 else None


def by_days_of_use(instants: Sequence[Instant]) -> Instant | None:
    return instants[-1] + len({instant // DAY for instant in instants}) * DAY


def daily(count: int) -> list[Happening]:
    return happenings(*(WANTED - (count - n) * DAY + 5 * HOUR for n in range(count)))


def test_the_longest_beginning_is_kept_and_moved_so_that_its_silence_is_news_as_wanted():
    #            -4d+5h  -3d+5h  -2d+5h  -1d+5h          wanted
    # daily(5)  …  |       x       x       x                |     the last two would be news too late
    placed = end_at(daily(8), WANTED, three_days_after)
    assert [one.occurred_at for one in placed] == [WANTED - days * DAY for days in (7, 6, 5, 4, 3)]


def test_a_deadline_that_depends_on_days_is_met_all_the_same():
    placed = end_at(daily(8), WANTED, by_days_of_use)
    assert by_days_of_use([one.occurred_at for one in placed]) == WANTED


def test_an_account_whose_silence_is_never_news_is_not_placed():
    assert end_at(daily(8), WANTED, lambda _: None) == []


def test_an_account_whose_deadline_flees_is_not_placed():
    fleeing = iter(range(1_000))
    assert end_at(daily(2), WANTED, lambda _: next(fleeing)) == []
