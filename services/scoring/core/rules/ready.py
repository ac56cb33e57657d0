"""Makes the rules of a scorecard ready for use."""

from collections.abc import Callable
from typing import Any, Final

from schemas.rules import (
    BandRule,
    ChampionRule,
    ContactRule,
    DropRule,
    LevelRule,
    MomentRule,
    RenewalRule,
    SilenceRule,
    ValuePointRule,
    length_of,
)
from schemas.rules import Rule as Written
from schemas.scorecard import Scorecard
from services.scoring.core.inputs import Feeds
from services.scoring.core.novelty import MovedBy
from services.scoring.core.rules import of_activity, of_score
from services.scoring.core.rules.rule import Rule, Rules, Sight

_OF_SCORE: Final[dict[type[Written], Callable[[Any, Scorecard], Sight]]] = {
    LevelRule: of_score.level,
    DropRule: of_score.drop,
    BandRule: of_score.band,
    RenewalRule: of_score.renewal_near,
    ContactRule: of_score.no_contact,
}
_OF_ACTIVITY: Final[dict[type[Written], Callable[[Any, Feeds], Sight]]] = {
    MomentRule: of_activity.moment,
    SilenceRule: of_activity.silence,
    ValuePointRule: of_activity.value_point_missed,
    ChampionRule: of_activity.champion,
}


def rules_of(card: Scorecard, feeds: Feeds, label: str) -> Rules:
    """The rules of one card. `label` tells it from every other card there ever was."""
    rules = tuple(_ready(rule, card, feeds) for rule in card.rules)
    trail_days = max((rule.within_days for rule in card.rules if isinstance(rule, DropRule)), default=0)
    moved_by = MovedBy((rule.sight.moved_by, rule) for rule in rules)
    return Rules(label, rules, {rule.name: rule for rule in rules}, trail_days, moved_by)


def moments_of(card: Scorecard) -> frozenset[str]:
    """The events after which an account is evaluated at once: the card's moments, and those that rules wait for."""
    waited_for = [rule.events for rule in card.rules if isinstance(rule, MomentRule)]
    return frozenset(card.moments).union(*waited_for)


def _ready(rule: Written, card: Scorecard, feeds: Feeds) -> Rule:
    of_score = _OF_SCORE.get(type(rule))
    sight = of_score(rule, card) if of_score else _OF_ACTIVITY[type(rule)](rule, feeds)
    return Rule(
        name=rule.name,
        sight=sight,
        look=sight.look,
        threshold=sight.threshold,
        dwell=length_of(rule.dwell),
        severity=rule.severity,
        critical_from=None if rule.critical_from is None else rule.critical_from * sight.unit,
        notify=rule.notify,
        playbook=rule.playbook,
    )
