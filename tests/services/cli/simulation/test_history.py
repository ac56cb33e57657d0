from random import Random

from schemas.time import DAY, HOUR, parse_iso
from services.cli.simulation.account import Fate
from services.cli.simulation.history import history
from services.cli.simulation.world import draw_world

STARTS = parse_iso("2026-11-22T02:00:00Z")
WORLD = draw_world(7, Random(7), 60, STARTS)


def test_an_interval_cut_in_two_is_lived_through_as_one():
    opens, cut = STARTS - 5 * DAY, STARTS - 2 * DAY + 7 * HOUR
    assert history(WORLD, opens, cut) + history(WORLD, cut, STARTS) == history(WORLD, opens, STARTS)


def test_history_is_in_order_and_inside_its_interval():
    instants = [happening.occurred_at for happening in history(WORLD, STARTS - 5 * DAY, STARTS)]
    assert instants == sorted(instants)
    assert STARTS - 5 * DAY <= instants[0] <= instants[-1] < STARTS


def test_an_empty_interval_is_an_empty_history():
    assert history(WORLD, STARTS, STARTS) == []


def test_accounts_that_are_gone_are_silent():
    gone = {account.account_id for account in WORLD.accounts if account.fate in (Fate.GONE_QUIET, Fate.NEVER_SEEN)}
    later = {happening.account_id for happening in history(WORLD, STARTS, STARTS + 3 * DAY)}
    assert (gone & later, len(later) > 30) == (set(), True)


def test_history_does_not_depend_on_who_else_is_in_the_world():
    alone = history(type(WORLD)(WORLD.seed, WORLD.starts, WORLD.accounts[:1], WORLD.density), STARTS - 9 * DAY, STARTS)
    first = WORLD.accounts[0].account_id
    together = history(WORLD, STARTS - 9 * DAY, STARTS)
    assert alone == [happening for happening in together if happening.account_id == first]
