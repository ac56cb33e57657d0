"""A worker that has work and does not get on with it ends itself: its successor starts from the changelog.

Whatever is awaited for ever, in Faust, in a client or in us, would hold the partitions, and nobody would be told.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from services.scoring.publisher import DELIVERY_SECONDS

if TYPE_CHECKING:
    from services.scoring.worker import Worker

LOOK_SECONDS = 0.5
MOST_LOOKS = int(DELIVERY_SECONDS / LOOK_SECONDS)  # looks and not seconds: who was frozen could not get on


class Standstill(Exception):
    """Nothing has moved for so long that nothing will."""


class Watch:
    """Looks at a worker every LOOK_SECONDS."""

    def __init__(self, worker: "Worker") -> None:
        """Has not looked yet."""
        self._worker = worker
        self._work: Mapping[str, object] = {}
        self._looks: Mapping[str, int] = {}

    def look(self) -> None:
        """Raises Standstill when MOST_LOOKS looks in a row saw the same work, and as far as before."""
        before, self._work = self._work, self._waiting()
        self._looks = {
            what: self._looks.get(what, 0) + 1 if what in before and before[what] == how_far else 0
            for what, how_far in self._work.items()
        }
        for what, looks in self._looks.items():
            if looks >= MOST_LOOKS:
                msg = f"{what}: nothing has moved for {MOST_LOOKS * LOOK_SECONDS:g} s ({self._work[what]})"
                raise Standstill(msg)

    def _waiting(self) -> Mapping[str, object]:
        """What there is to do, and how far it is."""
        app = self._worker.app
        if app is None or not app.has_joined or app.rebalancing or app.in_recovery:
            return {"joining the other workers": app.unread_changelog if app is not None else None}
        unread: dict[int, int] = {}
        waiting: dict[str, object] = {}
        for number, owned in self._worker.owned.items():
            position, end = owned.partition.position + 1, app.end_of_log(number)
            if end is not None and position < end:
                unread[number] = position
            if owned.behind_since is not None:
                waiting[f"committing partition {number}"] = owned.committed, owned.committable
        if unread:  # all of them together: where many are far behind, each waits for its turn, for minutes
            waiting["reading"] = unread
        return waiting
