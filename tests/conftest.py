"""What holds for every test: which folder may open a socket, and how Hypothesis searches."""

from pathlib import Path

import pytest
from hypothesis import settings

from services.runtime.embedded import jars
from services.runtime.embedded.refusals import JarsUnavailable
from services.runtime.settings import InstanceSettings, read

_HERE = Path(__file__).parent

# A folder gives its tests the marker of its name; these talk to real parts on this machine.
_REAL_PARTS = ("integration", "faults", "browser")

# A slow machine is no failure, and the same commit must not pass today and fail tomorrow.
settings.register_profile("kizashi", deadline=None, derandomize=True)
# Another search each time: pytest --hypothesis-profile=explore
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("kizashi")


# Fixtures that start whole instances: their tests take longest.
_WHOLE = frozenset(("instance", "shared_instance", "start_instance", "run_up"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of real parts connect to 127.0.0.1, and nowhere else; others open no socket.

    The longest come first: processes that share the tests out have short ones left to even out the end with.
    """
    items.sort(key=lambda item: _WHOLE.isdisjoint(getattr(item, "fixturenames", ())))
    for item in items:
        folder = _folder(item)
        if folder in _REAL_PARTS:
            item.add_marker(folder)
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch the jars of the embedded Kafka, the first time on this machine: a test itself may reach only 127.0.0.1."""
    if session.config.option.collectonly or not any(_folder(item) in _REAL_PARTS for item in session.items):
        return
    machine = read(InstanceSettings)
    try:
        jars.available(jars.wanted(), machine.cache / "jars", print, machine.maven_repository)
    except JarsUnavailable as refused:
        pytest.exit(str(refused), returncode=pytest.ExitCode.USAGE_ERROR)


def _folder(item: pytest.Item) -> str:
    """The folder under tests/ that holds `item`; empty for a doctest of the packages."""
    if not item.path.is_relative_to(_HERE):
        return ""
    return item.path.relative_to(_HERE).parts[0]
