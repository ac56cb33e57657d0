"""When the silence of a simulated account becomes news: what the scoring core says, not what the simulator hopes."""

from collections.abc import Sequence

from schemas.time import Instant, day_of
from services.scoring.core.rhythm import silence_deadline
from services.scoring.core.windows import Days


def deadline_of(instants: Sequence[Instant]) -> Instant | None:
    """The silence deadline of an account whose events were at `instants`, if it has a rhythm by then."""
    active = Days()
    for instant in instants:
        active.add(day_of(instant))
    return silence_deadline(active, max(instants))
