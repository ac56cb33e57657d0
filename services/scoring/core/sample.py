"""A bounded set of names, each with a pair of numbers: everything up to a bound, beyond it a fair sample."""

from hashlib import blake2b

Members = dict[str, tuple[int, int]]


def _rank(name: str) -> bytes:
    return blake2b(name.encode(), digest_size=8).digest()


class Sample:
    """Keeps the `most` names whose hashes are smallest.

    So that the order of arrival does not matter (a bottom-k sample).

    Who is kept was kept from its first appearance, and who is dropped never comes back: its numbers are complete.

    >>> sample = Sample(2)
    >>> for name in ("ann", "bob", "cid", "ann"):
    ...     if sample.takes(name):
    ...         sample.put(name, (0, 0))
    >>> sorted(sample.members)
    ['ann', 'bob']
    """

    __slots__ = ("_last", "members", "most")

    def __init__(self, most: int, members: Members | None = None) -> None:
        """An empty sample, unless told otherwise."""
        self.most = most
        self.members = {} if members is None else members
        self._last: str | None = None  # the member of the largest hash, once the sample is full

    def takes(self, name: str) -> bool:
        """Whether `name` belongs into the sample; makes room for it if so."""
        members = self.members
        if name in members or len(members) < self.most:
            return True
        if self._last is None:
            self._last = max(members, key=_rank)
        if _rank(name) >= _rank(self._last):
            return False
        del members[self._last]
        self._last = None
        return True

    def discard(self, name: str) -> bool:
        """Drop a name; whether it was there. In its place another may come that has been seen before."""
        if self.members.pop(name, None) is None:
            return False
        self._last = None
        return True

    def put(self, name: str, numbers: tuple[int, int]) -> None:
        """Set the numbers of a name that the sample takes."""
        self.members[name] = numbers
