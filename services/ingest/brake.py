"""Stops the admission loop when our own code fails again and again: a bad release must not dead-letter a whole topic.

BrakePulled   too many unexpected failures
"""

from collections import deque


class BrakePulled(Exception):
    """Our own code failed too often. Nothing is committed: after the repair the records are read again."""

    def __init__(self, failures: int, records: int) -> None:
        super().__init__(f"{failures} of the last {records} records made our own code fail")


class Brake:
    """Counts unexpected failures among the records seen. What a sender got wrong is none.

    >>> brake = Brake(most=1, among=10)
    >>> brake.passed(); brake.failed(); brake.failed()
    Traceback (most recent call last):
    services.ingest.brake.BrakePulled: 2 of the last 10 records made our own code fail
    """

    def __init__(self, most: int, among: int) -> None:
        self._most = most
        self._among = among
        self._seen = 0
        self._failures: deque[int] = deque()

    def passed(self) -> None:
        """A record was decided on."""
        self._seen += 1

    def failed(self) -> None:
        """A record made our own code fail. Raises `BrakePulled`."""
        self._seen += 1
        self._failures.append(self._seen)
        while self._failures[0] <= self._seen - self._among:
            self._failures.popleft()
        if len(self._failures) > self._most:
            raise BrakePulled(len(self._failures), self._among)
