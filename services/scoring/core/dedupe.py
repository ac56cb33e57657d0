"""Duplicates: the hashes of the last 9 generations of 6 hours of stream time, so always of at least 48 hours.

A hash is a duplicate if it was seen in the current generation or one of the 8 before. Exact up to a collision of 64
bits. Kept in chunks in order of arrival; a header that says how many hashes a generation had at the cut makes
whatever was written past the cut fall away.
"""

from array import array
from collections.abc import Iterator
from typing import NamedTuple

from schemas.time import HOUR, Instant

GENERATION = 6 * HOUR
KEPT = 8  # generations before the current one
CHUNK = 1_024  # hashes; a flush rewrites half a chunk in the mean


class Chunk(NamedTuple):
    """Hashes of a generation as bytes, 8 each, in order of arrival; None deletes the chunk."""

    generation: int
    number: int
    hashes: bytes | None


class Dedupe:
    """The hashes of a partition, by generation."""

    def __init__(self) -> None:
        """Nothing seen."""
        self._order: dict[int, array[int]] = {}
        self._seen: dict[int, set[int]] = {}
        self._written: dict[int, int] = {}  # hashes of a generation that are in the changelog
        self._expired: dict[
            int, int
        ] = {}  # generations that the next header will not name, and how many hashes they had
        self._unnamed: dict[int, int] = {}  # those that no header names any longer: their chunks can go
        self._current = 0

    def __len__(self) -> int:
        """How many hashes are held."""
        return sum(map(len, self._order.values()))

    def is_new(self, identity: int) -> bool:
        """Whether this hash has not been seen; it has been from now on."""
        for seen in self._seen.values():  # not any(): this is the hot path
            if identity in seen:
                return False
        current = self._current
        try:
            self._order[current].append(identity)
        except KeyError:
            self._order[current], self._seen[current] = array("Q", [identity]), {identity}
        else:
            self._seen[current].add(identity)
        return True

    def advance(self, stream_time: Instant) -> None:
        """Stream time has moved on: forget what is older than the kept generations."""
        before, self._current = self._current, max(self._current, stream_time // GENERATION)
        if not before and self._current and 0 in self._seen:  # what came before the first tick is of its time
            self._seen[self._current], self._order[self._current] = self._seen.pop(0), self._order.pop(0)
            self._expired[0] = len(self._order[self._current])
            self._written.pop(0, None)
        for generation in [old for old in self._seen if old < self._current - KEPT]:
            del self._seen[generation]
            self._written.pop(generation, None)
            self._expired[generation] = len(self._order.pop(generation))

    def counts(self) -> dict[int, int]:
        """How many hashes each generation has, for the header."""
        return {generation: len(order) for generation, order in self._order.items()}

    def unwritten(self) -> Iterator[Chunk]:
        """The chunks that changed since the last call, and deletions of those that had expired by then.

        One call later, since until a header without them is written a successor reads them.
        """
        for generation, order in self._order.items():
            written = self._written.get(generation, 0)
            if written < len(order):
                for number in range(written // CHUNK, (len(order) + CHUNK - 1) // CHUNK):
                    yield Chunk(generation, number, order[number * CHUNK : (number + 1) * CHUNK].tobytes())
                self._written[generation] = len(order)
        for generation, count in self._unnamed.items():
            for number in range((count + CHUNK - 1) // CHUNK):
                yield Chunk(generation, number, None)
        self._unnamed, self._expired = self._expired, {}

    def restore(self, stream_time: Instant, counts: dict[int, int], chunks: dict[tuple[int, int], bytes]) -> None:
        """Take over what a changelog holds, cut to `counts`. Raises ValueError when a chunk of it is missing."""
        for generation, count in counts.items():
            order = array("Q")
            for number in range((count + CHUNK - 1) // CHUNK):
                order.frombytes(chunks.get((generation, number), b""))
            if len(order) < count:
                msg = f"dedupe generation {generation} has {len(order)} hashes of {count}"
                raise ValueError(msg)
            del order[count:]
            self._order[generation], self._seen[generation] = order, set(order)
            self._written[generation] = count
        self.advance(stream_time)
        for generation, number in chunks:
            if generation not in counts and generation < self._current - KEPT:  # its owner died before deleting it
                self._unnamed[generation] = max(self._unnamed.get(generation, 0), (number + 1) * CHUNK)
