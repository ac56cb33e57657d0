"""When accounts must be looked at though nothing happens to them: a heap of instants."""

from heapq import heapify, heappop, heappush, heapreplace

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

    def first(self, until: Instant) -> tuple[Instant, str] | None:
        """The earliest entry up to an instant, and whose it is: perhaps no longer its due instant. It stays first."""
        entries = self._entries
        return entries[0] if entries and entries[0][0] <= until else None

    def seen_to(self, account: Account) -> None:
        """The first entry, which is of this account, has been seen to: its due instant takes the entry's place."""
        instant, account_id = self._entries[0]
        due, scheduled = account.due, account.scheduled
        if due is not None and due > instant and (scheduled is None or scheduled == instant):
            account.scheduled = due
            heapreplace(self._entries, (due, account_id))
            return
        heappop(self._entries)  # the account has, or had, an entry for another instant
        if scheduled == instant:
            account.scheduled = None
