"""What a partition counts for its metrics. No result depends on it."""

from collections import Counter
from enum import StrEnum
from typing import Final

from schemas.conditions import Status


class Counted(StrEnum):
    """What is counted."""

    EVENTS = "events"
    DUPLICATES = "duplicates"
    TOO_LATE = "too_late"
    TICKS_IGNORED = "ticks_ignored"
    UNREADABLE = "unreadable"
    FORGETS = "forgets"  # of an account or a user
    NOT_TAKEN = "not_taken"  # received before its account or user was forgotten
    EVALUATIONS = "evaluations"
    CHANGES = "changes"
    OPENED = "conditions_opened"
    WORSENED = "conditions_worsened"
    EASED = "conditions_eased"
    CLOSED = "conditions_closed"


OF_STATUS: Final = {status: Counted(f"conditions_{status.value}") for status in Status}


class Counts:
    """How often each happened. What happens all the time has a number of its own: a Counter is slow."""

    __slots__ = ("changes", "evaluations", "events", "rest")

    def __init__(self) -> None:
        """Nothing yet."""
        self.events = 0
        self.evaluations = 0
        self.changes = 0
        self.rest: Counter[Counted] = Counter()

    def counter(self) -> Counter[Counted]:
        """All of them: what never happened is not in it."""
        often = {
            Counted.EVENTS: self.events,
            Counted.EVALUATIONS: self.evaluations,
            Counted.CHANGES: self.changes,
        }
        return self.rest + Counter(often)
