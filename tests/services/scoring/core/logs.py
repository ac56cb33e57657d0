"""Draws whole partitions of the log: everything that may be in one, in every order that may happen.

A log is drawn from a seed, and a shorter log of the same seed is a beginning of the longer one, so that Hypothesis
shrinks a failure to the record that causes it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from msgspec.structs import replace

from schemas.activity import Activity, Authority, Engine, Event, OutcomeKind, Publication, Verdict
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
from schemas.scorecard import Bands, Inputs
from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant
from services.scoring.core import ENGINE
from services.scoring.core.partition import Recorded
from tests.services.scoring.core import records

MOMENTS = ("payment_failed", "cancel_page_viewed")
NAMED = ("ticket_opened", "ticket_closed", "thumbs_down", "thumbs_up", "paid", "error_shown")
STEPS = (200, 5 * SECOND, 10 * MINUTE, 3 * HOUR, 9 * HOUR, DAY, 3 * DAY, 20 * DAY)
LATE = (0, 0, 0, MINUTE, 5 * HOUR, 30 * HOUR, 47 * HOUR, 49 * HOUR, 70 * HOUR)
RULES: tuple[Rule, ...] = (
    LevelRule(name="", threshold=50, clear=45, critical_from=80),
    DropRule(name="", points=10, within_days=7),
    BandRule(name="", enters=RuleBand.WATCH),
    MomentRule(name="", events=MOMENTS, within_days=2, ended_by=("export",)),
    SilenceRule(name=""),
    ValuePointRule(name=""),
    ChampionRule(name="", days=7),
    RenewalRule(name="", within_days=40),
    ContactRule(name="", days=14),
)
NAMES = tuple("abcdefghi")


@dataclass
class _World:
    """What the records so far amount to."""

    random: Random
    accounts: tuple[str, ...]
    now: Instant = records.DAY_0
    events: list[Event] = field(default_factory=list)
    messages: int = 0
    rows: dict[str, list[Event]] = field(default_factory=lambda: {"a" * 64: [], "b" * 64: []})
    versions: list[Publication] = field(default_factory=list)
    busy: str = ""  # the account that is in use,
    spell: int = 0  # for so many records more

    def account(self) -> str:
        return self.random.choice(self.accounts)


def _event(world: _World) -> Activity:
    random = world.random
    world.messages += 1
    drawn = records.event(
        world.now - random.choice(LATE) - random.randrange(1_000),
        f"m{world.messages}",
        world.account(),
        received=world.now,
        event_name=random.choice(("login", "export", "login", "invite", random.choice(MOMENTS), random.choice(NAMED))),
        user_id=random.choice((None, "ann", "bob", "cid", "dee")),
        feature=random.choice((None, None, "export", "chart", "share")),
    )
    world.events.append(drawn)
    return drawn


def _spell(world: _World) -> Activity:
    """An account begins to be used for a while."""
    world.busy, world.spell = world.account(), world.random.randrange(60)
    return _use(world)


def _use(world: _World) -> Activity:
    """One more event of an account that is in use, as a rule much like the one before."""
    random = world.random
    world.messages += 1
    user, feature = random.choice(
        (("ann", "board"), ("ann", "board"), ("ann", "table"), ("bob", "board"), (None, None))
    )
    message = f"m{world.messages}"
    return records.event(world.now, message, world.busy, event_name="opened", user_id=user, feature=feature)


def _clock(world: _World) -> Activity:
    """The clock, as it should be."""
    return records.tick(world.now)


def _again(world: _World) -> Activity:
    """A duplicate, of something recent more often than not."""
    if not world.events:
        return _event(world)
    return world.random.choice(world.events[-5:] if world.random.random() < 0.8 else world.events)


def _imported(world: _World) -> Activity:
    """A row of a file, sometimes one that was imported before."""
    random = world.random
    rows = world.rows[random.choice(sorted(world.rows))]
    if rows and random.random() < 0.2:
        return random.choice(rows)
    at = world.now - random.randrange(400) * DAY - random.randrange(DAY)
    row = rows[-1].imported.row if rows and rows[-1].imported else 0
    file = next(file for file, these in world.rows.items() if these is rows)
    user = random.choice((None, "ann", "eve"))
    rows.append(records.backfill(at, row + random.choice((1, 1, 2)), world.account(), file, user_id=user))
    return rows[-1]


def _import_end(world: _World) -> Activity:
    return records.import_end(world.now, world.random.choice(("a" * 64, "b" * 64)))


def _tick(world: _World) -> Activity:
    """The clock, sometimes a bad one, sometimes one that goes back."""
    wrong = world.random.choice((0, 0, 0, 0, 0, 0, 3 * SECOND, 2 * DAY, -HOUR, -3 * DAY))
    return records.tick(world.now + wrong)


def _facts(world: _World) -> Activity:
    random = world.random
    said = {
        "name": random.choice(("Acme", "Acme KK", None)),
        "seats": random.choice((2, 50, None)),
        "renewal_on": random.choice((date(2026, 4, 1), date(2027, 4, 1), None)),
        "owner": random.choice(("kato", "sato")),
    }
    names = random.sample(sorted(said), random.randrange(1, 4))
    authority = random.choice((Authority.INGEST, Authority.OPERATE))
    at = world.now - random.choice((0, 0, DAY))
    return records.facts(at, world.account(), authority, **{name: said[name] for name in names})


def _link(world: _World) -> Activity:
    return records.user_link(world.now, world.random.choice(("ann", "flo", "gus")), world.account())


def _judgement(world: _World) -> Activity:
    random = world.random
    at = world.now - random.choice((0, DAY, 40 * DAY, -MINUTE))
    chance = random.random()
    if chance < 0.3:
        return records.contact(at, world.account())
    if chance < 0.5:
        until = world.now + random.choice((-DAY, HOUR, 3 * DAY))
        return records.override(at, random.choice(("healthy", "watch", "at_risk")), until, world.account())
    if chance < 0.6:
        return records.mute(at, world.now + random.choice((-DAY, HOUR, 3 * DAY)), world.account())
    kind = world.random.choice((OutcomeKind.CHURNED, OutcomeKind.RENEWED, OutcomeKind.RENEWED))
    return records.outcome(at, kind, world.account())


def _publication(world: _World) -> Activity:
    """A version of the scorecard: the next one, or one that was published before."""
    random = world.random
    if world.versions and random.random() < 0.5:
        return random.choice(world.versions)
    signals = sorted(records.ALL_SIGNALS | records.MORE_SIGNALS)
    names = random.sample(signals, random.randrange(1, len(signals) + 1))
    version = records.publication(
        len(world.versions) + 1,
        {name: random.randrange(1, 50) for name in names},
        bands=Bands(watch=random.randrange(20, 50), at_risk=random.randrange(50, 80), hysteresis=random.randrange(5)),
        minimum_age_days=random.choice((0, 7)),
        moments=MOMENTS,
        rules=_rules(random),
        inputs=random.choice((records.MEANINGS, replace(records.MEANINGS, friction=("login",)), Inputs())),
        value_points=records.POINTS[: random.randrange(3)],
        winning_pattern=random.choice((records.PATTERN, None)),
    )
    world.versions.append(version)
    return version


def _telemetry(world: _World) -> Activity:
    status = world.random.choice((Verdict.OPENED, Verdict.CLOSED, Verdict.CLOSED))
    source = world.random.choice((None, "app", "import", "other"))
    return records.telemetry(world.now, status, source, world.now - world.random.choice((0, HOUR, 3 * DAY)))


def _rules(random: Random) -> tuple[Rule, ...]:
    """Some rules, of names that other versions have for rules of other kinds."""
    return tuple(
        replace(rule, name=name, dwell=random.choice(("0m", "0m", "30m", "7h", "2d")))
        for rule, name in zip(
            random.sample(RULES, random.randrange(len(RULES))), random.sample(NAMES, len(NAMES)), strict=False
        )
    )


def _engine(world: _World) -> Activity:
    return Engine(engine=world.random.choice((1, 1, ENGINE)))


def _unreadable(_: _World) -> None:
    return None


_DRAWN: dict[Callable[[_World], Activity | None], int] = {
    _event: 40,
    _spell: 3,
    _again: 8,
    _imported: 8,
    _import_end: 2,
    _tick: 25,
    _facts: 5,
    _link: 3,
    _judgement: 3,
    _publication: 2,
    _telemetry: 1,
    _engine: 1,
    _unreadable: 1,
}


def draw_log(
    seed: int, length: int, accounts: tuple[str, ...] = ("acme", "blue", "coda", "dune"), spells: int = 3
) -> list[Recorded]:
    """A partition of the log that begins with its id and, as a rule, a scorecard. `spells`: how many are drawn of all.

    Of all other kinds of records together 99 are.
    """
    random, drawn = Random(seed), {**_DRAWN, _spell: spells}
    world = _World(random, accounts)
    log = [records.at_offset(0, records.LOG, world.now)]
    if random.random() < 0.9:
        log.append(records.at_offset(1, _publication(world), world.now))
    pace = random.choice((3, 5, len(STEPS)))  # of a log's time: the slow ones stay within the memory of messages
    for _ in range(length):
        is_busy = world.spell > 0
        world.spell -= is_busy
        world.now += random.randrange(1, STEPS[1] if is_busy else random.choice(STEPS[:pace]))
        (draw,) = random.choices(list(drawn), list(drawn.values()))
        if is_busy and random.random() < 0.95:
            draw = random.choice((_use, _clock))
        log.append(records.at_offset(len(log), draw(world), world.now))
    return log
