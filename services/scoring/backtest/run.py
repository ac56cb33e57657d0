"""Runs a plan over a file: once through the file, then every group of accounts, in several processes."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

from schemas.scorecard import Scorecard
from schemas.time import DAY, Instant
from services.runtime import collector
from services.scoring.backtest.buckets import Spread, spread
from services.scoring.backtest.columns import Columns
from services.scoring.backtest.look import Plan, look
from services.scoring.backtest.looks import Looked, together
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question
from services.scoring.backtest.silence import Ends, Watched, watched

WEEK = 7 * DAY
Given = TypeVar("Given")
Result = TypeVar("Result")


class Progress(NamedTuple):
    """How far a run is: events read, then groups of accounts lived through out of `groups`."""

    events: int
    lived: int
    groups: int


@contextmanager
def spread_out(path: Path, columns: Columns, step: Callable[[Progress], None]) -> Iterator[Spread]:
    """The file's events by group of accounts, in a folder that goes when this ends. Raises FileRefused."""
    with TemporaryDirectory(prefix="kizashi-backtest-") as folder:
        yield spread(path, columns, Path(folder), lambda events: step(Progress(events, 0, 0)))


def run(history: Spread, plan: Plan, step: Callable[[Progress], None], processes: int | None = None) -> Looked:
    """Look at every account of a history as the plan says; the order of accounts is always the same."""
    return together(of_each(history, look, plan, step, processes))


def of_each(
    history: Spread,
    function: Callable[[Path, Given], Result],
    given: Given,
    step: Callable[[Progress], None],
    processes: int | None = None,
) -> list[Result]:
    """What a function finds in each group of accounts, in their order.

    `processes`: as many as there are processors, unless told; one does everything in this process.
    """
    count = processes or os.cpu_count() or 1
    if count == 1:
        return [function(file, given) for file in history.files]
    found: dict[Path, Result] = {}
    with ProcessPoolExecutor(count, get_context("spawn"), collector.spare) as pool:
        asked = {pool.submit(function, file, given): file for file in history.files}
        for done in as_completed(asked):
            found[asked[done]] = done.result()
            step(Progress(history.events, len(found), len(history.files)))
    return [found[file] for file in history.files]


def weeks(history: Spread, anchor: Instant) -> tuple[Instant, ...]:
    """Instants a week apart, one of which is `anchor`, from the first event until a week past the last."""
    first = anchor - (anchor - history.first_at) // WEEK * WEEK
    return tuple(range(first, history.last_at + WEEK, WEEK))


class Followed(NamedTuple):
    """Every account under one card once a week, those weeks, and the accounts that have silence deadlines."""

    looked: Looked
    weeks: tuple[Instant, ...]
    ends: Instant
    watched: tuple[Watched, ...]


def followed(
    path: Path,
    columns: Columns,
    card: Scorecard,
    outcomes: Outcomes,
    step: Callable[[Progress], None],
) -> Followed:
    """Follow every account of a file until it leaves. Raises FileRefused."""
    with spread_out(path, columns, step) as history:
        instants = weeks(history, history.last_at // DAY * DAY + DAY)
        plan = Plan(Question((), 0), (card,), 1, instants, outcomes.left_at)
        looked = run(history, plan, step)
        ends = Ends(outcomes.left_at, outcomes.churned_at, history.last_at)
        silent = tuple(chain.from_iterable(of_each(history, watched, ends, step)))
        return Followed(looked, instants, history.last_at, silent)
