"""When accounts must be looked at though nothing happens to them: a heap of instants."""

from heapq import heapify, heappop, heappush

from schemas.time import Instant
from services.scoring.core.state import Account


class Agenda:
    """The due instants of a partition's accounts, one entry for each.

    An entry is corrected when it comes up: events, which put a due instant off, never touch the heap; only an earlier
    instant is pushed, and leaves the later entry to be dropped.
    """

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        """Nothing is due."""
        self._entries: list[tuple[Instant, str]] = []

    def restore(self, entries: list[tuple[Instant, str]]) -> None:
        """Take over what was due, in any order, of accounts that are not unpacked."""
        heapify(entries)
        self._entries = entries

    def plan(self, account: Account) -> None:
        """The account's due instant may have moved."""
        due = account.due
        if due is not None and (account.scheduled is None or due < account.scheduled):
            account.scheduled = due
            heappush(self._entries, (due, account.account_id))

    def forget(self, account_id: str) -> None:
        """Nothing is due for an account. Looks at all entries."""
        self.restore([entry for entry in self._entries if entry[1] != account_id])

    def taken(self, until: Instant) -> tuple[Instant, str] | None:
        """Take out the earliest entry up to an instant: when, and who, whose due instant it may be no longer."""
        entries = self._entries
        return heappop(entries) if entries and entries[0][0] <= until else None

    def seen_to(self, account: Account, instant: Instant) -> None:
        """An account's entry for an instant was taken, and has been seen to: its due instant takes the place."""
        if account.scheduled is None or account.scheduled == instant:
            account.scheduled = None
            if account.due is not None and account.due > instant:
                self.plan(account)
