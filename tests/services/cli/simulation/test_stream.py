from itertools import islice
from random import Random

from schemas.time import DAY, SECOND, parse_iso
from services.cli.simulation.account import Fate
from services.cli.simulation.stream import stream
from services.cli.simulation.world import draw_world

STARTS = parse_iso("2026-11-22T02:00:00Z")
WORLD = draw_world(7, Random(7), 300, STARTS)
FIRST = list(islice(stream(WORLD, STARTS, per_second=4), 4_000))


def test_the_stream_repeats_itself_for_the_same_start():
    assert list(islice(stream(WORLD, STARTS, per_second=4), 4_000)) == FIRST


def test_the_stream_moves_on_at_the_rate_that_was_asked_for():
    instants = [happening.occurred_at for happening in FIRST]
    assert instants == sorted(instants)
    assert 900 < (instants[-1] - STARTS) / SECOND < 1_100


def test_those_who_are_gone_stay_silent_and_those_who_return_are_heard():
    heard = {happening.account_id for happening in FIRST}
    fates = {fate: {one.account_id for one in WORLD.accounts if one.fate is fate} for fate in Fate}
    silent = fates[Fate.GONE_QUIET] | fates[Fate.NEVER_SEEN]
    assert (heard & silent, fates[Fate.RETURNING] <= heard) == (set(), True)


def test_who_comes_back_is_heard_at_that_very_instant():
    firsts: dict[str, int] = {}
    for happening in FIRST:
        firsts.setdefault(happening.account_id, happening.occurred_at)
    back = [one for one in WORLD.accounts if one.fate in (Fate.BRINK, Fate.RETURNING)]
    assert {one.account_id: firsts[one.account_id] for one in back} == {one.account_id: one.away_until for one in back}


def test_the_stream_ends_when_nobody_is_left():
    assert list(stream(WORLD, STARTS + 5_000 * DAY, per_second=4)) == []
