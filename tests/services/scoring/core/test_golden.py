import os
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[3] / "golden" / "changes.sha256"
ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("hash_seed", ["0", "424242"])
def test_the_golden_log_gives_the_golden_changes_whatever_the_hash_seed(hash_seed: str):
    program = subprocess.run(
        [sys.executable, "-m", "tests.services.scoring.core.golden"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    log, sent = program.stdout.split()
    golden_log, golden_sent = GOLDEN.read_text().split()
    assert log == golden_log, "the golden log is drawn differently: see below how to record the hashes anew"
    assert sent == golden_sent, (
        "the same log gives other changes. If that is meant, results differ: services/scoring/core needs another "
        "ENGINE number, since logs that exist hold changes of this one (docs/decisions/0003-grains.md). Then record "
        "the hashes anew: python -m tests.services.scoring.core.golden > tests/golden/changes.sha256"
    )
