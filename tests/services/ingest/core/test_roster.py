"""Rows of the sheets a team has."""

from datetime import date

import pytest

from schemas.activity import AccountFacts, Authority, Because, Contact, ContactKind, Outcome, OutcomeKind
from schemas.time import moment_of, parse_iso
from services.ingest.core.roster import account_row, contact_row, outcome_row
from services.ingest.core.verdict import Refused

AT = parse_iso("2026-11-22")
DAY = moment_of(parse_iso("2026-11-01"))


def test_a_row_of_the_roster_says_every_fact_it_has():
    found = account_row(
        {
            "account_id": " acme ",
            "name": "Acme K.K.",
            "plan": "",
            "segment": None,
            "seats": "120",
            "arr": "1,200,000.5",
            "renewal_on": "2027-03-31",
            "owner": "csm-3",
            "time_zone": "Asia/Tokyo",
        },
        AT,
    )

    assert found == AccountFacts(
        account_id="acme",
        occurred_at=moment_of(AT),
        received_at=moment_of(AT),
        authority=Authority.OPERATE,
        name="Acme K.K.",
        seats=120,
        arr_cents=120_000_050,
        renewal_on=date(2027, 3, 31),
        owner="csm-3",
        time_zone="Asia/Tokyo",
    )


@pytest.mark.parametrize(
    ("cells", "cents"),
    [
        pytest.param({"arr": "1200"}, 120_000, id="whole"),
        pytest.param({"arr": "0.05"}, 5, id="cents"),
        pytest.param({"arr": 1200}, 120_000, id="a number"),
        pytest.param({"arr": "12", "arr_cents": "5"}, 5, id="cents win"),
    ],
)
def test_revenue_is_kept_in_cents(cells, cents):
    found = account_row({"account_id": "acme", **cells}, AT)

    assert isinstance(found, AccountFacts)
    assert found.arr_cents == cents


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        pytest.param({"account_id": ""}, "account_id is empty", id="no account"),
        pytest.param({"arr": "much"}, "arr is 'much'", id="no amount"),
        pytest.param({"arr": "1,20"}, "arr is '1,20'", id="a comma for a point"),
        pytest.param({"seats": "-3"}, "`$.seats`", id="negative seats"),
        pytest.param({"renewal_on": "31.3.2027"}, "`$.renewal_on`", id="no ISO date"),
        pytest.param({"name": "a\x07"}, "name holds U+0007", id="a bell"),
        pytest.param({"plan": 1.5}, "has a fraction", id="a fraction for a name"),
    ],
)
def test_a_row_of_the_roster_that_is_wrong_is_refused(cells, words):
    found = account_row({"account_id": "acme", **cells}, AT)

    assert isinstance(found, Refused)
    assert words in found.detail


@pytest.mark.parametrize(
    ("cells", "outcome", "reason"),
    [
        pytest.param({"churned_at": "2026-11-01"}, OutcomeKind.CHURNED, None, id="a churn"),
        pytest.param(
            {"churned_at": "2026-11-01", "label_kind": "explicit"},
            OutcomeKind.CHURNED,
            "explicit",
            id="a labelled churn",
        ),
        pytest.param({"outcome": "Renewed", "occurred_at": "2026-11-01"}, OutcomeKind.RENEWED, None, id="a renewal"),
        pytest.param(
            {"outcome": "contracted", "occurred_at": "2026-11-01", "reason": "price\ncut"},
            OutcomeKind.CONTRACTED,
            "price\ncut",
            id="with a reason",
        ),
    ],
)
def test_a_row_of_outcomes_says_what_became_of_an_account(cells, outcome, reason):
    assert outcome_row({"account_id": "acme", **cells}, AT) == Outcome(
        account_id="acme", occurred_at=DAY, received_at=moment_of(AT), outcome=outcome, reason=reason
    )


def test_a_row_of_outcomes_may_say_in_a_word_what_it_came_of():
    found = outcome_row({"account_id": "acme", "churned_at": "2026-11-01", "because": "Price"}, AT)
    assert isinstance(found, Outcome)
    assert found.because is Because.PRICE


def test_an_account_of_which_nothing_has_come_says_nothing():
    assert outcome_row({"account_id": "acme", "churned_at": "", "observed_until": "2026-11-22"}, AT) is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        pytest.param({"account_id": "", "churned_at": "2026-11-01"}, "account_id is empty", id="no account"),
        pytest.param({"outcome": "renewed"}, "occurred_at is missing", id="no time"),
        pytest.param({"outcome": "happy", "occurred_at": "2026-11-01"}, "send one of renewed", id="no outcome"),
        pytest.param({"churned_at": "soon"}, "is not a time", id="no date"),
        pytest.param({"churned_at": "2026-11-01", "because": "fate"}, "send one of price", id="not one of the words"),
        pytest.param({"churned_at": "2026-11-01", "reason": "a\0"}, "reason holds U+0000", id="NUL in a reason"),
        pytest.param({"churned_at": "2026-11-01", "reason": "a" * 4_001}, "at most 4000", id="a novel"),
    ],
)
def test_a_row_of_outcomes_that_is_wrong_is_refused(cells, words):
    found = outcome_row({"account_id": "acme", **cells}, AT)

    assert isinstance(found, Refused)
    assert words in found.detail


def test_a_row_of_contacts_says_who_was_spoken_to():
    cells = {"account_id": "acme", "occurred_at": "2026-11-01", "kind": "call", "author": "csm-3", "note": "Fine."}

    assert contact_row(cells, AT) == Contact(
        account_id="acme",
        occurred_at=DAY,
        received_at=moment_of(AT),
        kind=ContactKind.CALL,
        author="csm-3",
        note="Fine.",
    )


def test_a_contact_of_no_kind_is_a_note():
    found = contact_row({"account_id": "acme", "occurred_at": "2026-11-01"}, AT)

    assert isinstance(found, Contact)
    assert found.kind is ContactKind.NOTE


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param({"account_id": "acme"}, id="no time"),
        pytest.param({"account_id": "acme", "occurred_at": "2026-11-01", "kind": "dinner"}, id="no kind of ours"),
    ],
)
def test_a_row_of_contacts_that_is_wrong_is_refused(cells):
    assert isinstance(contact_row(cells, AT), Refused)
