"""What a product says about its accounts and users."""

from datetime import date

import pytest

from schemas.activity import AccountFacts, Authority, UserLink
from schemas.time import DAY, moment_of
from services.ingest.core.admit_facts import admit_facts, admit_link
from services.ingest.core.verdict import Receipt, Refused

NOW = 1_795_309_323_000
RECEIPT = Receipt(NOW, "web", "m1")


def test_facts_are_told_by_the_authority_of_ingest():
    found = admit_facts(" acme ", {"plan": "pro", "seats": 5, "renewal_on": "2027-03-31", "name": None}, None, RECEIPT)

    assert found == AccountFacts(
        account_id="acme",
        occurred_at=moment_of(NOW),
        received_at=moment_of(NOW),
        authority=Authority.INGEST,
        plan="pro",
        seats=5,
        renewal_on=date(2027, 3, 31),
        name=None,
    )


def test_facts_are_never_too_late():
    found = admit_facts("acme", {"plan": "pro"}, NOW - 400 * DAY, RECEIPT)

    assert isinstance(found, AccountFacts)
    assert found.occurred_at == moment_of(NOW - 400 * DAY)


@pytest.mark.parametrize(
    ("account_id", "facts", "timestamp", "words"),
    [
        pytest.param("", {"plan": "pro"}, None, "account_id is empty", id="no account"),
        pytest.param("acme", {"seats": -1}, None, "`$.seats`", id="negative seats"),
        pytest.param("acme", {"seats": "many"}, None, "`$.seats`", id="seats in words"),
        pytest.param("acme", {"arr_cents": 2**53}, None, "`$.arr_cents`", id="more than JSON can count"),
        pytest.param("acme", {"name": "a\0b"}, None, "`$.name`", id="a control character"),
        pytest.param("acme", {"name": ""}, None, "`$.name`", id="an empty name"),
        pytest.param("acme", {"renewal_on": "soon"}, None, "`$.renewal_on`", id="no date"),
        pytest.param("acme", {"time_zone": "Asia; Tokyo"}, None, "`$.time_zone`", id="no time zone"),
        pytest.param("acme", {"colour": "blue"}, None, "colour", id="an unknown fact"),
        pytest.param("acme", {"plan": "pro"}, "then", "is not a time", id="no time"),
    ],
)
def test_facts_that_are_wrong_are_refused_with_the_field(account_id, facts, timestamp, words):
    found = admit_facts(account_id, facts, timestamp, RECEIPT)

    assert isinstance(found, Refused)
    assert words in found.detail


def test_a_user_belongs_to_an_account():
    assert admit_link("acme", 7, None, RECEIPT) == UserLink(
        account_id="acme", user_id="7", occurred_at=moment_of(NOW), received_at=moment_of(NOW)
    )


def test_a_link_of_nobody_is_refused():
    assert isinstance(admit_link("acme", " ", None, RECEIPT), Refused)
