"""What is kept of an alert rule that holds for an account."""

from typing import Any, NamedTuple

from schemas.conditions import RuleKind, Severity
from schemas.time import Instant


class Hold(NamedTuple):
    """Since when it holds, and whether for long enough to be open; then what was told of it last.

    `told` is the value, in the rule's unit.
    """

    kind: RuleKind
    since: Instant
    is_open: bool = False
    told: int = 0
    severity: Severity = Severity.INFO
    about: str | None = None


def hold_of(packed: list[Any]) -> Hold:
    """The hold that was packed as the tuple it is."""
    kind, since, is_open, told, severity, about = packed
    return Hold(RuleKind(kind), since, is_open, told, Severity(severity), about)
