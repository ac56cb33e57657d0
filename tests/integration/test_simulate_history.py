from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.changes import ScoreChange
from schemas.time import MINUTE, SECOND, instant_of
from services.cli.simulation.account import Fate, Happening
from services.cli.simulator.importer import Importer
from services.cli.simulator.life import Doors, Life, born
from services.runtime.clock import now
from services.runtime.kafka import consumer
from services.runtime.log import LogIdentity
from services.runtime.settings import Clock, DatabaseSettings, KafkaSettings
from services.runtime.shipped import shipped
from services.scoring.publication import publish_first
from services.scoring.replay import log_ends, told_by
from services.scoring.scorecard_file import read_scorecard

STARTS = now() - 5 * MINUTE
BORN = born(seed=7, accounts=30, starts=STARTS)


async def nothing_to_send(happenings: Sequence[Happening]) -> None:
    pytest.fail(f"{len(happenings)} events were sent live")


async def brought_in(kafka: KafkaSettings, folder: Path) -> tuple[Life, int]:
    """A new life's history in the log, and how many rows that wrote."""
    importer = Importer(kafka, Clock.LIVE, lambda _: None)
    life = Life(BORN, folder, Doors(importer.events, importer.roster, nothing_to_send), now, lambda _: None)
    await life.begin()
    return life, importer.written


async def newest_changes(kafka: KafkaSettings, partitions: int) -> dict[str, ScoreChange]:
    """What the core says of every account of the log."""
    async with consumer(kafka, "tests") as client:
        ends = await log_ends(client, partitions)
        told = [one async for one in told_by(client, ends)]
    return {change.account_id: change for change in told if isinstance(change, ScoreChange)}


async def test_history_is_scored_and_one_silence_is_about_to_be_news(
    kafka: KafkaSettings, database: DatabaseSettings, log_identity: LogIdentity, tmp_path: Path
):
    scorecard = read_scorecard(shipped("scorecards/default.yaml"))
    await publish_first(kafka, database, log_identity.partitions, scorecard)
    life, _ = await brought_in(kafka, tmp_path)
    changes = await newest_changes(kafka, log_identity.partitions)
    brink = next(account for account in life.world.accounts if account.fate is Fate.BRINK)
    deadline = changes[brink.account_id].silence_deadline
    assert deadline is not None
    assert (len(changes) > 25, changes[brink.account_id].facts.name) == (True, brink.name)
    assert instant_of(deadline) == STARTS + 90 * SECOND


async def test_a_history_that_is_brought_in_again_writes_nothing(
    kafka: KafkaSettings, log_identity: LogIdentity, tmp_path: Path
):
    _, first = await brought_in(kafka, tmp_path / "first")
    _, second = await brought_in(kafka, tmp_path / "second")
    assert (log_identity.partitions, first > 2_000, second) == (4, True, 0)
