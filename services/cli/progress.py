"""Progress of long steps, on stderr: one line for each, with how long it took. Respects NO_COLOR and pipes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape


class Progress:
    """Says what is being done, and what has been."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """A step that is done, with the seconds since the start."""
        self._console.print(f"[dim]{time.monotonic() - self._began:6.1f} s[/dim]  {escape(text)}")

    def line(self, service: str, text: str) -> None:
        """A line that a service said."""
        self._console.print(f"[dim]{escape(service):>10}[/dim]  {escape(text)}")

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """A step that takes long: visible while it runs, on a terminal with a spinner."""
        if self._console.is_terminal:
            with self._console.status(escape(text)):
                yield
        else:
            self.say(f"{text} …")
            yield
