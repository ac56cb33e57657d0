"""Faults are done to whole instances, as the integration tests start them."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.integration.conftest import Instance, folder, start_instance  # noqa: F401 - fixtures

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def seeded() -> random.Random:
    """Chance that can be had again: the seed is printed, and KIZASHI_SEED gives it back."""
    seed = int(os.environ.get("KIZASHI_SEED") or time.time_ns() % 1_000_000)
    print(f"KIZASHI_SEED={seed}")  # noqa: T201 - pytest shows it with a failure
    return random.Random(seed)


def processes_of(instance: Instance, service: str) -> list[psutil.Process]:
    """The running processes of a service of this instance, such as `scoring`."""
    children = psutil.Process(instance.process.pid).children()
    return [child for child in children if _serves(child, service)]


def _serves(process: psutil.Process, service: str) -> bool:
    try:
        return process.cmdline()[-2:] == ["services.cli", service]
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return False


def kill_one(instance: Instance, service: str, chance: random.Random) -> None:
    """SIGKILL one process of a service, without a word; wait for one if there is none."""
    wait_until(lambda: bool(processes_of(instance, service)), 60, f"a process of {service}")
    chance.choice(processes_of(instance, service)).kill()


def wait_until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)
