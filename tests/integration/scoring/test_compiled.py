"""The core as the image has it, compiled: it gives the same bytes, and passes the tests of scoring."""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMPILER = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
IS_COMPILED = "import inspect, services.scoring.core.step as step; print(inspect.isbuiltin(step.advance))"
TESTS = "tests/services/scoring"
OF_SOURCES_ONLY = (  # they put something else in the place of a name, or look into docstrings
    "core/test_replay.py::test_a_look_at_who_has_nothing_to_tell_would_tell_nothing",
    "core/test_replay.py::test_some_looks_at_who_is_in_use_are_spared",
    "test_worker.py::test_others_have_their_turn_while_a_fetch_of_many_partitions_is_applied",
    "core/test_signals.py::test_every_signal_of_the_shipped_card_promises_that_silence_never_lowers_it",
)


@pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"there is no C compiler here: {COMPILER}")
def test_the_compiled_core_is_the_core(tmp_path: Path):
    for name in ("schemas", "scorecards", "services", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    assert run(tmp_path, "-c", IS_COMPILED).split() == ["False"]
    run(tmp_path, str(ROOT / "deploy" / "compile.py"), str(tmp_path))
    assert run(tmp_path, "-c", IS_COMPILED).split() == ["True"]
    for name in ("schemas", "services"):
        for source in (ROOT / name).rglob("*.py"):
            assert (tmp_path / source.relative_to(ROOT)).read_bytes() == source.read_bytes()

    golden = (ROOT / "tests" / "golden" / "changes.sha256").read_text(encoding="utf-8")
    assert run(tmp_path, "-m", "tests.services.scoring.core.golden").split() == golden.split()
    deselected = (f"--deselect={TESTS}/{name}" for name in OF_SOURCES_ONLY)
    run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS, f"--ignore={TESTS}/backtest", *deselected)


def run(folder: Path, *arguments: str) -> str:
    """What Python says in a folder, which it has to end well."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-10_000:]
    return done.stdout
