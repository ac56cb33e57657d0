"""What the changelog of a partition holds, under which keys, and how a partition is restored from it.

    <account id>                            an account, packed, stamped with the offset it has seen; nothing, if it is
                                            forgotten, and its empty state has been in a flush before
    NUL "ids" <generation> <number>         a chunk of the hashes of messages
    NUL "header"                            the cut: written last, so that it never promises more than is there
    NUL "claim"                             who owns the partition (fence.py); no part of its state

An account id holds no NUL, so the reserved keys are nobody's.
"""

from collections.abc import Iterator

from services.scoring.core.header import Header, header_of
from services.scoring.core.inputs import Since
from services.scoring.core.outages import NO_OUTAGES
from services.scoring.core.packing import head_of
from services.scoring.core.partition import Flush, Partition

HEADER_KEY = b"\x00header"
CLAIM_KEY = b"\x00claim"
_IDS = b"\x00ids"
_NOTHING_YET = Header(
    cut=-1,
    stream_time=0,
    log=None,
    engine=0,
    publication=None,
    since=Since((), ()),
    outages=NO_OUTAGES,
    generations={},
    rows={},
    forgotten={},
)


def body_of(flush: Flush) -> Iterator[tuple[bytes, bytes | None]]:
    """The records of a flush that must be in the changelog before its header is."""
    for account_id, packed in flush.accounts:
        yield account_id.encode(), packed
    for generation, number, hashes in flush.chunks:
        yield _IDS + generation.to_bytes(8) + number.to_bytes(4), hashes


class Restoring:
    """A partition that is being read from its changelog.

    Records of compacted and of longer changelogs give the same.
    """

    def __init__(self) -> None:
        """Nothing read."""
        self._header = _NOTHING_YET
        self._accounts: dict[str, bytes] = {}
        self._chunks: dict[tuple[int, int], bytes] = {}

    def take(self, key: bytes, value: bytes | None) -> None:
        """The next record of the changelog. Raises ValueError for one that is not ours.

        Of two states of an account the one that has seen more wins, and so for headers: in a changelog from before
        partitions were claimed a former owner may have written late.
        """
        if not key.startswith(b"\x00"):
            account_id = key.decode()
            before = self._accounts.get(account_id)
            if value is None:
                self._accounts.pop(account_id, None)
            elif before is None or head_of(value).applied >= head_of(before).applied:
                self._accounts[account_id] = value
        elif key == HEADER_KEY:
            header = header_of(value or b"")
            if header.cut >= self._header.cut:
                self._header = header
        elif key.startswith(_IDS):
            place = int.from_bytes(key[4:12]), int.from_bytes(key[12:])
            if value is None:
                self._chunks.pop(place, None)
            else:
                self._chunks[place] = value

    def partition(self, number: int, hot_accounts: int) -> Partition:
        """The partition as of the header's cut, with accounts that may have seen more."""
        partition = Partition(number, hot_accounts)
        partition.restore(self._header, self._accounts, self._chunks)
        return partition
