"""The SDKs of Segment, RudderStack and PostHog, each in a program of its own, together 500 events a second."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

RATES: Final[Mapping[str, int]] = {"segment": 200, "rudderstack": 150, "posthog": 150}
A_SECOND: Final = sum(RATES.values())
_PROGRAM: Final = Path(__file__).parent / "steady.py"


class Sdks:
    """Programs that send for so many seconds."""

    def __init__(self, url: str, key: str, seconds: float) -> None:
        self._programs = [
            _begun({"sdk": sdk, "url": url, "key": key, "rate": rate, "seconds": seconds})
            for sdk, rate in RATES.items()
        ]

    def believed(self) -> list[str]:
        """The ids of what they believe delivered, once they have ended."""
        return [one for program in self._programs for one in json.loads(program.communicate(timeout=600)[0])]

    def kill(self) -> None:
        """None outlives the test."""
        for program in self._programs:
            program.kill()
            program.wait()


@contextmanager
def sdks_sending(url: str, key: str, seconds: float) -> Iterator[Sdks]:
    """They send, while the body runs."""
    sdks = Sdks(url, key, seconds)
    try:
        yield sdks
    finally:
        sdks.kill()


def _begun(told: Mapping[str, object]) -> subprocess.Popen[str]:
    program = subprocess.Popen((sys.executable, _PROGRAM), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdin is not None
    json.dump(told, program.stdin)
    program.stdin.close()
    program.stdin = None  # or `communicate` flushes it
    return program
