"""Scoring is killed without a word while history comes in; what is served afterwards is what the log gives."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.faults.conftest import SHARED, kill_one
from tests.faults.history import write_history
from tests.integration.conftest import Instance, StartInstance


@pytest.mark.short
def test_killed_three_times_with_two_workers_nothing_is_lost_or_doubled(
    start_instance: StartInstance, tmp_path: Path, seeded: random.Random
) -> None:
    events = write_history(tmp_path / "history.csv", seed=1, accounts=150, days=90, a_day=3)
    instance = start_instance("--clock", "log", "--scoring-workers", "2")
    import_while_killing(instance, tmp_path / "history.csv", seeded, kills=3)
    verdict = verified(instance)
    assert verdict["records"] > events


@pytest.mark.soak
@pytest.mark.parametrize(("rows", "workers", "kills"), [(100_000, 1, 3), (100_000, 2, 3), (None, 1, 0)])
def test_real_history_gives_what_the_log_gives(
    start_instance: StartInstance,
    tmp_path: Path,
    seeded: random.Random,
    rows: int | None,
    workers: int,
    kills: int,
) -> None:
    real = SHARED / "onlineretail" / "events.parquet"
    if not real.exists():
        pytest.skip(f"{real} is not here")
    history = tmp_path / "history.parquet"
    pq.write_table(pq.read_table(real).slice(0, rows), history)
    instance = start_instance("--clock", "log", "--scoring-workers", str(workers))
    import_while_killing(instance, history, seeded, kills)
    assert verified(instance)["differences"] == 0


def import_while_killing(instance: Instance, history: Path, chance: random.Random, kills: int) -> None:
    """Import a file, and SIGKILL a scoring process now and then, until both are through."""
    importing = subprocess.Popen(
        (sys.executable, "-m", "services.cli", "import", str(history)),
        env=instance.environment,
        stdin=subprocess.DEVNULL,
    )
    for _ in range(kills):
        time.sleep(chance.uniform(1, 4))
        kill_one(instance, "scoring", chance)
    assert importing.wait(600) == 0


def verified(instance: Instance) -> dict[str, Any]:
    """What `kizashi verify` says, which must be that there is no difference."""
    done = subprocess.run(
        (sys.executable, "-m", "services.cli", "verify", "--json", "--wait", "600"),
        env=instance.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr + instance.kizashi("status").stdout
    verdict: dict[str, Any] = json.loads(done.stdout)
    return verdict
