"""The events of a file in order of time, kept small: 28 bytes a row beside each distinct text once."""

from array import array
from collections.abc import Iterator

from services.ingest.core.history import Place
from services.ingest.core.verdict import Happening


class Timeline:
    """Rows as they come from a file; read back by time, rows of one instant in the order of the file."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self.instants = array("q")
        self._rows = array("I")
        self._accounts = array("I")
        self._events = array("I")
        self._users = array("I")
        self._features = array("I")
        self._is_in_order = True

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, happening: Happening) -> None:
        """Keep a row. Rows come in ascending order."""
        if self.instants and happening.occurred_at < self.instants[-1]:
            self._is_in_order = False
        codes = self._codes
        self.instants.append(happening.occurred_at)
        self._rows.append(row)
        self._accounts.append(codes.setdefault(happening.account_id, len(codes)))
        self._events.append(codes.setdefault(happening.event_name, len(codes)))
        self._users.append(codes.setdefault(happening.user_id or "", len(codes)))
        self._features.append(codes.setdefault(happening.feature or "", len(codes)))

    def in_order(self, file: str) -> Iterator[tuple[Place, Happening]]:
        """Every row, by time; where the file is in that order already, a row's rank is its number."""
        words = list(self._codes)
        size = len(self)
        order = range(size) if self._is_in_order else sorted(range(size), key=self.instants.__getitem__)
        for rank, at in enumerate(order, start=1):
            row = self._rows[at]
            happening = Happening(
                account_id=words[self._accounts[at]],
                event_name=words[self._events[at]],
                occurred_at=self.instants[at],
                user_id=words[self._users[at]] or None,
                feature=words[self._features[at]] or None,
                message_id=None,
            )
            yield Place(file, row, row if self._is_in_order else rank), happening
