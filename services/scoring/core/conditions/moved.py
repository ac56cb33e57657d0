"""What becomes of a rule that holds for an account, from one instant to the next.

score  |            .----------.        .--.
|            |          '--.     |  |
enter -+------------+-------------+-----+--+-------
|            |             '--.  |  '-.
clear -+------------+----------------'--'----+-----
|   ---------'                        '-----
|            |<--- dwell --->|        |
pending          open    closed
"""

from schemas.conditions import Status
from schemas.time import Instant
from services.scoring.core.hold import Hold
from services.scoring.core.rules.rule import RANK, Rule


def moved(hold: Hold, rule: Rule, value: int, at: Instant) -> tuple[Hold | None, Status | None]:
    """The hold at an instant at which the rule's value is this (None: it is over), and what of that is news.

    It is news that it is worse, or better, by as much as the rule takes for a step: what wavers is told once. So its
    severity falls only together with its value.
    """
    if value < rule.sight.clear:
        return None, Status.CLOSED if hold.is_open else None
    severity = rule.severity_of(value)
    if not hold.is_open:
        if at < hold.since + rule.dwell:
            return hold, None
        return hold._replace(is_open=True, told=value, severity=severity), Status.OPENED
    if rule.is_worse(value, hold.told) or RANK[severity] > RANK[hold.severity]:
        return hold._replace(told=value, severity=severity), Status.WORSENED
    if rule.is_worse(hold.told, value):
        return hold._replace(told=value, severity=severity), Status.EASED
    return hold, None
