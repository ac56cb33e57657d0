from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from schemas.time import DAY, HOUR, SECOND, Instant, parse_iso
from services.cli.simulation.account import Happening
from services.cli.simulator.faster import live_faster
from services.cli.simulator.life import Doors, Life, born
from services.cli.simulator.memory import Memory, recall

STARTS = parse_iso("2026-11-22T02:00:00Z")
BORN = born(seed=7, accounts=40, starts=STARTS)


class Instance:
    """Doors that keep what comes through them."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.ticks: list[Instant] = []
        self.rosters: list[str] = []
        self.sent: list[Happening] = []

    def doors(self) -> Doors:
        return Doors(self.bring_in_events, self.bring_in_roster, self.send)

    async def bring_in_events(self, path: Path, tick: Instant) -> None:
        self.ticks.append(tick)
        self.files.append(path.read_text())  # noqa: ASYNC240 - a fake: nothing else runs meanwhile

    async def bring_in_roster(self, path: Path) -> None:
        self.rosters.append(path.read_text())  # noqa: ASYNC240 - (same)

    async def send(self, happenings: Sequence[Happening]) -> None:
        self.sent.extend(happenings)


def life_of(memory: Memory, folder: Path, instance: Instance, now: Callable[[], Instant]) -> Life:
    return Life(memory, folder, instance.doors(), now, report=lambda _: None)


def standing_at(instant: Instant) -> Callable[[], Instant]:
    return lambda: instant


def ticking_from(instant: Instant, step: Instant) -> Callable[[], Instant]:
    instants: Iterator[Instant] = count(instant, step)
    return lambda: next(instants)


async def test_a_new_life_brings_in_the_roster_and_three_months_then_is_up_to_date(tmp_path: Path):
    instance = Instance()
    life = life_of(BORN, tmp_path, instance, standing_at(STARTS))
    await life.begin()
    await life.catch_up()
    (events,) = instance.files
    assert (len(instance.rosters), events.count("\n") > 3_000, instance.sent) == (1, True, [])
    assert recall(tmp_path) == replace(BORN, lived_until=STARTS, reaching=None, has_roster=True)


async def test_a_life_without_history_brings_in_the_roster_alone(tmp_path: Path):
    instance = Instance()
    memory = born(seed=7, accounts=40, starts=STARTS, past=0)
    await life_of(memory, tmp_path, instance, standing_at(STARTS)).begin()
    assert (len(instance.rosters), instance.files, instance.sent) == (1, [], [])


async def test_a_second_start_within_seconds_brings_in_nothing_twice(tmp_path: Path):
    first, second = Instance(), Instance()
    await life_of(BORN, tmp_path, first, standing_at(STARTS)).begin()
    memory = recall(tmp_path)
    assert memory is not None
    again = life_of(memory, tmp_path, second, standing_at(STARTS + SECOND))
    await again.begin()
    await again.catch_up()
    assert (second.rosters, second.files) == ([], [])


async def test_after_a_pause_of_days_the_gap_is_lived_through_first(tmp_path: Path):
    instance = Instance()
    memory = replace(BORN, lived_until=STARTS, reaching=None, has_roster=True)
    life = life_of(memory, tmp_path, instance, standing_at(STARTS + 5 * DAY))
    await life.begin()
    await life.catch_up()
    (events,) = instance.files
    days = sorted({line.rpartition(",")[2][:10] for line in events.splitlines()[1:]})
    assert days == ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]
    recent = [happening.occurred_at for happening in instance.sent]
    assert STARTS + 5 * DAY - 47 * HOUR <= min(recent) <= max(recent) < STARTS + 5 * DAY


async def test_a_step_cut_short_is_begun_again_with_the_same_file(tmp_path: Path):
    first, second = Instance(), Instance()
    await life_of(BORN, tmp_path, first, standing_at(STARTS)).begin()
    killed = replace(BORN, has_roster=True)  # remembered before the file was brought in
    await life_of(killed, tmp_path, second, standing_at(STARTS + HOUR)).begin()
    assert second.files == first.files


async def test_in_the_present_events_are_sent_in_order_until_the_end(tmp_path: Path):
    instance = Instance()
    memory = replace(BORN, lived_until=STARTS, reaching=None, has_roster=True)
    life = life_of(memory, tmp_path, instance, ticking_from(STARTS, SECOND))
    await life.live(per_second=4, until=STARTS + 100 * SECOND)
    instants = [happening.occurred_at for happening in instance.sent]
    assert (instants == sorted(instants), 300 < len(instants) < 500) == (True, True)
    assert recall(tmp_path) == replace(memory, lived_until=instants[-1] + 1)


async def test_faster_than_life_each_step_is_a_file(tmp_path: Path):
    instance = Instance()
    memory = replace(BORN, lived_until=STARTS, reaching=None, has_roster=True)
    life = life_of(memory, tmp_path, instance, standing_at(STARTS + 9 * DAY))
    hurried = count(step=1_000)  # a clock that has always moved on by more than was lived
    await live_faster(life, 86_400, STARTS + 3 * DAY, lambda: float(next(hurried)))
    assert (len(instance.files), life.memory.lived_until) == (3, STARTS + 3 * DAY)


async def test_time_is_told_once_a_day_or_once_a_step_whichever_is_less(tmp_path: Path):
    instance = Instance()
    life = life_of(BORN, tmp_path, instance, standing_at(STARTS + 9 * DAY))
    await life.begin()
    hurried = count(step=1_000)
    await live_faster(life, 3_600 * 6, STARTS + 12 * HOUR, lambda: float(next(hurried)))
    assert instance.ticks == [DAY, 6 * HOUR, 6 * HOUR]
