"""Which card an account is scored by: the first variant of the scorecard in force that is meant for it."""

from dataclasses import dataclass

from schemas.activity import FACT_FIELDS, Publication
from schemas.scorecard import Stage, Stages, When
from schemas.time import Day, Instant, day_of, day_of_date
from services.scoring.core.card import Card, card_of
from services.scoring.core.inputs import Since
from services.scoring.core.state import Account

_SEGMENT = FACT_FIELDS.index("segment")
_RENEWAL = FACT_FIELDS.index("renewal_on")


@dataclass(frozen=True, slots=True)
class Cards:
    """A published scorecard, made ready for use."""

    label: str
    moments: frozenset[str]  # of any of the cards
    _whole: Card  # for whom no variant is meant
    _variants: tuple[tuple[When, Card], ...]
    _stages: Stages

    def card(self, account: Account, at: Instant) -> Card:
        """The card that an account is scored by at an instant."""
        if self._variants:
            segment, stage = account.told[_SEGMENT], stage_of(account, day_of(at), self._stages)
            for when, card in self._variants:
                if (not when.segments or segment in when.segments) and (not when.stages or stage in when.stages):
                    return card
        return self._whole


def stage_of(account: Account, today: Day, stages: Stages) -> Stage:
    """Where an account is in its life. Before its first event it is to be onboarded."""
    if account.first_at is None or today - account.active.origin < stages.onboarding_days:
        return Stage.ONBOARDING
    renewal = account.told[_RENEWAL]
    if renewal is not None and 0 <= day_of_date(renewal) - today <= stages.renewal_days:
        return Stage.RENEWAL
    return Stage.LIVE


def cards_of(publication: Publication, since: Since) -> Cards:
    """The cards of a publication whose inputs are counted since then. Raises `UnknownSignal`."""
    scorecard, version, digest = publication.scorecard, publication.version, publication.hash
    whole = card_of(scorecard, version, digest, since.feeds(scorecard))
    variants = [
        (variant.when, card_of(varied, version, digest, since.feeds(varied), variant.name))
        for variant in scorecard.variants
        for varied in [scorecard.varied(variant)]
    ]
    moments = whole.moments.union(*(card.moments for _, card in variants))
    return Cards(whole.label, moments, whole, tuple(variants), scorecard.stages)
