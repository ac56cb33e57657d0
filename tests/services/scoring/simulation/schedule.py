"""What may happen to workers while events arrive, as data: a schedule that fails can be shrunk and printed."""

import asyncio
from dataclasses import dataclass, field
from random import Random

from hypothesis import strategies as st

from schemas.activity import Activity
from schemas.codec import decode_score_change, encode
from schemas.time import DAY, HOUR, MINUTE
from schemas.topics import ACTIVITY, DEAD_LETTERS, SCORE_CHANGES
from services.scoring.changelog import HEADER_KEY, Restoring
from services.scoring.core.header import header_of
from services.scoring.core.partition import Partition, Recorded, Unusable
from services.scoring.record import recorded
from tests.services.scoring.core.folds import Folded, states_of
from tests.services.scoring.core.records import DAY_0, LOG, event, publication
from tests.services.scoring.simulation.broker import CHANGELOG, Broker, Client, Stored
from tests.services.scoring.simulation.process import Clock, Process

PARTITIONS = 2
PROCESSES = 3
CALM_SECONDS = 13.0  # more than a session and the patience with a hole
HEARTBEAT_SECONDS = 0.004  # of the sim: what is held back is delivered within 0.003
SETTLE_SECONDS = 2.5  # more than a flush
slots = st.integers(0, PROCESSES - 1)
numbers = st.integers(0, PARTITIONS - 1)


@dataclass(frozen=True)
class Arrive:
    """Events arrive, some of them sent before, some late, some unreadable."""

    seed: int
    count: int


@dataclass(frozen=True)
class Pass:
    """Time passes."""

    seconds: float


@dataclass(frozen=True)
class Sleep:
    """Everybody's clock moves on, for less than a second of theirs."""

    hours: int


@dataclass(frozen=True)
class Kill:
    """SIGKILL, whatever the process is doing. Another is started, and owns nothing yet."""

    slot: int


@dataclass(frozen=True)
class CutOff:
    """Nothing of the process arrives any more, nor reaches it: frozen, or behind a broken network."""

    slot: int


@dataclass(frozen=True)
class Reconnect:
    """What was held back arrives; if the process was replaced meanwhile, it hears of that a little later."""

    slot: int


@dataclass(frozen=True)
class Assign:
    """A rebalance among those who are heard: for each partition whose it is, as the remainder by their number."""

    owners: tuple[int, ...]


@dataclass(frozen=True)
class Refuse:
    """The broker answers the next write of a process with an error."""

    slot: int


@dataclass(frozen=True)
class Misread:
    """The next record that a process reads of a partition is another than the next."""

    slot: int
    number: int
    by: int


@dataclass(frozen=True)
class Compact:
    """The changelog of a partition is compacted."""

    number: int


Step = Arrive | Pass | Sleep | Kill | CutOff | Reconnect | Assign | Refuse | Misread | Compact

events = st.builds(Arrive, st.integers(0, 999), st.integers(1, 12))
passing = st.builds(Pass, st.sampled_from([0.002, 0.005, 0.3, 2.0, 3.0, 11.0]))
rebalances = st.builds(Assign, st.tuples(*[slots] * PARTITIONS))
steps = st.one_of(
    events,
    passing,
    rebalances,
    st.builds(Sleep, st.integers(1, 40)),
    st.builds(Kill, slots),
    st.builds(CutOff, slots),
    st.builds(Reconnect, slots),
    st.builds(Refuse, slots),
    st.builds(Misread, slots, numbers, st.integers(-9, 5)),
    st.builds(Compact, numbers),
)


@st.composite
def replacements(draw: st.DrawFn) -> list[Step]:
    """Somebody is cut off, replaced, and heard again: alone, these steps would seldom meet."""
    slot = draw(slots)
    before: list[Step] = [draw(events), draw(passing), CutOff(slot)]
    return [*before, draw(rebalances), draw(events), draw(passing), Reconnect(slot), draw(events), draw(passing)]


schedules: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(st.lists(steps, min_size=1, max_size=4), replacements()), min_size=1, max_size=7
).map(lambda episodes: [step for episode in episodes for step in episode])


class Broken(AssertionError):
    """The system gave something else than the log gives."""


