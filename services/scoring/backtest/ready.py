"""Scorecards made ready to be used side by side on one history: what any of them counts is counted once."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.activity import Publication
from schemas.scorecard import Scorecard
from services.scoring.core.cards import Cards, cards_of
from services.scoring.core.inputs import Since, Watch, catalogue_of


class Ready(NamedTuple):
    """The scorecards in their order, and what is to be counted for them from every account's first event on."""

    cards: tuple[Cards, ...]
    watch: Watch


def ready(scorecards: Sequence[Scorecard]) -> Ready:
    """Scorecards as if they had been in force from the beginning of time."""
    catalogue = catalogue_of(scorecards)
    since = Since(catalogue, (0,) * len(catalogue))
    cards = [cards_of(Publication(version=1, hash="", scorecard=scorecard), since) for scorecard in scorecards]
    return Ready(tuple(cards), Watch(catalogue))


def signals_of(scorecard: Scorecard) -> tuple[str, ...]:
    """The signals of a scorecard and its variants, each once, in the order of their first mention."""
    cards = scorecard.all_variants()
    return tuple(dict.fromkeys(weighted.signal for card in cards for weighted in card.signals))
