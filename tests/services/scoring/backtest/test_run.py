"""What is looked at, from a file to columns."""

import numpy as np
import pytest

from schemas.time import DAY
from services.scoring.backtest.look import Plan
from services.scoring.backtest.looks import BANDS
from services.scoring.backtest.run import run, spread_out, weeks
from tests.services.scoring.backtest.histories import CARD, EVENTS, WEEKLY, book, day, noons, write_csv


def untold(_):
    """Nobody looks on."""


def looked(path, churned_at, processes=1, question=WEEKLY):
    with spread_out(path, EVENTS, untold) as history:
        plan = Plan(question, (CARD,), 1, weeks(history, question.dates[-1]), churned_at)
        return run(history, plan, untold, processes)


def asked_of(found):
    """What each account was seen as at each date."""
    rows = zip(found.asked.account, found.asked.date, found.asked.score[:, 0], found.asked.churns, strict=True)
    return {(found.accounts[account], int(date)): (int(score), bool(churns)) for account, date, score, churns in rows}


def test_the_question_is_asked_of_the_accounts_it_is_meant_for(tmp_path):
    path, outcomes = book(tmp_path)
    found = asked_of(looked(path, outcomes.churned_at))
    assert sum(date == 0 for _, date in found) == 40  # on day 60 all were there within four weeks
    assert sum(date == 1 for _, date in found) == 29  # by day 90 eleven have churned
    assert sum(churns for _, churns in found.values()) == 11 + 11


def test_nothing_after_a_date_changes_what_was_seen_at_it(tmp_path):
    """A leak is planted: the future of half of the accounts is another one."""
    path, outcomes = book(tmp_path)
    before = asked_of(looked(path, outcomes.churned_at))
    with path.open("a") as file:
        for number in range(2, 20):
            file.writelines(f"busy{number},u2,left,exit,2026-03-20T{hour:02}:00:00Z\n" for hour in range(24))
    after = asked_of(looked(path, outcomes.churned_at))
    first = {key: seen for key, seen in before.items() if key[1] == 0}
    assert {key: after[key] for key in first} == first
    assert after != before  # at the second date it is the past


def test_processes_and_the_order_of_rows_change_nothing(tmp_path):
    path, outcomes = book(tmp_path)
    alone = looked(path, outcomes.churned_at)
    heading, *rows = path.read_text().splitlines()
    path.write_text("\n".join([heading, *np.random.default_rng(1).permutation(rows)]))
    shared = looked(path, outcomes.churned_at, processes=2)
    assert asked_of(shared) == asked_of(alone)
    assert sorted(shared.accounts) == sorted(alone.accounts)


def test_an_account_is_followed_every_week_until_its_churn(tmp_path):
    path = write_csv(tmp_path / "e.csv", {"gone": noons(range(0, 40, 7)), "here": noons(range(0, 100, 7))})
    found = looked(path, {"gone": day(50)})
    with spread_out(path, EVENTS, untold) as history:
        instants = weeks(history, WEEKLY.dates[-1])
    number = found.accounts.index("gone")
    of_gone = [instants[week] for week in found.weekly.week[found.weekly.account == number]]
    assert of_gone == [day(n) for n in (6, 13, 20, 27, 34, 41, 48)]
    assert {BANDS[band] for band in found.weekly.band[:, 0].tolist()} == {"unknown", "watch", "at_risk"}


def test_weeks_hold_the_anchor_and_reach_past_the_last_event(tmp_path):
    with spread_out(write_csv(tmp_path / "e.csv", {"a": noons([0, 30])}), EVENTS, untold) as history:
        found = weeks(history, day(20))
    assert found == tuple(day(n) for n in (6, 13, 20, 27, 34))


def test_baselines_are_the_silence_and_the_events_of_four_weeks(tmp_path):
    path = write_csv(tmp_path / "e.csv", {"acme": noons([0, 31, 32, 59])})
    found = looked(path, {})
    assert (found.asked.silence[0], found.asked.events[0]) == (DAY // 2, 2)


@pytest.mark.parametrize("processes", [1, 2])
def test_what_goes_wrong_in_a_process_is_told(tmp_path, processes):
    path, outcomes = book(tmp_path)
    with spread_out(path, EVENTS, untold) as history:
        plan = Plan(WEEKLY, (CARD,), 1, weeks(history, WEEKLY.dates[-1]), outcomes.churned_at)
        history.files[3].unlink()
        with pytest.raises(FileNotFoundError):
            run(history, plan, untold, processes)
