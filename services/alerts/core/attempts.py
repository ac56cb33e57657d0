"""When a delivery that failed is tried again, and when it is given up."""

from dataclasses import dataclass
from typing import Final

from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant

# From the schedule that Standard Webhooks recommends: over three days, whoever was away is found again.
PAUSES: Final = (5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
JITTER: Final = 0.2  # of a pause at most, so that those who failed together do not come back together
LONGEST_WISH: Final = DAY  # of a receiver, as to when it wants to be asked again
PATIENCE: Final = 5 * DAY  # a receiver that failed for so long, without a break, is disabled


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""

    answer: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It may go better later; `wish` is how long the receiver wants to be left alone."""

    answer: str
    wish: Instant | None = None


@dataclass(frozen=True, slots=True)
class Hopeless:
    """The message will never be taken; with `is_gone` no other will, either."""

    answer: str
    is_gone: bool = False


Answer = Delivered | Failed | Hopeless


def sayable(answer: str) -> str:
    r"""What was answered, without what PostgreSQL could not keep or a terminal would obey.

    >>> sayable("200 \x00\x1b[2Jthanks")
    '200   [2Jthanks'
    """
    return "".join(character if character.isprintable() else " " for character in answer)


def pause(attempts: int, failed: Failed, chance: float) -> Instant | None:
    """How long to wait after so many failed attempts; None: give up. `chance` is in [0, 1).

    >>> pause(1, Failed("500"), 0.0), pause(2, Failed("500"), 0.5), pause(10, Failed("500"), 0.0)
    (5000, 330000, None)
    >>> pause(1, Failed("429", wish=90_000), 0.0)
    90000
    """
    if attempts > len(PAUSES):
        return None
    usual = PAUSES[attempts - 1]
    jittered = usual + int(usual * JITTER * chance)
    return jittered if failed.wish is None else max(jittered, min(failed.wish, LONGEST_WISH))
