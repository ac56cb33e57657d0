"""Dead letters that wait for their user to be linked to an account: bounded, and only while they are not too late."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from schemas.dead_letters import DeadLetter
from schemas.time import Instant, instant_of

Place = tuple[int, int]  # partition and offset in dead-letters.v1

_OVERHEAD = 1_000  # bytes that a waiting letter takes beside its own, about


class Letter(NamedTuple):
    """A dead letter as it lies in its topic."""

    place: Place
    headers: DeadLetter
    value: bytes

    @property
    def size(self) -> int:
        """About how many bytes of memory it takes."""
        return _OVERHEAD + len(self.value)


class Waiting:
    """The letters that wait, in the order in which they came; together at most `most_bytes`, the newest.

    >>> from datetime import UTC, datetime
    >>> from schemas.dead_letters import DeadLetterReason
    >>> headers = DeadLetter(
    ...     reason=DeadLetterReason.UNATTRIBUTED,
    ...     detail="",
    ...     origin="http /v1/events",
    ...     refused_at=datetime(2026, 11, 22, tzinfo=UTC),
    ...     user_id="u-7",
    ... )
    >>> waiting = Waiting(most_bytes=2_500)
    >>> [waiting.add(Letter((0, offset), headers, b"{}")) for offset in (1, 2, 3)]
    [0, 0, 1]
    >>> [letter.place for letter in waiting.of("u-7")]
    [(0, 2), (0, 3)]
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._letters: OrderedDict[Place, Letter] = OrderedDict()
        self._places: dict[str, dict[Place, None]] = {}  # of each user, in order

    def __len__(self) -> int:
        return len(self._letters)

    def add(self, letter: Letter) -> int:
        """Let a letter of a known user id wait. How many older ones were given up for it."""
        self._letters[letter.place] = letter
        self._places.setdefault(letter.headers.user_id or "", {})[letter.place] = None
        self._bytes += letter.size
        return self._give_up(lambda _: self._bytes > self._most)

    def expire(self, before: Instant) -> int:
        """Give up what was refused before an instant. How many."""
        return self._give_up(lambda oldest: instant_of(oldest.headers.refused_at) < before)

    def of(self, user_id: str) -> list[Letter]:
        """The letters of a user, in the order in which they came."""
        return [self._letters[place] for place in self._places.get(user_id, ())]

    def users(self) -> list[str]:
        """Whoever is waited for."""
        return list(self._places)

    def drop(self, place: Place) -> None:
        """Let a letter wait no longer. It may not be there."""
        letter = self._letters.pop(place, None)
        if letter is None:
            return
        self._bytes -= letter.size
        user_id = letter.headers.user_id or ""
        places = self._places[user_id]
        del places[place]
        if not places:
            del self._places[user_id]

    def clear(self) -> None:
        """Let none wait."""
        self._letters.clear()
        self._places.clear()
        self._bytes = 0

    def _give_up(self, is_too_much: Callable[[Letter], bool]) -> int:
        number = 0
        while self._letters and is_too_much(next(iter(self._letters.values()))):
            self.drop(next(iter(self._letters)))
            number += 1
        return number
