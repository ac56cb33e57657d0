"""An alert rule made ready for use: what it looks at, where it is met, and where it is clear."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from schemas.conditions import Notify, RuleKind, Severity
from schemas.time import Instant
from schemas.value import Value
from services.scoring.core.novelty import ANYTHING, MovedBy
from services.scoring.core.reading import Reading
from services.scoring.core.state import Account

RANK: Final = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}

Look = Callable[[Account, Instant, Reading], int | None]


class Sight(NamedTuple):
    """What a kind of rule sees of an account.

    `look` gives the value as a whole number of `unit`s of what a condition tells: below 0 where the rule does not
    apply, None where nobody can say. It is met from `threshold` on and clear below `clear`. `step` is what the value
    must move by to be news; None: it must double, or be halved. `began` knows since when it has held, where that does
    not depend on when one looked; `about` what it is about within the account (both where it is met); `limit`
    the threshold that a condition tells, where that is not this one. `moved_by`: the kinds of news without which it is
    not met where it was not before. Nor is it where events came, and the score is lower (in_use.py).
    """

    kind: RuleKind
    look: Look
    threshold: int = 1
    clear: int = 1
    unit: int = 1
    step: int | None = None
    began: Callable[[Account, Instant], Instant] | None = None
    about: Callable[[Account, Instant], str] | None = None
    limit: Callable[[Account], float] | None = None
    moved_by: int = ANYTHING


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a card. `critical_from`: the value from which on it is critical; `dwell`: how long it must hold."""

    name: str
    sight: Sight
    look: Look  # that of its sight: asked at every evaluation
    threshold: int  # likewise
    dwell: Instant
    severity: Severity
    critical_from: int | None
    notify: tuple[Notify, ...]
    playbook: str

    def severity_of(self, value: int) -> Severity:
        """How urgent a value is."""
        is_critical = self.critical_from is not None and value >= self.critical_from
        return Severity.CRITICAL if is_critical else self.severity

    def is_worse(self, value: int, told: int) -> bool:
        """Whether a value is so much worse than another that it is news."""
        step = self.sight.step
        return value >= 2 * told if step is None else value >= told + step


class Rules(Value, frozen=True):
    """The rules of a card.

    `card` is what tells it from others; `trail_days`: how far back its rules look at the score, 0 if they do not.
    """

    card: str
    rules: tuple[Rule, ...]
    by_name: dict[str, Rule]
    trail_days: int
    moved_by: MovedBy[Rule]

    def concern(self, account: Account, at: Instant, reading: Reading) -> bool:
        """Whether any of them is met, or was: where none is there is nothing to tell.

        Of an account that none concerned at the look before, those are asked that news can have moved.
        """
        settled, asked = None if reading.score is None else account.settled, self.rules
        if account.holds:
            if settled is not None:
                settled.is_calm = False
            return True
        if settled is not None and settled.is_calm:
            asked = self.moved_by[settled.news]
        for rule in asked:  # not any(): this is the hot path
            look = rule.look  # as a method of it, it would be looked for in the class first
            value = look(account, at, reading)
            if value is not None and value >= rule.threshold:
                if settled is not None:
                    settled.is_calm = False
                return True
        if settled is not None:
            settled.is_calm = True
        return False
