"""The customer on the brink: its past is moved so that its silence becomes news at an instant we choose."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.time import Instant
from services.cli.simulation.account import Happening

DeadlineOf = Callable[[Sequence[Instant]], Instant | None]  # from when on silence after these events is news, if ever
_TRIES = 20


def end_at(happenings: Sequence[Happening], wanted: Instant, deadline_of: DeadlineOf) -> list[Happening]:
    """The longest beginning of `happenings`, moved as a whole, after which silence is news exactly at `wanted`.

    Empty if no such placement is found: a deadline may depend on days, and a move may take events into other ones.
    """
    for length in range(len(happenings), 0, -1):
        deadline = deadline_of([happening.occurred_at for happening in happenings[:length]])
        if deadline is not None and deadline <= wanted:
            moved = _move(happenings[:length], wanted, deadline_of)
            if moved:
                return moved
    return []


def _move(happenings: Sequence[Happening], wanted: Instant, deadline_of: DeadlineOf) -> list[Happening]:
    moved = list(happenings)
    for _ in range(_TRIES):
        deadline = deadline_of([happening.occurred_at for happening in moved])
        if deadline is None:
            return []
        if deadline == wanted:
            return moved
        moved = [replace(one, occurred_at=one.occurred_at + wanted - deadline) for one in moved]
    return []
