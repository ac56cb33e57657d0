"""CloudEvents, and what they become."""

import json
from typing import Any

import pytest

from schemas.activity import Event
from schemas.dead_letters import DeadLetterReason
from schemas.time import moment_of
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.body import BodyMalformed
from services.ingest.dialects.cloudevents import decide, gather, unpack
from services.ingest.dialects.dialect import Parcel

NOW = 1_795_309_323_000  # 2026-11-22T01:02:03Z
RECEIPT = Receipt(NOW, "web", "given-by-us")
LONGEST = 32_768
LEAST = {"specversion": "1.0", "id": "1", "source": "billing", "type": "invoice_paid"}


def decided(**event: Any) -> Admitted | Refused:
    return decide(json.dumps({**LEAST, **event}).encode(), RECEIPT, LONGEST)


def happening(**event: Any) -> Event:
    found = decided(**{"subject": "acme", **event})
    assert isinstance(found, Admitted), found
    (record,) = found.records
    assert isinstance(record, Event)
    return record


@pytest.mark.parametrize(
    "where",
    [
        pytest.param({"subject": "acme"}, id="subject"),
        pytest.param({"accountid": "acme", "subject": "report/12"}, id="the extension before the subject"),
        pytest.param({"data": {"account_id": "acme"}}, id="account_id of the data"),
        pytest.param({"data": {"groupId": "acme"}}, id="groupId of the data"),
        pytest.param({"subject": "acme", "data": {"account_id": "other"}}, id="the subject before the data"),
        pytest.param({"subject": "", "data": {"account_id": "acme"}}, id="an empty subject is not there"),
    ],
)
def test_the_account_is_found(where):
    found = decided(**where)

    assert isinstance(found, Admitted)
    assert found.records[0].account_id == "acme"


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        pytest.param({}, "event_name", "invoice_paid", id="its type"),
        pytest.param({}, "message_id", "billing#1", id="source and id name it"),
        pytest.param({"id": 42}, "message_id", "billing#42", id="a number is an id"),
        pytest.param({"userid": "u-7"}, "user_id", "u-7", id="a user as an extension"),
        pytest.param({"data": {"user_id": 7}}, "user_id", "7", id="a user in the data"),
        pytest.param({"data": {"userId": "u-7"}}, "user_id", "u-7", id="a user in camels"),
        pytest.param({"data": ["u-7"]}, "user_id", None, id="data that is no object says nothing"),
        pytest.param({"feature": "billing"}, "feature", "billing", id="a feature as an extension"),
        pytest.param({"data": {"feature": "billing"}}, "feature", "billing", id="a feature in the data"),
        pytest.param({"time": "2026-11-22T10:02:00+09:00"}, "occurred_at", moment_of(NOW - 3_000), id="its time"),
        pytest.param({}, "occurred_at", moment_of(NOW), id="no time"),
    ],
)
def test_an_event_is_read(event, field, value):
    assert getattr(happening(**event), field) == value


def test_a_long_name_is_shortened_and_stays_its_own():
    first, again, other = (
        happening(source="s" * 250, id=event_id).message_id for event_id in ("12345", "12345", "54321")
    )

    assert (len(first), first == again, first == other) == (32, True, False)


@pytest.mark.parametrize(
    ("event", "reason", "words"),
    [
        pytest.param({"specversion": "0.3"}, DeadLetterReason.INVALID, "'0.3'", id="an older version"),
        pytest.param({"specversion": None}, DeadLetterReason.INVALID, "None", id="no version"),
        pytest.param({"id": None}, DeadLetterReason.INVALID, "id or source", id="no id"),
        pytest.param({"source": ""}, DeadLetterReason.INVALID, "id or source", id="no source"),
        pytest.param({"type": None, "subject": "acme"}, DeadLetterReason.INVALID, "event_name", id="no type"),
        pytest.param({}, DeadLetterReason.UNATTRIBUTED, "account_id", id="no account"),
        pytest.param({"subject": {}}, DeadLetterReason.INVALID, "$.subject", id="an object for a subject"),
        pytest.param({"data": "x" * 40_000}, DeadLetterReason.TOO_LARGE, "32768", id="too large"),
    ],
)
def test_what_cannot_be_used_is_refused(event, reason, words):
    found = decided(**event)

    assert isinstance(found, Refused)
    assert (found.reason, words in found.detail) == (reason, True), found.detail


HEADERS = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "billing", "ce-type": "invoice_paid"}


@pytest.mark.parametrize(
    ("headers", "body", "event"),
    [
        pytest.param({}, b"", LEAST, id="no data"),
        pytest.param({}, b'{"a": 1}', {**LEAST, "data": {"a": 1}}, id="JSON"),
        pytest.param({}, b"\xff\x00", {**LEAST, "data_base64": "/wA="}, id="other data"),
        pytest.param({}, b"NaN", {**LEAST, "data_base64": "TmFO"}, id="nearly JSON"),
        pytest.param({"ce-data": "3"}, b"1", {**LEAST, "data": 1}, id="no attribute is called data"),
        pytest.param({"ce-subject": "acct-1%20%E6%97%A5%25"}, b"", {**LEAST, "subject": "acct-1 日%"}, id="percents"),
        pytest.param({"ce-subject": "100%"}, b"", {**LEAST, "subject": "100%"}, id="a percent of its own"),
        pytest.param({"ce-subject": "日".encode().decode("latin-1")}, b"", {**LEAST, "subject": "日"}, id="UTF-8"),
        pytest.param({"ce-subject": "\xe9"}, b"", {**LEAST, "subject": "é"}, id="Latin-1"),
        pytest.param({"content-type": "text/plain"}, b"", LEAST, id="other headers do not count"),
    ],
)
def test_attributes_in_headers_and_data_in_the_body_are_one_event(headers, body, event):
    assert json.loads(gather({**HEADERS, **headers}, body)) == event


def test_a_body_holds_one_or_a_batch():
    assert unpack(b'{"id":"1"}') == Parcel([b'{"id":"1"}'])
    assert unpack(b'[{"id":"1"},NaN]') == Parcel([b'{"id":"1"}', b"NaN"])


@pytest.mark.parametrize("body", [b"", b"3", b"[{]"])
def test_a_body_in_which_nothing_can_be_told_apart_is_malformed(body):
    with pytest.raises(BodyMalformed):
        unpack(body)
