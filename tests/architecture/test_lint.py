"""The rules that ruff and mypy enforce for us, each seen to report what it forbids."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CORE = "services/scoring/core/planted.py"
CONTRACT = "schemas/planted.py"
SHELL = "services/scoring/planted.py"
ENTRY = "services/runtime/planted.py"


def rules_broken_by(source: str, path: str, rules: str) -> set[str]:
    """Which of the comma-separated `rules` ruff reports for `source`, were it the module `path`."""
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", f"--select={rules}"]
    found = subprocess.run(
        [*ruff, f"--stdin-filename={path}", "-"], input=source, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode in (0, 1), found.stderr
    return {rule for rule in rules.split(",") if f" {rule} " in found.stdout}


@pytest.mark.parametrize("path", [CORE, CONTRACT])
@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime\nnow = datetime.now(UTC)\n",
        "import datetime as dt\nnow = dt.datetime.now(dt.UTC)\n",
        "from datetime import date\ntoday = date.today()\n",
        "from dataclasses import field\nfrom datetime import datetime\nat = field(default_factory=datetime.now)\n",
        "import time\nnow = time.time()\n",
        "from time import monotonic\n",
        "from random import random\n",
        "from secrets import token_hex\n",
        "from uuid import uuid4\nid_ = uuid4()\n",
        "import os\nhome = os.environ['HOME']\n",
        "import os\nhome = os.getenv('HOME')\n",
    ],
    ids=lambda source: source.splitlines()[-1],
)
def test_pure_code_has_no_clock_no_chance_no_ids_and_no_environment(path: str, source: str) -> None:
    assert rules_broken_by(source, path, "TID251") == {"TID251"}


@pytest.mark.parametrize("path", [SHELL, ENTRY, "services/cli/planted.py", "tests/planted.py"])
def test_a_shell_may_read_the_clock(path: str) -> None:
    assert rules_broken_by("import time\n\nnow = time.time()\n", path, "TID251") == set()


def test_a_public_function_of_pure_code_promises_something() -> None:
    source = '"""A module."""\n\n\ndef decide() -> None:\n    pass\n'
    assert rules_broken_by(source, CORE, "D103") == {"D103"}
    assert rules_broken_by(source, SHELL, "D103") == set()


def test_a_function_of_many_branches_or_arguments_is_too_much() -> None:
    branches = "".join(f"    if a == {i}:\n        return {i}\n" for i in range(8))
    source = f"def decide(a, b, c, d, e, f, g):\n{branches}    return a\n"
    assert rules_broken_by(source, SHELL, "C901,PLR0913") == {"C901", "PLR0913"}


def test_types_are_strict_and_matches_exhaustive(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(
        "from enum import Enum\n"
        "\n"
        "class Band(Enum):\n"
        "    HEALTHY = 1\n"
        "    WATCH = 2\n"
        "\n"
        "class Port:\n"
        "    def read(self) -> int:\n"
        "        return 1\n"
        "\n"
        "class Kafka(Port):\n"
        "    def read(self) -> int:\n"
        "        return 'two'  # type: ignore\n"
        "\n"
        "def forgets_watch(band: Band) -> int:\n"
        "    match band:\n"
        "        case Band.HEALTHY:\n"
        "            return 1\n"
        "    return 2\n"
        "\n"
        "def untyped(band):\n"
        "    return band\n"
    )
    mypy = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path)]
    found = subprocess.run([*mypy, "planted.py"], cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    codes = {"exhaustive-match", "explicit-override", "no-untyped-def", "ignore-without-code"}
    assert {code for code in codes if f"[{code}]" in found} == codes, found
