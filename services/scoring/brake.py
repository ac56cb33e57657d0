"""When a worker has to stop, though nothing has failed.

Stopped   the worker must not go on: what it did not deliver is read again by its successor
"""

from collections.abc import Sequence

from schemas.topics import ACTIVITY
from services.scoring.core.partition import Recorded

MOST_UNREADABLE = 100  # in a row: then it is not the records that are wrong
_BYTES_OF_AN_ID = 90


class Stopped(Exception):
    """Another has to go on in its place, or nobody."""


class Brake:
    """Looks at what was read, so that a log that cannot be read does not end up as dead letters."""

    def __init__(self) -> None:
        """Everything could be read so far."""
        self._unreadable = 0

    def look(self, records: Sequence[Recorded]) -> None:
        """The next records. Raises Stopped when too many in a row cannot be read."""
        if not [record for record in records if record.activity is None]:  # as a rule
            self._unreadable = 0
            return
        for record in records:
            self._unreadable = self._unreadable + 1 if record.activity is None else 0
            if self._unreadable > MOST_UNREADABLE:
                msg = (
                    f"{MOST_UNREADABLE} records of {ACTIVITY.name} in a row cannot be read, the last at {record.offset}"
                )
                raise Stopped(msg)


def stay_within_memory(remembered: int, most: int) -> None:
    """Stop before memory does: a message that was forgotten too early would count twice when it is sent again."""
    if remembered > most:
        msg = (
            f"{remembered:,} ids of messages are held against duplicates, more than "
            f"KIZASHI_SCORING_REMEMBERED_MESSAGES allows ({most:,}, about {most * _BYTES_OF_AN_ID >> 20:,} MB). "
            "Start more workers, or raise it if there is the memory for more"
        )
        raise Stopped(msg)
