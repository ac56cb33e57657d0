"""Every example of a dialect becomes what it says it becomes."""

import json

import pytest

from schemas.codec import encode
from schemas.dead_letters import DeadLetterReason
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.catalogue import ROUTES
from services.ingest.dialects.examples import MESSAGE_ID, RECEIVED_AT, SOURCE, Example, examples

LONGEST = 32_768


def decided(example: Example) -> list[Admitted | Refused]:
    dialect = ROUTES[example.route]
    body = json.dumps(example.body, ensure_ascii=False).encode()
    parcel = dialect.unpack(dialect.gather(example.headers, body))
    receipt = Receipt(RECEIVED_AT, SOURCE, MESSAGE_ID, parcel.sent_at)
    return [dialect.decide(item, receipt, LONGEST) for item in parcel.items]


def of(verdict: str) -> list[object]:
    return [pytest.param(one, id=f"{one.dialect}-{one.name}") for one in examples() if one.verdict == verdict]


@pytest.mark.parametrize("example", of("accepted"))
def test_an_accepted_example_becomes_its_records(example):
    records = [record for one in decided(example) if isinstance(one, Admitted) for record in one.records]

    assert [json.loads(encode(record)) for record in records] == example.becomes


@pytest.mark.parametrize("example", of("refused"))
def test_a_refused_example_is_refused_for_the_reason_in_its_name_and_told_why(example):
    (found,) = decided(example)

    assert isinstance(found, Refused)
    assert (found.reason, found.detail) == (DeadLetterReason(example.name.partition("-")[0]), example.detail)


def test_every_dialect_has_examples_of_both_kinds():
    wanted = {(dialect.name, verdict) for dialect in ROUTES.values() for verdict in ("accepted", "refused")}

    assert {(one.dialect, one.verdict) for one in examples()} == wanted
