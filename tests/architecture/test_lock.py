"""requirements.txt installs the same everywhere: hashed, without addresses, in step with pyproject.toml."""

import tomllib
from pathlib import Path

from tests.architecture import lock

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.txt").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
OWN = "kizashi["  # an extra that asks for another
DECLARED = [line for lines in (PROJECT["dependencies"], *EXTRAS.values()) for line in lines if not line.startswith(OWN)]

PLANTED = """\
--index-url https://packages.example/simple
aiokafka==0.14.0 \\
    --hash=sha256:00ff \\
    --hash=sha256:00fe
    # via kizashi (pyproject.toml)
httpx==0.27.0 ; python_version < '4' \\
    --hash=sha256:00fd
rich==15.0.0
    # via kizashi (pyproject.toml)
"""


def test_the_lock_names_no_address() -> None:
    assert list(lock.addresses(LOCK)) == []


def test_every_locked_requirement_is_hashed() -> None:
    assert list(lock.unhashed(LOCK)) == []


def test_the_lock_is_in_step_with_what_is_declared() -> None:
    assert list(lock.out_of_step(LOCK, DECLARED)) == [], "make lock"


def test_what_builds_the_package_is_locked_too() -> None:
    """make setup builds without isolation, and so without the network."""
    assert list(lock.out_of_step(LOCK, ["setuptools>=77"])) == []


def test_a_planted_address_is_found() -> None:
    assert list(lock.addresses(PLANTED)) == ["line 1: --index-url https://packages.example/simple"]


def test_a_requirement_without_a_hash_is_found() -> None:
    assert list(lock.unhashed(PLANTED.partition("\n")[2])) == ["rich"]


def test_a_requirement_out_of_step_is_found() -> None:
    declared = ["aiokafka>=0.14,<0.15", "httpx>=0.28", "Rich>=15", "uvloop"]
    assert list(lock.out_of_step(PLANTED.partition("\n")[2], declared)) == [
        "httpx>=0.28 is locked as 0.27.0",
        "uvloop is not locked",
    ]