@dataclass
class World:
    """A broker and its processes."""

    broker: Broker
    chance: Random
    clock: Clock
    client: type[Client]
    processes: list[Process] = field(default_factory=list)
    members: list[Process] = field(default_factory=list)

    def start(self) -> Process:
        """A new process."""
        return Process(self.broker, self.chance, self.clock, self.client)

    async def take(self, step: Step) -> None:
        """Let it happen."""
        match step:
            case Arrive(seed, count):
                self._arrive(Random(seed), count)
            case Pass(seconds):
                await asyncio.sleep(seconds)
            case Sleep(hours):
                self.clock.ahead += hours * HOUR
            case Assign(owners):
                await self.assign(owners)
            case Compact(number):
                self.broker.compact(number)
            case Kill(slot):
                self.processes[slot].kill()
                self.processes[slot] = self.start()
            case _:
                await self._disturb(self.processes[step.slot], step)

    async def _disturb(self, process: Process, step: CutOff | Reconnect | Refuse | Misread) -> None:
        match step:
            case CutOff():
                process.network.flows.clear()
            case Reconnect():
                process.network.flows.set()
                await asyncio.sleep(HEARTBEAT_SECONDS)
                if process not in self.members and process.is_alive:
                    await process.lose()
            case Refuse():
                process.network.refusals = 1
            case Misread():
                process.misread(step.number, step.by)

    async def assign(self, owners: tuple[int, ...]) -> None:
        """A rebalance. Who ended itself is started anew; who is not heard is not told."""
        self.processes = [one if one.is_alive else self.start() for one in self.processes]
        self.members = heard = [one for one in self.processes if not one.is_cut_off]
        await asyncio.gather(*(one.lose() for one in heard))
        heard = [one for one in heard if one.is_alive and not one.is_cut_off]
        for place, one in enumerate(heard):
            theirs = {number for number, owner in enumerate(owners) if owner % len(heard) == place}
            await self._own(one, theirs)

    async def _own(self, process: Process, theirs: set[int]) -> None:
        try:
            await process.own(theirs)
        except Exception:
            if process.is_alive:
                raise

    def _arrive(self, chance: Random, count: int) -> None:
        for _ in range(count):
            number = chance.randrange(PARTITIONS)
            value = b"?" if chance.random() < 0.03 else encode(self._activity(chance, number))
            self.broker.append(ACTIVITY.name, number, [(b"key", value)])

    def _activity(self, chance: Random, number: int) -> Activity:
        at = DAY_0 + chance.randrange(3 * 24) * HOUR - chance.choice([0, 0, MINUTE, DAY, 3 * DAY])
        return event(at, f"{number}-{chance.randrange(40)}", f"a{number}-{chance.randrange(4)}")

    def check_committed(self) -> None:
        """What was committed is in the changelog."""
        for process in self.processes:
            for number, offset in process.committed.items():
                if offset > cut_of(self.broker.logs[CHANGELOG, number]) + 1:
                    msg = f"partition {number}: {offset} was committed, and is not in the changelog"
                    raise Broken(msg)


def cut_of(changelog: list[Stored]) -> int:
    """The newest cut."""
    return max((header_of(record.value or b"").cut for record in changelog if record.key == HEADER_KEY), default=-1)


async def live(schedule: list[Step], client: type[Client] = Client, *, fences: bool = True) -> None:
    """Live through a schedule, come to rest, and compare. Raises Broken."""
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # of processes that are dead
    clock = Clock(DAY_0)
    broker = Broker(clock, fences=fences)
    for number in range(PARTITIONS):
        for record in (LOG, publication(minimum_age_days=0)):
            broker.append(ACTIVITY.name, number, [(None, encode(record))])
    world = World(broker, Random(len(schedule)), clock, client)
    world.processes = [world.start() for _ in range(PROCESSES)]
    await world.assign((0, 1))
    for step in schedule:
        await world.take(step)
        world.check_committed()
    await rest(world)
    for number in range(PARTITIONS):
        compare(broker, number)


async def rest(world: World) -> None:
    """Everybody is heard again, one owns everything, reads to the end, and is released."""
    for one in world.processes:
        one.network.flows.set()
        one.network.refusals = 0
    await asyncio.sleep(CALM_SECONDS)
    await world.assign((0,) * PARTITIONS)
    await asyncio.sleep(SETTLE_SECONDS)
    await world.assign((1,) * PARTITIONS)  # who reads it all from the changelog
    await asyncio.sleep(SETTLE_SECONDS)
    world.check_committed()
    for one in world.processes:
        if one.is_alive:
            await one.lose()
        one.kill()


def compare(broker: Broker, number: int) -> None:
    """What was stored, and what the log gives. Raises Broken."""
    log = [recorded(record) for record in broker.logs[ACTIVITY.name, number]]
    folded = fold_of(number, log)
    stored = {record.value for record in broker.logs[SCORE_CHANGES.name, number]}
    expected = {encode(change) for change in folded.changes}
    if stored != expected:
        differing = sorted(decode_score_change(value or b"").id for value in stored ^ expected)
        msg = f"partition {number}: changes are not those of the log: {differing[:5]} …"
        raise Broken(msg)
    letters = {record.key for record in broker.logs[DEAD_LETTERS.name, 0]}
    for output in folded.outputs:
        if isinstance(output, Unusable) and f"{ACTIVITY.name}/{number}/{output.record.offset}".encode() not in letters:
            msg = f"partition {number}: no dead letter of {output.record.offset}"
            raise Broken(msg)
    restored = successor(broker, number)
    for record in log[restored.position + 1 :]:
        restored.observe(record)
    if states_of(restored) != states_of(folded.partition):
        msg = f"partition {number}: the changelog's state is not the log's"
        raise Broken(msg)
    if restored.remembered != folded.partition.remembered:
        msg = f"partition {number}: {restored.remembered} hashes of {folded.partition.remembered}"
        raise Broken(msg)


def successor(broker: Broker, number: int) -> Partition:
    """The partition as it is found in a changelog that has been compacted. Raises Broken."""
    restoring = Restoring()
    for key, value in {record.key: record.value for record in broker.logs[CHANGELOG, number]}.items():
        restoring.take(key or b"", value)
    try:
        return restoring.partition(number, hot_accounts=3)
    except ValueError as lacking:
        msg = f"partition {number}: {lacking}"
        raise Broken(msg) from lacking


def fold_of(number: int, log: list[Recorded]) -> Folded:
    """The partition, lived through without a stop."""
    partition = Partition(number)
    return Folded(partition, [output for record in log for output in partition.observe(record)])
