"""The decision behind every door, rule by rule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from schemas.activity import Event
from schemas.codec import decode_activity, encode
from schemas.dead_letters import DeadLetterReason
from schemas.events import ProducerEvent
from schemas.time import DAY, HOUR, MINUTE, SECOND, instant_of, iso, moment_of
from services.ingest.core.admit import admit, check, read
from services.ingest.core.identity import identity
from services.ingest.core.verdict import Admitted, Receipt, Refused

NOW = 1_795_309_323_000  # 2026-11-22T01:02:03Z
RECEIPT = Receipt(NOW, "web", "given-by-us")
INVALID, UNATTRIBUTED = DeadLetterReason.INVALID, DeadLetterReason.UNATTRIBUTED


def sent(**fields: Any) -> ProducerEvent:
    return ProducerEvent(**{"account_id": "acme", "event_name": "login", **fields})


def admitted(**fields: Any) -> Event:
    found = admit(sent(**fields), RECEIPT)
    assert isinstance(found, Admitted)
    (event,) = found.records
    assert isinstance(event, Event)
    return event


def refused(**fields: Any) -> Refused:
    found = admit(sent(**fields), RECEIPT)
    assert isinstance(found, Refused)
    return found


def test_an_event_becomes_a_record_of_the_log_with_every_field():
    found = admitted(user_id="u-7", feature="reports", timestamp="2026-11-22T01:00:00.123Z", message_id="m1")

    assert found == Event(
        account_id="acme",
        event_name="login",
        occurred_at=moment_of(NOW - 2 * MINUTE - 3 * SECOND + 123),
        received_at=moment_of(NOW),
        source="web",
        message_id="m1",
        hash=identity("web", "m1"),
        user_id="u-7",
        feature="reports",
    )


@pytest.mark.parametrize(
    ("fields", "field", "value"),
    [
        pytest.param({"account_id": " acme\n"}, "account_id", "acme", id="white space around an id goes"),
        pytest.param({"account_id": 42}, "account_id", "42", id="a number is an id"),
        pytest.param({"account_id": "a" * 255}, "account_id", "a" * 255, id="255 characters fit"),
        pytest.param({"account_id": "株式会社アクメ"}, "account_id", "株式会社アクメ", id="any script"),
        pytest.param({"user_id": "👩\u200d💻"}, "user_id", "👩\u200d💻", id="joiners are no control characters"),
        pytest.param({"user_id": "  "}, "user_id", None, id="an empty user is none"),
        pytest.param({"feature": ""}, "feature", None, id="an empty feature is none"),
        pytest.param({"event_name": None, "event": "login"}, "event_name", "login", id="event is another name"),
        pytest.param({"event": "other"}, "event_name", "login", id="of both names, event_name counts"),
        pytest.param({}, "message_id", "given-by-us", id="without a message id it gets one"),
        pytest.param({"message_id": " "}, "message_id", "given-by-us", id="an empty message id is none"),
    ],
)
def test_a_field_is_cleaned(fields, field, value):
    assert getattr(admitted(**fields), field) == value


@pytest.mark.parametrize(
    ("timestamp", "occurred_at"),
    [
        pytest.param(None, NOW, id="no time: when it was received"),
        pytest.param("2026-11-22T01:00:00Z", NOW - 2 * MINUTE - 3 * SECOND, id="UTC"),
        pytest.param("2026-11-22T10:00:00+09:00", NOW - 2 * MINUTE - 3 * SECOND, id="an offset"),
        pytest.param("2026-11-22T01:00:00", NOW - 2 * MINUTE - 3 * SECOND, id="no offset is UTC"),
        pytest.param("2026-11-22 01:00:00.000999", NOW - 2 * MINUTE - 3 * SECOND, id="finer than a millisecond is cut"),
        pytest.param("20261122T010000Z", NOW - 2 * MINUTE - 3 * SECOND, id="the basic form"),
        pytest.param(NOW - 5, NOW - 5, id="milliseconds"),
        pytest.param(f" {NOW - 5} ", NOW - 5, id="milliseconds as text"),
        pytest.param(float(NOW - 5) + 0.9, NOW - 5, id="milliseconds with a fraction"),
        pytest.param(NOW - 48 * HOUR, NOW - 48 * HOUR, id="48 hours late is late enough"),
        pytest.param(NOW + 5 * MINUTE, NOW + 5 * MINUTE, id="five minutes ahead: clocks differ"),
        pytest.param(NOW + 5 * MINUTE + 1, NOW, id="further ahead: when it was received"),
        pytest.param(NOW + DAY, NOW, id="a day ahead: when it was received"),
    ],
)
def test_a_time_is_understood(timestamp, occurred_at):
    assert iso(instant_of(admitted(timestamp=timestamp).occurred_at)) == iso(occurred_at)


def test_occurred_at_is_another_name_of_the_timestamp():
    assert admitted(occurred_at=NOW - 7).occurred_at == moment_of(NOW - 7)


@pytest.mark.parametrize(
    ("fields", "reason", "words"),
    [
        pytest.param({"account_id": None}, UNATTRIBUTED, "account_id is missing", id="no account"),
        pytest.param({"account_id": " "}, UNATTRIBUTED, "account_id is missing", id="an empty account"),
        pytest.param({"event_name": None}, INVALID, "event_name is missing", id="no event name"),
        pytest.param({"event_name": ""}, INVALID, "event_name is missing", id="an empty event name"),
        pytest.param({"account_id": "a" * 256}, INVALID, "account_id has 256 characters", id="a long id"),
        pytest.param({"account_id": "a\0b"}, INVALID, "account_id holds U+0000 at position 2", id="NUL"),
        pytest.param({"user_id": "a\x1b[2J"}, INVALID, "user_id holds U+001B", id="an escape"),
        pytest.param({"feature": "a\x85b"}, INVALID, "feature holds U+0085", id="a control of the second set"),
        pytest.param({"event_name": "a\u2028b"}, INVALID, "event_name holds U+2028", id="a line separator"),
        pytest.param({"message_id": "\udc80"}, INVALID, "half of a character: send UTF-8", id="half a character"),
        pytest.param({"message_id": 1.5}, INVALID, "has a fraction", id="an id with a fraction"),
        pytest.param({"timestamp": "yesterday"}, INVALID, "'yesterday' is not a time: send ISO 8601", id="no time"),
        pytest.param({"timestamp": ""}, INVALID, "is not a time", id="an empty time"),
        pytest.param({"timestamp": "x" * 99}, INVALID, "x…' is not a time", id="a long non-time is cut"),
        pytest.param({"timestamp": NOW // 1_000}, INVALID, "looks like seconds", id="seconds"),
        pytest.param({"timestamp": -NOW}, INVALID, "lies outside 1970 to 2100", id="before 1970"),
        pytest.param({"timestamp": 1e300}, INVALID, "lies outside 1970 to 2100", id="a huge number"),
        pytest.param({"timestamp": "0001-01-01T00:00:00+14:00"}, INVALID, "lies outside", id="year one"),
        pytest.param({"timestamp": "9999-12-31T23:59:59-14:00"}, INVALID, "lies outside", id="year 9999"),
        pytest.param(
            {"timestamp": NOW + DAY + 1}, DeadLetterReason.TOO_EARLY, "24 hours ahead", id="more than a day ahead"
        ),
        pytest.param(
            {"timestamp": NOW - 48 * HOUR - 1}, DeadLetterReason.TOO_LATE, "kizashi import", id="more than 48 h late"
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_field_and_the_way_out(fields, reason, words):
    found = refused(**fields)

    assert (found.reason, words in found.detail) == (reason, True), found.detail


def test_history_is_not_too_late():
    assert not isinstance(check(sent(timestamp="1999-01-01"), NOW), Refused)


@pytest.mark.parametrize(
    ("value", "reason", "words"),
    [
        pytest.param(b"", DeadLetterReason.MALFORMED, "truncated", id="nothing"),
        pytest.param(b"\xff\xfe", DeadLetterReason.MALFORMED, "malformed", id="bytes"),
        pytest.param(b'{"account_id":"\xe9"}', DeadLetterReason.MALFORMED, "not UTF-8", id="Latin-1"),
        pytest.param(b'{"account_id":"\\ud800"}', DeadLetterReason.MALFORMED, "send one JSON object", id="surrogate"),
        pytest.param(b'{"a":NaN}', DeadLetterReason.MALFORMED, "invalid character", id="NaN"),
        pytest.param(b'{"timestamp":1e999}', DeadLetterReason.INVALID, "out of range", id="an infinite number"),
        pytest.param(b'{"account_id":' + b"9" * 5_000 + b"}", INVALID, "out of range", id="5,000 digits"),
        pytest.param(b'{"p":' + b"[" * 99_999 + b"]" * 99_999 + b"}", DeadLetterReason.MALFORMED, "deep", id="depth"),
        pytest.param(b"{} {}", DeadLetterReason.MALFORMED, "trailing", id="two objects"),
        pytest.param(b"[]", INVALID, "Expected `object`", id="a list"),
        pytest.param(b'{"account_id":true}', INVALID, "got `bool` - at `$.account_id`", id="a truth value"),
    ],
)
def test_what_is_not_strict_json_of_the_right_shape_cannot_be_read(value, reason, words):
    found = read(value)

    assert isinstance(found, Refused)
    assert (found.reason, words in found.detail) == (reason, True), found.detail


def test_of_equal_keys_the_last_counts():
    assert read(b'{"account_id":"a","account_id":"b"}') == ProducerEvent(account_id="b")


@given(some.text(min_size=1), some.text(min_size=1), some.text())
def test_whatever_is_admitted_can_be_written_and_read_again(account_id, event_name, user_id):
    found = admit(ProducerEvent(account_id=account_id, event_name=event_name, user_id=user_id), RECEIPT)

    if isinstance(found, Admitted):
        (event,) = found.records
        assert decode_activity(encode(event)) == event


@given(some.binary())
def test_no_bytes_make_reading_fail(value):
    found = read(value)

    assert isinstance(found, Refused) or isinstance(admit(found, RECEIPT), Admitted | Refused)


def test_the_identity_is_of_64_bits_and_stays_the_same_for_ever():
    assert identity("web", "m1") == 6_382_020_523_555_275_981


@given(some.text(), some.text(), some.text(), some.text())
def test_two_pairs_of_source_and_id_have_two_identities(source, message_id, other_source, other_id):
    clean = [text.replace("\0", "") for text in (source, message_id, other_source, other_id)]
    is_same = clean[:2] == clean[2:]

    assert (identity(clean[0], clean[1]) == identity(clean[2], clean[3])) == is_same
