"""What a partition of the log gives, as digests: what is served is held against it."""

from collections import defaultdict
from collections.abc import Mapping
from hashlib import blake2b

from schemas.changes import ScoreChange
from schemas.codec import encode
from schemas.conditions import Condition
from services.scoring.core.partition import Gone


def digest_of(body: bytes) -> bytes:
    """Of a change or condition: a log has more of them than fit into memory."""
    return blake2b(body, digest_size=16).digest()


class Expected:
    """Digests of changes and conditions by their ids, as the log is lived through."""

    def __init__(self) -> None:
        """Of a log without a record."""
        self.conditions: dict[str, bytes] = {}  # those that were delivered: they stay in their topic
        self._changes: defaultdict[str, dict[str, bytes]] = defaultdict(dict)  # of each account
        self._heard: defaultdict[str, dict[str, bytes]] = defaultdict(dict)

    def take(self, told: ScoreChange | Condition | Gone) -> None:
        """What the log gives next. Who is gone has no change that is served, and no alert."""
        match told:
            case Gone():
                self._changes.pop(told.account_id, None)
                self._heard.pop(told.account_id, None)
            case Condition():
                self.conditions[told.id] = self._heard[told.account_id][told.id] = digest_of(encode(told))
            case ScoreChange():
                self._changes[told.account_id][told.id] = digest_of(encode(told))

    @property
    def accounts(self) -> int:
        """How many have changes that are served."""
        return len(self._changes)

    @property
    def changes(self) -> dict[str, bytes]:
        """Those that are served."""
        return _together(self._changes)

    @property
    def heard(self) -> dict[str, bytes]:
        """The conditions that alerts are of."""
        return _together(self._heard)


def _together(of_each: Mapping[str, Mapping[str, bytes]]) -> dict[str, bytes]:
    return {told_id: digest for of_one in of_each.values() for told_id, digest in of_one.items()}
