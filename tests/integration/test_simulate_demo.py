"""`kizashi demo` as CI meets it, without a terminal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import psutil
import pytest

from services.runtime.embedded.ports import free_ports, is_free

Demo = subprocess.Popen[str]


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    api_port, ingest_port, scoring_port = free_ports(3)
    return {
        **os.environ,
        "KIZASHI_DATA": str(folder / "data"),
        "KIZASHI_API_PORT": str(api_port),
        "KIZASHI_INGEST_PORT": str(ingest_port),
        "KIZASHI_SCORING_PORT": str(scoring_port),
    }


def begin(environment: dict[str, str], *arguments: str) -> Demo:
    return subprocess.Popen(
        (sys.executable, "-m", "services.cli", "demo", "--accounts", "20", "--rate", "20", *arguments),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def lines(demo: Demo, seconds: float = 240) -> Iterator[str]:
    """What it says; it is killed if that takes too long."""
    assert demo.stdout is not None
    overdue = Timer(seconds, demo.kill)
    overdue.start()
    yield from demo.stdout
    overdue.cancel()


def test_a_demo_shows_events_arriving_and_leaves_nothing_behind_when_it_is_interrupted(environment: dict[str, str]):
    said: list[str] = []
    children: list[psutil.Process] = []
    asked_at = 0.0
    with begin(environment) as demo:
        for line in lines(demo):
            said.append(line)
            if not children and "/s │" in line and " 0 events" not in line:
                children = psutil.Process(demo.pid).children(recursive=True)
                asked_at = time.monotonic()
                demo.send_signal(signal.SIGINT)
    took = time.monotonic() - asked_at
    assert (demo.returncode, len(children) > 5, took < 15) == (0, True, True), "".join(said)
    assert [child for child in children if child.is_running()] == []
    way_in = next(line for line in said if line.startswith("Try "))
    assert way_in.split()[1:3] == ["curl", "-s"]


def test_a_port_that_is_taken_is_said_and_nothing_is_left_running(environment: dict[str, str]):
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", environment["KIZASHI_API_PORT"]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        try:
            _await_listener(int(environment["KIZASHI_API_PORT"]))
            with begin(environment) as demo:
                said = "".join(lines(demo))
        finally:
            other.kill()
    assert (demo.returncode, f"port {environment['KIZASHI_API_PORT']}, for the API, is in use" in said) == (4, True)


def _await_listener(port: int) -> None:
    deadline = time.monotonic() + 20
    while is_free(port):
        assert time.monotonic() < deadline, f"nobody listens on port {port}"
        time.sleep(0.05)
