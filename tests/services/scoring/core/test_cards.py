from datetime import date, timedelta

import pytest

from schemas.activity import Activity
from schemas.scorecard import Bands, Stage, Stages, Variant, Weighted, When
from schemas.time import DAY
from services.scoring.core.cards import Cards, cards_of, stage_of
from services.scoring.core.inputs import Since, of_names
from services.scoring.core.partition import Counted
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import observe
from tests.services.scoring.core import records
from tests.services.scoring.core.folds import fold
from tests.services.scoring.core.records import DAY_0, event, publication

COUNTED = Since((of_names(["a"]),), (0,))
RECENCY = (Weighted(signal="recency", points=1),)
VARIANTS = (
    Variant(name="new", when=When(stages=(Stage.ONBOARDING,)), minimum_age_days=1),
    Variant(name="large, to renew", when=When(segments=("large",), stages=(Stage.RENEWAL,)), signals=RECENCY),
    Variant(name="large", when=When(segments=("large", "huge")), bands=Bands(watch=10, at_risk=20)),
)


def cards() -> Cards:
    return cards_of(publication(3, moments=("a",), variants=VARIANTS), COUNTED)


def account_of(segment: str | None, renewal: date | None = None) -> Account:
    account = new_account("acme")
    observe(account, event(DAY_0, "1"))
    observe(account, records.facts(DAY_0, segment=segment, renewal_on=renewal))
    return account


@pytest.mark.parametrize(
    ("segment", "renewal", "day", "variant"),
    [
        pytest.param("large", None, 29, "new", id="the first that holds"),
        pytest.param("large", None, 30, "large", id="no longer new"),
        pytest.param("huge", date(2026, 3, 1), 40, "large", id="one of two segments"),
        pytest.param("large", date(2026, 3, 1), 40, "large, to renew", id="segment and stage"),
        pytest.param("small", date(2026, 3, 1), 40, None, id="none of them"),
        pytest.param(None, None, 40, None, id="of no segment"),
    ],
)
def test_the_first_variant_that_holds_is_used(segment, renewal, day, variant):
    assert cards().card(account_of(segment, renewal), DAY_0 + day * DAY).variant == variant


#   first event        + 30 days       renewal - 60           renewal
#   ----|------------------|----------------|--------------------|-------->
#          onboarding            live              renewal           live
@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (0, Stage.ONBOARDING),
        (29, Stage.ONBOARDING),
        (30, Stage.LIVE),
        (39, Stage.LIVE),
        (40, Stage.RENEWAL),
        (100, Stage.RENEWAL),
        (101, Stage.LIVE),
    ],
)
def test_a_life_has_three_stages(day, stage):
    account = account_of(None, date(2026, 1, 1) + timedelta(days=100))
    assert stage_of(account, 20_454 + day, Stages()) is stage


def test_an_account_without_an_event_is_to_be_onboarded():
    assert stage_of(new_account("acme"), 20_454, Stages()) is Stage.ONBOARDING


def test_a_scorecard_without_variants_is_for_all():
    plain = cards_of(publication(2), COUNTED)
    assert plain.card(account_of("large"), DAY_0).variant is None
    assert plain.label == "2-00000000"


def test_moments_are_those_of_the_accounts_own_card():
    """Another variant's moment is none."""
    variants = (Variant(name="large", when=When(segments=("large",)), moments=("cancel_page_viewed",)),)
    published = publication(1, moments=("payment_failed",), variants=variants, minimum_age_days=0)
    opening: tuple[Activity, ...] = (records.LOG, published)
    said: list[Activity] = [records.facts(DAY_0, segment="large"), event(DAY_0, "0"), records.tick(DAY_0)]
    for name, evaluated in (("cancel_page_viewed", True), ("payment_failed", False), ("login", False)):
        folded = fold(records.log_of(*opening, *said, event(DAY_0 + DAY, "1", event_name=name)))
        assert folded.partition.counts[Counted.EVALUATIONS] == 1 + evaluated, name
