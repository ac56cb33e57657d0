import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


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
