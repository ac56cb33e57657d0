"""How much each key may send: so many events a minute, in windows of a minute that begin with its first event.

Counted here, in each process for itself, and not by a library: those keep their counts by starting a thread or a task
at every hit, which is a tenth of what an event may cost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil

from services.runtime.problems import Problem

_WINDOW_SECONDS = 60

RawHeaders = list[tuple[bytes, bytes]]  # of an answer, named in small letters


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


class Rates:
    """Counts what keys send. `clock` says the seconds, and never goes back."""

    def __init__(self, events_a_minute: int, clock: Callable[[], float]) -> None:
        self._most = events_a_minute
        self._clock = clock
        self._windows: dict[str, _Window] = {}  # as many as there are keys
        self._policy = (b"ratelimit-policy", b'"events";q=%d;w=%d' % (events_a_minute, _WINDOW_SECONDS))

    def spend(self, key_id: str, events: int) -> RawHeaders:
        """Count these events; the headers that tell their sender how many are left. Raises `Problem`: 429.

        What is refused is not counted. A delivery larger than all that a minute has passes in a window of its own.
        """
        now = self._clock()
        window = self._windows.get(key_id)
        if window is None or window.ends <= now:
            window = self._windows[key_id] = _Window(now + _WINDOW_SECONDS)
        seconds = ceil(window.ends - now)
        if window.used + events > self._most and window.used:
            detail = (
                f"This key may send {self._most} events a minute, and has sent {window.used} in this one. "
                f"Send again in {seconds} s, or in larger intervals."
            )
            left = self._headers(self._most - window.used, seconds)
            headers = {**{name.decode(): value.decode() for name, value in left}, "Retry-After": str(seconds)}
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many", detail, headers=headers)
        window.used += events
        return self._headers(max(0, self._most - window.used), seconds)

    def _headers(self, left: int, seconds: int) -> RawHeaders:
        """As the IETF's draft on RateLimit header fields has them."""
        return [self._policy, (b"ratelimit", b'"events";r=%d;t=%d' % (left, seconds))]
