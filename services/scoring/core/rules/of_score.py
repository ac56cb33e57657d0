"""What rules see in the score: its level, a fall, a band; and what matters while an account is at risk.

Nobody can say while the state is unknown.
"""

from typing import Final

from schemas.activity import FACT_FIELDS
from schemas.changes import GRAINS_PER_POINT, State
from schemas.conditions import RuleKind
from schemas.rules import BandRule, ContactRule, DropRule, LevelRule, RenewalRule
from schemas.scorecard import Scorecard
from schemas.time import DAY, Instant, day_of, day_of_date
from services.scoring.core.novelty import SCORE
from services.scoring.core.reading import Reading
from services.scoring.core.rules.rule import Look, Sight
from services.scoring.core.state import Account

NEWS: Final = 10 * GRAINS_PER_POINT  # what a score must move by to be told again
HYSTERESIS: Final = 5  # points below its threshold a level is clear, unless said otherwise

_RENEWAL: Final = FACT_FIELDS.index("renewal_on")
_BANDS: Final = {State.HEALTHY: 0, State.WATCH: 1, State.AT_RISK: 2}
_DOES_NOT_APPLY: Final = -1


def level(rule: LevelRule, card: Scorecard) -> Sight:
    """The score, in grains."""
    threshold = threshold_of(rule, card)
    clear = max(0, threshold - HYSTERESIS) if rule.clear is None else rule.clear

    def look(_: Account, __: Instant, reading: Reading) -> int | None:
        return reading.score

    return _of_points(RuleKind.LEVEL, look, threshold, clear)


def threshold_of(rule: LevelRule, card: Scorecard) -> int:
    """Where a level begins, in points: unless said otherwise where the band at_risk does."""
    return card.bands.at_risk if rule.threshold is None else rule.threshold


def drop(rule: DropRule, _: Scorecard) -> Sight:
    """How far the risk has come up from its lowest within the days, from one whole point to another; in grains."""
    within = rule.within_days
    clear = (rule.points + 1) // 2 if rule.clear is None else rule.clear

    def look(account: Account, at: Instant, reading: Reading) -> int | None:
        return None if reading.score is None else account.trail.rise(at // DAY, within) * GRAINS_PER_POINT

    return _of_points(RuleKind.DROP, look, rule.points, clear)._replace(began=lambda _, at: at)


def _of_points(kind: RuleKind, look: Look, threshold: int, clear: int) -> Sight:
    step, unit = NEWS, GRAINS_PER_POINT
    return Sight(kind, look, threshold * unit, clear * unit, unit, step, moved_by=SCORE)


def band(rule: BandRule, _: Scorecard) -> Sight:
    """The band's number; its own hysteresis keeps it from wavering."""
    enters = _BANDS[State(rule.enters)]

    def look(_: Account, __: Instant, reading: Reading) -> int | None:
        return _BANDS.get(reading.state)

    return Sight(RuleKind.BAND, look, enters, enters, step=1, moved_by=SCORE)


def renewal_near(rule: RenewalRule, card: Scorecard) -> Sight:
    """The score, in grains, of an account at risk whose renewal comes within the days."""
    within, at_risk = rule.within_days, float(card.bands.at_risk)

    def look(account: Account, at: Instant, reading: Reading) -> int | None:
        renewal = account.told[_RENEWAL]
        if reading.state is State.UNKNOWN:
            return None
        if renewal is None or reading.state is not State.AT_RISK:
            return _DOES_NOT_APPLY
        days = day_of_date(renewal) - day_of(at)
        return reading.score or 0 if 0 <= days <= within else _DOES_NOT_APPLY

    return Sight(RuleKind.RENEWAL_NEAR, look, 0, 0, GRAINS_PER_POINT, NEWS, limit=lambda _: at_risk)


def no_contact(rule: ContactRule, _: Scorecard) -> Sight:
    """Days since somebody spoke with an account at risk, from one UTC day to another; if nobody has, since it came."""

    def look(account: Account, at: Instant, reading: Reading) -> int | None:
        if reading.state is State.UNKNOWN:
            return None
        if reading.state is not State.AT_RISK:
            return _DOES_NOT_APPLY
        last = account.first_at if account.contact_at is None else account.contact_at
        return day_of(at) - day_of(last or at)

    return Sight(RuleKind.NO_CONTACT, look, rule.days, rule.days)
