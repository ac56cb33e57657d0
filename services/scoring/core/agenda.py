"""When accounts must be looked at though nothing happens to them."""

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import Final

from schemas.time import MINUTE, Instant
from services.scoring.core.state import Account

SPAN: Final = MINUTE  # of a million accounts seven hundred are due in it

Entry = tuple[Instant, str]


class Agenda:
    """The due instants of a partition's accounts, one entry for each, by spans of time that are put in order when due.

    An entry is corrected when it comes up: events, which put a due instant off, never touch it; only an earlier instant
    is written, and leaves the later entry to be dropped.
    """

    __slots__ = ("_next", "_now", "_spans", "_upto")

    def __init__(self) -> None:
        """Nothing is due."""
        self._spans: dict[int, list[Entry]] = {}  # by their number
        self._next: list[int] = []  # their numbers, a heap
        self._now: list[Entry] = []  # the earliest span and what was written too late for it, the last one first
        self._upto = -1  # its number

    def restore(self, entries: Iterable[Entry]) -> None:
        """Take over what was due, in any order, of accounts that are not unpacked."""
        spans: dict[int, list[Entry]] = {}
        for entry in entries:
            spans.setdefault(entry[0] // SPAN, []).append(entry)
        self._spans, self._next, self._now, self._upto = spans, list(spans), [], -1
        heapify(self._next)

    def plan(self, account: Account) -> None:
        """The account's due instant may have moved."""
        due, scheduled = account.due, account.scheduled
        if due is None or (scheduled is not None and due >= scheduled):
            return
        account.scheduled = due
        entry, number, spans = (due, account.account_id), due // SPAN, self._spans
        if number in spans:
            spans[number].append(entry)
        elif number > self._upto:
            spans[number] = [entry]
            heappush(self._next, number)
        else:
            self._now.append(entry)
            self._now.sort(reverse=True)

    def forget(self, account_id: str) -> None:
        """Nothing is due for an account. Looks at all entries."""
        entries = [*self._now, *(entry for span in self._spans.values() for entry in span)]
        self.restore([entry for entry in entries if entry[1] != account_id])

    def taken(self, until: Instant) -> Iterator[Entry]:
        """Take out the entries up to an instant, also those that are written meanwhile, one by one and in order.

        Each says when, and who, whose due instant it may be no longer.
        """
        while True:
            now = self._now
            while now and now[-1][0] <= until:
                yield now.pop()
            if now or not self._next or self._next[0] * SPAN > until:
                return
            self._upto = heappop(self._next)
            self._now = sorted(self._spans.pop(self._upto), reverse=True)

    def seen_to(self, account: Account, instant: Instant) -> None:
        """An account's entry for an instant was taken, and has been seen to: its due instant takes the place."""
        if account.scheduled is None or account.scheduled == instant:
            account.scheduled = None
            if account.due is not None and account.due > instant:
                self.plan(account)
