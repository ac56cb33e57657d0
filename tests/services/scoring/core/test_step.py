from typing import Any

import pytest
from msgspec.structs import replace

from schemas.activity import Authority, OutcomeKind
from schemas.changes import Before, Cause, CauseKind, Facts, State, UnknownReason
from schemas.time import DAY, moment_of
from services.scoring.core import ENGINE
from services.scoring.core.card import card_of
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import Because, advance, observe
from tests.services.scoring.core import records
from tests.services.scoring.core.folds import state_of
from tests.services.scoring.core.records import DAY_0, card, event

CARD = card({"recency": 10})
LATER = DAY_0 + 30 * DAY
BECAUSE = Because("log", CauseKind.TICK, 1, 70, LATER + 5)


def served(*said: Any) -> Account:
    """An account to which this was said, then served."""
    account = new_account("acme")
    for record in said:
        observe(account, record)
    assert advance(account, LATER, CARD, BECAUSE)[0] is not None
    return account


@pytest.mark.parametrize(
    ("said", "at", "changes"),
    [
        pytest.param([], LATER, False, id="nothing"),
        pytest.param([], LATER + DAY // 2, False, id="half a day of time"),
        pytest.param([], LATER + DAY, True, id="a whole day more: another point"),
        pytest.param([event(LATER - DAY, "2")], LATER, True, id="an event"),
        pytest.param([event(DAY_0, "2")], LATER, False, id="an event that moves no signal of the card"),
        pytest.param([records.facts(LATER, name="Acme KK")], LATER, True, id="another name"),
        pytest.param([records.facts(LATER, name="Acme")], LATER, False, id="the same name"),
        pytest.param([records.facts(LATER, name=None)], LATER, True, id="a name cleared"),
        pytest.param([records.contact(LATER)], LATER, False, id="a contact"),
        pytest.param([records.user_link(LATER, "ann")], LATER, False, id="a user"),
        pytest.param([records.outcome(LATER, OutcomeKind.RENEWED)], LATER, False, id="a renewal"),
        pytest.param([records.outcome(LATER, OutcomeKind.CHURNED)], LATER, True, id="a churn"),
    ],
)
def test_a_change_is_emitted_when_what_is_served_is_no_longer_right(said: Any, at: int, changes: bool):  # noqa: FBT001 - a column
    account = served(event(DAY_0, "1"), records.facts(DAY_0, name="Acme"))
    before = account.served
    for record in said:
        observe(account, record)
    assert (advance(account, at, CARD, BECAUSE)[0] is not None) is changes
    assert (account.served is not before) is changes


def test_drift_below_a_point_is_not_emitted_until_it_adds_up():
    """Recency beyond 58 days moves by less than half a point a day on a card that gives it few of its points."""
    drifting = card({"recency": 10, "breadth": 90})
    account = new_account("acme")
    observe(account, event(DAY_0, "1", feature="chart"))
    advance(account, DAY_0 + 40 * DAY, drifting, BECAUSE)
    emitted = [
        change.score
        for day in range(41, 90)
        if (change := advance(account, DAY_0 + day * DAY, drifting, BECAUSE)[0]) is not None
    ]
    whole = [int((score or 0) + 0.5) for score in emitted]
    assert whole == sorted(set(whole))
    assert len(emitted) < 5


def test_a_change_of_reason_is_a_change():
    account = new_account("acme")
    observe(account, records.facts(DAY_0, name="Acme"))
    never = advance(account, LATER, CARD, BECAUSE)[0]
    observe(account, event(LATER, "1"))
    too_new = advance(account, LATER, CARD, BECAUSE)[0]
    assert never is not None
    assert too_new is not None
    assert (never.reason, too_new.reason) == (UnknownReason.NEVER_SEEN, UnknownReason.TOO_NEW)
    assert (never.band, never.score, never.confidence, never.contributions) == (None, None, 0.0, ())


def test_another_version_of_the_scorecard_is_a_change_of_its_own_kind():
    account = served(event(DAY_0, "1"))
    newer = card_of(records.scorecard({"recency": 10}), 2, "aa" * 32)
    change = advance(account, LATER, newer, BECAUSE)[0]
    assert change is not None
    assert (change.cause.kind, change.scorecard, change.sequence) == (CauseKind.SCORECARD, "2-aaaaaaaa", 2)


def test_a_change_says_everything_that_is_served_from_then_on():
    account = new_account("acme")
    observe(account, event(DAY_0, "1"))
    observe(
        account, records.facts(DAY_0, name="Acme", seats=5, renewal_on=records.RENEWAL, authority=Authority.OPERATE)
    )
    first = advance(account, LATER, CARD, BECAUSE)[0]
    paid = event(LATER + 2 * DAY, "2", event_name="payment_failed")
    observe(account, paid)
    because = Because("log", CauseKind.EVENT, 1, 90, LATER + 2 * DAY + 5, paid)
    change = advance(account, LATER + 2 * DAY, CARD, because)[0]
    assert first is not None
    assert change is not None
    assert (first.id, first.previous, first.sequence) == ("log:1:70:acme:0", None, 1)
    assert change == replace(
        change,
        id="log:1:90:acme:0",
        account_id="acme",
        sequence=2,
        at=moment_of(LATER + 2 * DAY),
        known_at=moment_of(LATER + 2 * DAY + 5),
        cause=Cause(kind=CauseKind.EVENT, partition=1, offset=90, event_name="payment_failed", message_id="2"),
        score=0.0,
        band=State.HEALTHY,
        state=State.HEALTHY,
        reason=None,
        confidence=1.0,
        previous=Before(score=first.score, state=State.AT_RISK, at=moment_of(LATER)),
        facts=Facts(name="Acme", seats=5, renewal_on=records.RENEWAL),
        first_event_at=moment_of(DAY_0),
        last_event_at=moment_of(LATER + 2 * DAY),
        silence_deadline=None,
        scorecard="1-0f343b09",
        engine=ENGINE,
    )
    (recency,) = change.contributions
    assert (recency.signal, recency.value, recency.points, recency.previous_points) == (
        "recency",
        0.0,
        0.0,
        first.score,
    )


def test_a_change_names_the_silence_deadline_of_an_account_with_a_rhythm():
    account = new_account("acme")
    for day in range(20):
        observe(account, event(DAY_0 + day * DAY, str(day)))
    change = advance(account, LATER, CARD, BECAUSE)[0]
    assert change is not None
    assert account.silence_deadline is not None
    assert change.silence_deadline == moment_of(account.silence_deadline)


def test_judgements_may_come_in_any_order():
    said = [
        records.contact(DAY_0),
        records.contact(DAY_0 + DAY),
        records.outcome(DAY_0, OutcomeKind.CHURNED),
        records.outcome(DAY_0 + DAY, OutcomeKind.RENEWED),
        event(DAY_0 + DAY, "1", user_id="ann"),
        event(DAY_0, "2", user_id="ann"),
        records.user_link(DAY_0, "ann"),
    ]
    one, other = served(*said), served(*reversed(said))
    assert state_of(one) == state_of(other)
    assert (one.contact_at, one.outcome) == (DAY_0 + DAY, (DAY_0 + DAY, "renewed"))


def test_history_marks_an_account_as_importing_and_anything_else_as_touched():
    account = new_account("acme")
    observe(account, records.backfill(DAY_0, 1))
    assert (account.touched, account.importing) == (False, True)
    observe(account, event(DAY_0, "1"))
    assert (account.touched, account.importing) == (True, True)
