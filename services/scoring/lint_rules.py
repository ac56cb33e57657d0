"""What contradicts itself in the alert rules of a scorecard whose shape is right."""

from collections.abc import Iterator

from schemas.conditions import Severity
from schemas.rules import BandRule, ChampionRule, ContactRule, DropRule, LevelRule, MomentRule, Rule, ValuePointRule
from schemas.scorecard import Scorecard
from services.scoring.core.rules.of_score import threshold_of
from services.scoring.shape import nearest

Wrong = tuple[str, str]  # a field, and what is wrong with it


def wrong_with(rule: Rule, card: Scorecard) -> Iterator[Wrong]:
    """Everything in a rule of a card that cannot be meant."""
    match rule:
        case LevelRule() | DropRule():
            yield from _clear(rule, card)
        case MomentRule():
            yield from _ended_by(rule)
        case ValuePointRule():
            yield from _value_point(rule, card)
        case _:
            pass
    yield from _critical_from(rule, card)


def _clear(rule: LevelRule | DropRule, card: Scorecard) -> Iterator[Wrong]:
    met = _met_from(rule, card)
    if rule.clear is not None and rule.clear >= met:
        yield "clear", f"it is {rule.clear}, not below {met}, from where on the rule is met"


def _ended_by(rule: MomentRule) -> Iterator[Wrong]:
    for name in sorted({*rule.events} & {*rule.ended_by}):
        yield "ended_by", f"{name} also begins it"


def _value_point(rule: ValuePointRule, card: Scorecard) -> Iterator[Wrong]:
    names = [point.name for point in card.value_points]
    if not names:
        yield "kind", "there are no value points: name them under value_points"
    elif rule.value_point is not None and rule.value_point not in names:
        yield "value_point", f"there is no value point {rule.value_point}{nearest(rule.value_point, names)}"


def _critical_from(rule: Rule, card: Scorecard) -> Iterator[Wrong]:
    met, critical = _met_from(rule, card), rule.critical_from
    if critical is None:
        return
    if rule.severity is Severity.CRITICAL:
        yield "critical_from", "it is critical from the start: leave this out, or lower the severity"
    elif critical <= met:
        yield "critical_from", f"it is {critical}, and the rule is met from {met} on: give that severity at once"


def _met_from(rule: Rule, card: Scorecard) -> int:
    """From which value on a rule is met, in what a condition tells."""
    match rule:
        case LevelRule():
            return threshold_of(rule, card)
        case DropRule(points=points):
            return points
        case MomentRule(times=times):
            return times
        case ChampionRule(days=days) | ContactRule(days=days):
            return days
        case BandRule():
            return 1
        case _:
            return 0
