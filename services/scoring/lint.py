"""What contradicts itself in a scorecard whose shape is right."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from schemas.detection import QUICKEST, detection
from schemas.rules import Rule, SilenceRule, length_of
from schemas.scorecard import SECTIONS, Inputs, Scorecard, Stage, Variant, When
from schemas.time import SECOND, Instant
from services.scoring.core.signals import NEEDS, SIGNALS
from services.scoring.lint_rules import wrong_with
from services.scoring.marked_yaml import Path
from services.scoring.shape import Flaw, nearest

_OPPOSITES: Final = (
    ("ticket_opened", "ticket_closed"),
    ("feedback_negative", "feedback_positive"),
    ("payment_failed", "payment_succeeded"),
)


LEAST_SILENCE: Final = detection(QUICKEST)


def contradictions(scorecard: Scorecard, least_silence: Instant = LEAST_SILENCE) -> Iterator[Flaw]:
    """Everything that cannot be meant, each with its place.

    `least_silence`: how long it takes to find out that it is the tracking that fell, and not a customer.
    """
    of_all = [flaw for look in _LOOKS.values() for flaw in look(scorecard)]
    yield from of_all
    yield from _hasty(scorecard.rules, ("rules",), least_silence)
    for index, variant in enumerate(scorecard.variants):
        yield from _hasty(variant.rules or (), ("variants", index, "rules"), least_silence)
    for index, variant in enumerate(scorecard.variants):
        yield from _of_variant(scorecard.varied(variant), variant, ("variants", index), of_all)
    yield from _of_variants(scorecard)


def _of_variant(card: Scorecard, variant: Variant, whole: Path, of_all: Sequence[Flaw]) -> Iterator[Flaw]:
    """What is wrong with a card as the accounts of a variant meet it, but for what is so for all: that is said once."""
    given = {name for name in SECTIONS if getattr(variant, name) is not None}
    for sections, look in _LOOKS.items():
        for flaw in look(card) if given.intersection(sections) else ():
            if flaw.path[0] in given:
                yield Flaw((*whole, *flaw.path), flaw.what)
            elif flaw not in of_all:
                yield Flaw(whole, flaw.what)


def _bands(card: Scorecard) -> Iterator[Flaw]:
    bands = card.bands
    if bands.watch >= bands.at_risk:
        yield Flaw(("bands", "watch"), f"watch begins at {bands.watch}, not below at_risk at {bands.at_risk}")
    elif bands.hysteresis >= bands.at_risk - bands.watch or bands.hysteresis > bands.watch:
        yield Flaw(("bands", "hysteresis"), f"at {bands.hysteresis} points the bands overlap: make it smaller")


def _signals(card: Scorecard) -> Iterator[Flaw]:
    seen: set[str] = set()
    for index, weighted in enumerate(card.signals):
        place, name, transform = ("signals", index, "signal"), weighted.signal, weighted.transform
        if name not in SIGNALS:
            yield Flaw(place, f"there is no signal {name}{nearest(name, tuple(SIGNALS))}")
        if name in seen:
            yield Flaw(place, f"{name} is on the card twice")
        seen.add(name)
        if transform is not None and transform.begins >= transform.ends:
            what = f"from is {transform.begins}, not below to, {transform.ends}"
            yield Flaw(("signals", index, "transform"), what)


def _categories(card: Scorecard) -> Iterator[Flaw]:
    used = {weighted.category for weighted in card.signals}
    for index, weighted in enumerate(card.signals):
        category = weighted.category
        if category is not None and category not in card.categories:
            hint = nearest(category, tuple(card.categories)) if card.categories else ""
            what = f"{category} has no cap: name it under categories with the most points it can add{hint}"
            yield Flaw(("signals", index, "category"), what)
    for category in card.categories:
        if category not in used:
            yield Flaw(("categories", category), f"no signal is of the category {category}")
    most = sum(card.categories.values())
    if None not in used and most < card.bands.at_risk and used == set(card.categories):
        what = f"together they add at most {most}: at_risk, from {card.bands.at_risk} on, is never reached"
        yield Flaw(("categories",), what)


def _needs(card: Scorecard) -> Iterator[Flaw]:
    for index, weighted in enumerate(card.signals):
        for need in NEEDS.get(weighted.signal, ()):
            if not getattr(card, need, None) and not getattr(card.inputs, need, None):
                where = f"inputs: {need}" if need in Inputs.__struct_fields__ else need
                what = f"{weighted.signal} needs events that are not named: give {where}"
                yield Flaw(("signals", index, "signal"), what)


def _inputs(card: Scorecard) -> Iterator[Flaw]:
    for one, other in _OPPOSITES:
        for name in sorted({*getattr(card.inputs, one)} & {*getattr(card.inputs, other)}):
            yield Flaw(("inputs", other), f"{name} is also a {one}")


def _value_points(card: Scorecard) -> Iterator[Flaw]:
    names = [point.name for point in card.value_points]
    for index in _repeated(names):
        yield Flaw(("value_points", index, "name"), f"there are two value points {names[index]}")


def _rules(card: Scorecard) -> Iterator[Flaw]:
    names = [rule.name for rule in card.rules]
    for index in _repeated(names):
        yield Flaw(("rules", index, "name"), f"there are two rules {names[index]}")
    for index, rule in enumerate(card.rules):
        for name, what in wrong_with(rule, card):
            yield Flaw(("rules", index, name), what)


def _hasty(rules: Sequence[Rule], place: Path, least: Instant) -> Iterator[Flaw]:
    """Silence rules that speak before anybody could know whether it is the tracking that fell."""
    for index, rule in enumerate(rules):
        if isinstance(rule, SilenceRule) and length_of(rule.dwell) < least:
            what = f"{rule.dwell} is shorter than the fleet guard needs to tell silence from broken tracking"
            yield Flaw((*place, index, "for"), f"{what}: {least // SECOND}s")


_LOOKS: Final = {
    ("bands",): _bands,
    ("signals",): _signals,
    ("signals", "categories", "bands"): _categories,
    ("signals", "inputs", "value_points", "winning_pattern", "moments"): _needs,
    ("inputs",): _inputs,
    ("value_points",): _value_points,
    ("rules", "bands", "value_points"): _rules,
}


def _of_variants(scorecard: Scorecard) -> Iterator[Flaw]:
    variants = scorecard.variants
    names = [variant.name for variant in variants]
    for index in _repeated(names):
        yield Flaw(("variants", index, "name"), f"there are two variants {names[index]}")
    for index, variant in enumerate(variants):
        when = variant.when
        if not when.segments and not when.stages:
            yield Flaw(("variants", index, "when"), "it holds for every account: name segments or stages")
        for earlier in variants[:index]:
            if _covers(earlier.when, when):
                what = f"{variant.name} is never used: {earlier.name} comes first and holds wherever it does"
                yield Flaw(("variants", index, "when"), what)
                break
        if when.stages == (Stage.ONBOARDING,) and _is_too_new(scorecard, variant):
            what = f"accounts in onboarding ({scorecard.stages.onboarding_days} days) are all younger than that"
            yield Flaw(("variants", index, "minimum_age_days"), what)


def _covers(earlier: When, later: When) -> bool:
    return _holds_all(earlier.segments, later.segments) and _holds_all(earlier.stages, later.stages)


def _holds_all(earlier: Iterable[str], later: Iterable[str]) -> bool:
    """Whether whoever meets a later condition meets an earlier one; an empty one is met by all."""
    return not set(earlier) or (bool(set(later)) and set(later) <= set(earlier))


def _is_too_new(scorecard: Scorecard, variant: Variant) -> bool:
    return scorecard.varied(variant).minimum_age_days >= scorecard.stages.onboarding_days


def _repeated(names: list[str]) -> Iterator[int]:
    return (index for index, name in enumerate(names) if name in names[:index])
