from random import Random

import pytest

from schemas.time import DAY, MINUTE, parse_iso
from services.cli.simulation.account import Account, Fate
from services.cli.simulation.history import history
from services.cli.simulation.presence import is_there, level
from services.cli.simulation.world import World, draw_world

STARTS = parse_iso("2026-11-22T02:00:00Z")
TODAY = STARTS // DAY


def world_of(seed: int = 7, accounts: int = 300) -> World:
    return draw_world(seed, Random(seed), accounts, STARTS)


def one_of(fate: Fate) -> Account:
    return next(account for account in world_of().accounts if account.fate is fate)


def test_the_same_seed_draws_the_same_world():
    assert world_of(seed=7) == world_of(seed=7)


def test_another_seed_draws_another_world():
    assert world_of(seed=7) != world_of(seed=8)


def test_a_book_of_three_hundred_has_every_fate_and_one_account_on_the_brink():
    fates = [account.fate for account in world_of().accounts]
    assert (set(fates), fates.count(Fate.BRINK)) == (set(Fate), 1)


def test_names_are_each_used_once_even_when_words_run_out():
    accounts = world_of(accounts=1_000).accounts
    assert len({account.account_id for account in accounts}) == 1_000


def test_an_empty_world_has_no_history():
    assert history(world_of(accounts=0), STARTS - 91 * DAY, STARTS) == []


@pytest.mark.parametrize(("seed", "accounts"), [(1, 300), (2, 300), (3, 300), (4, 1_500)])
def test_three_months_are_at_most_a_hundred_thousand_events(seed: int, accounts: int):
    assert 30_000 < len(history(world_of(seed, accounts), STARTS - 91 * DAY, STARTS)) <= 100_000


def test_an_account_that_fades_loses_everything_by_the_end_of_its_decline():
    fading = one_of(Fate.FADING)
    ends = fading.fades_from + fading.fades_over_days
    assert (level(fading, fading.fades_from), level(fading, ends), level(fading, ends + 100)) == (1, 0, 0)


def test_an_account_that_grows_uses_more_today_than_two_months_ago():
    growing = one_of(Fate.GROWING)
    assert level(growing, TODAY) > level(growing, TODAY - 60) > 0


def test_an_account_never_seen_does_nothing():
    unseen = one_of(Fate.NEVER_SEEN)
    assert (level(unseen, TODAY), is_there(unseen, STARTS)) == (0, False)


def test_an_account_that_returns_is_back_within_minutes_of_the_start():
    returning = one_of(Fate.RETURNING)
    assert [is_there(returning, at) for at in (STARTS - 60 * DAY, STARTS, STARTS + 8 * MINUTE)] == [True, False, True]
