"""Asynchronous tests of the shell live on a loop whose clock moves only when nothing else is left to do."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override


class _Clock(selectors.DefaultSelector):
    """Does not wait for what takes time: moves the time instead."""

    now = 1_000.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            pytest.fail("everything waits, and for nothing that will ever happen")
        if not ready:
            self.now += max(0.0, timeout or 0.0)
        return ready


class TimelessLoop(asyncio.SelectorEventLoop):
    """An event loop in which ten seconds pass at once."""

    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    @override
    def time(self) -> float:
        return self._clock.now

    def passes(self, seconds: float) -> None:
        """Work takes so long."""
        self._clock.now += seconds


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:  # noqa: ARG001 - the hook's arguments
    """What pytest-asyncio makes its loops with in this folder."""
    return {"timeless": TimelessLoop}
