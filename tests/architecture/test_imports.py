"""The import contracts of pyproject.toml, each seen to break when its violation is planted in a copy of the tree."""

import os
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["id"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}


@pytest.fixture(scope="module")
def broken_already(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The contracts the tree as it is breaks: one test reports them, the others look past them."""
    return broken(lint(copy_to(tmp_path_factory.mktemp("as_it_is"))))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packages as they are, to plant in."""
    return copy_to(tmp_path)


def copy_to(folder: Path) -> Path:
    """`folder`, with a copy of the modules and the contracts in it."""
    for package in ("schemas", "services"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def plant(tree: Path, sources: dict[str, str]) -> None:
    """Write each source to its path, making its folders packages where they are not yet."""
    for path, source in sources.items():
        module = tree / path
        module.parent.mkdir(parents=True, exist_ok=True)
        for folder in (f for f in module.parents if f.is_relative_to(tree) and f != tree):
            (folder / "__init__.py").touch()
        module.write_text(source)


def lint(tree: Path) -> str:
    """What import-linter says of the packages in `tree`."""
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-logo",
            "--no-cache",
        ],
        cwd=tree,
        env=os.environ | {"COLUMNS": "500", "NO_COLOR": "1", "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in found.stdout, found.stdout + found.stderr
    return found.stdout


def broken(report: str) -> set[str]:
    """The ids of the contracts that `report` says are broken."""
    return {id_ for id_, contract in CONTRACTS.items() if f"{contract['name']} BROKEN" in report}


def test_the_tree_as_it_is_keeps_every_contract(broken_already: set[str]) -> None:
    assert broken_already == set()


@pytest.mark.parametrize(
    ("contracts", "sources"),
    [
        pytest.param(
            "contracts-below-services",
            {"schemas/planted.py": "import services.runtime"},
            id="a contract imports a service",
        ),
        pytest.param(
            "services-apart",
            {"services/ingest/planted.py": "from services.scoring import core", "services/scoring/core/planted.py": ""},
            id="a service imports another's core",
        ),
        pytest.param(
            "services-apart no-cycles",  # the way down is there already
            {"services/runtime/planted.py": "import services.api"},
            id="runtime imports a service",
        ),
        pytest.param(
            "services-apart no-cycles",  # the way down is there already
            {"services/api/planted.py": "import services.cli"},
            id="a service imports the command line",
        ),
        pytest.param(
            "services-apart",
            {"services/alerts/planted.py": "import services.scoring"},
            id="alerts imports scoring",
        ),
        pytest.param(
            "services-apart",
            {"services/billing/planted.py": ""},
            id="a service nobody declared",
        ),
        pytest.param(
            "core-alone",
            {"services/scoring/core/planted.py": "import services.scoring.shell", "services/scoring/shell.py": ""},
            id="a core imports its own shell",
        ),
        pytest.param(
            "core-pure",
            {"services/ingest/core/planted.py": "from os import environ"},
            id="a core reads the environment",
        ),
        pytest.param(
            "core-pure",
            {"services/scoring/core/planted.py": "from schemas import planted", "schemas/planted.py": "import logging"},
            id="a core reaches I/O through schemas",
        ),
        pytest.param(
            "core-pure",
            {"services/scoring/core/planted.py": "from schemas import tables"},
            id="a core knows the tables",
        ),
        pytest.param(
            "core-plain",
            {"services/scoring/core/planted.py": "from uuid import uuid4"},
            id="a core makes ids",
        ),
        pytest.param(
            "contracts-plain",
            {"schemas/planted.py": "from sqlalchemy import select"},
            id="a contract knows SQL",
        ),
        pytest.param(
            "no-cycles",
            {"services/api/one.py": "import services.api.two", "services/api/two.py": "import services.api.one"},
            id="two siblings import each other",
        ),
    ],
)
def test_a_planted_import_breaks_its_contracts_and_no_others(tree, broken_already, contracts, sources) -> None:
    plant(tree, sources)
    report = lint(tree)
    assert broken(report) - broken_already == set(contracts.split()), report


def test_every_import_closed_to_a_core_is_reported_by_name(tree: Path) -> None:
    closed = {*CONTRACTS["core-pure"]["forbidden_modules"], *CONTRACTS["core-plain"]["forbidden_modules"]}
    plant(tree, {"services/alerts/core/planted.py": "".join(f"import {name}\n" for name in sorted(closed))})
    report = lint(tree)
    assert {name for name in closed if f"services.alerts.core is not allowed to import {name}:" in report} == closed


def test_alerts_may_come_to_exist(tree: Path, broken_already: set[str]) -> None:
    plant(
        tree,
        {"services/alerts/planted.py": "import services.runtime", "services/cli/planted.py": "import services.alerts"},
    )
    assert broken(lint(tree)) <= broken_already


@pytest.mark.parametrize("contracts", [("core-pure", "core-plain"), ("contracts-plain",)], ids=" and ".join)
def test_every_dependency_is_closed(contracts: tuple[str, ...]) -> None:
    """A dependency added to pyproject.toml is closed to pure code until someone decides otherwise."""
    project = PROJECT["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["embedded"]]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    importable = {
        name
        for name, distributions in packages_distributions().items()
        if declared & {canonicalize_name(distribution) for distribution in distributions}
        and name.isidentifier()
        and not name.startswith("_")
    }
    closed = {name for contract in contracts for name in CONTRACTS[contract]["forbidden_modules"]}
    open_on_purpose = {"msgspec", "typing_extensions"}  # what contracts are made of
    assert importable - closed - open_on_purpose == set()
