"""Segment's calls, and what they become."""

import json
from typing import Any

import pytest

from schemas.activity import AccountFacts, Authority, Event, UserLink
from schemas.dead_letters import DeadLetterReason
from schemas.time import moment_of
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.body import BodyMalformed
from services.ingest.dialects.dialect import Parcel
from services.ingest.dialects.segment import batch, decide, single

NOW = 1_795_309_323_000  # 2026-11-22T01:02:03Z
RECEIPT = Receipt(NOW, "web", "given-by-us")
LONGEST = 32_768


def decided(kind: str | None = None, **call: Any) -> Admitted | Refused:
    return decide(json.dumps(call).encode(), RECEIPT, LONGEST, kind=kind)


def records(kind: str | None = None, **call: Any) -> tuple[Any, ...]:
    found = decided(kind, **call)
    assert isinstance(found, Admitted), found
    return found.records


TRACK = {"type": "track", "event": "Report Exported", "userId": "u-7", "messageId": "m1", "groupId": "acme"}


def test_a_track_call_is_an_event():
    (event,) = records(
        type="track",
        event="Report Exported",
        userId="u-7",
        anonymousId=None,
        messageId="m1",
        context={"groupId": "acme", "ip": "203.0.113.9"},
        properties={"feature": "reports", "rows": 12},
        timestamp="2026-11-22T01:02:00.005+00:00",
        integrations={},
    )

    assert isinstance(event, Event)
    assert (event.account_id, event.user_id, event.event_name, event.feature, event.message_id) == (
        "acme",
        "u-7",
        "Report Exported",
        "reports",
        "m1",
    )
    assert event.occurred_at == moment_of(NOW - 3_000 + 5)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param({"groupId": "acme"}, id="groupId"),
        pytest.param({"context": {"groupId": "acme"}}, id="context.groupId"),
        pytest.param({"properties": {"groupId": "acme"}}, id="properties.groupId"),
        pytest.param({"properties": {"account_id": "acme"}}, id="properties.account_id"),
        pytest.param({"traits": {"company": {"id": "acme"}}}, id="traits.company.id"),
        pytest.param({"context": {"traits": {"company": {"id": "acme"}}}}, id="context.traits.company.id"),
        pytest.param({"groupId": "acme", "context": {"groupId": "other"}}, id="the first that is there counts"),
        pytest.param({"groupId": "", "context": {"groupId": "acme"}}, id="an empty one is not there"),
        pytest.param({"properties": {"groupId": {}, "account_id": "acme"}}, id="nor is one that is no id"),
    ],
)
def test_the_account_is_found_where_sdks_put_it(where):
    (event,) = records(type="track", event="login", **where)

    assert event.account_id == "acme"


def test_an_anonymous_user_is_a_user():
    (event,) = records(type="track", event="login", groupId="acme", userId=None, anonymousId="a-1")

    assert event.user_id == "a-1"


def test_the_original_time_wins():
    (event,) = records(**TRACK, timestamp="2026-11-22T01:00:00Z", originalTimestamp="2026-11-22T00:00:00Z")

    assert event.occurred_at == moment_of(NOW - 3_723_000)


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_a_page_is_an_event_and_its_name_the_feature(kind):
    (event,) = records(type=kind, name="Settings", groupId="acme", userId="u-7")

    assert (event.event_name, event.feature) == (kind, "Settings")


def test_a_group_call_tells_allowed_traits_and_whose_user_it_is():
    assert records(
        type="group", groupId="acme", userId="u-7", traits={"name": "Acme", "seats": 5, "email": "a@example.com"}
    ) == (
        AccountFacts(
            account_id="acme",
            occurred_at=moment_of(NOW),
            received_at=moment_of(NOW),
            authority=Authority.INGEST,
            name="Acme",
            seats=5,
        ),
        UserLink(account_id="acme", user_id="u-7", occurred_at=moment_of(NOW), received_at=moment_of(NOW)),
    )


def test_a_group_call_without_traits_or_user_says_nothing():
    assert records(type="group", groupId="acme") == ()


def test_an_identify_call_of_a_known_account_links_the_user():
    found = records(type="identify", userId="u-7", context={"groupId": "acme"}, traits={"email": "a@example.com"})

    assert found == (
        UserLink(account_id="acme", user_id="u-7", occurred_at=moment_of(NOW), received_at=moment_of(NOW)),
    )


@pytest.mark.parametrize(
    "call",
    [
        pytest.param({"type": "identify", "userId": "u-7"}, id="identify without an account"),
        pytest.param({"type": "alias", "userId": "u-7", "previousId": "a-1"}, id="alias"),
    ],
)
def test_some_calls_say_nothing_that_the_log_keeps(call):
    assert records(**call) == ()


def test_the_route_says_the_type_of_a_single_call():
    (event,) = records("track", event="login", groupId="acme")

    assert event.event_name == "login"


@pytest.mark.parametrize(
    ("call", "reason", "words"),
    [
        pytest.param({"type": "track", "event": "x"}, DeadLetterReason.UNATTRIBUTED, "account_id", id="no account"),
        pytest.param({"type": "track", "groupId": "acme"}, DeadLetterReason.INVALID, "event_name", id="no event"),
        pytest.param({"type": "group", "userId": "u"}, DeadLetterReason.UNATTRIBUTED, "groupId", id="a group of none"),
        pytest.param(
            {"type": "group", "groupId": "a", "traits": {"seats": "x"}},
            DeadLetterReason.INVALID,
            "seats",
            id="a bad trait",
        ),
        pytest.param({"type": "rumour"}, DeadLetterReason.INVALID, "'rumour'", id="an unknown type"),
        pytest.param({}, DeadLetterReason.INVALID, "type is ''", id="no type"),
        pytest.param({"type": "track", "userId": []}, DeadLetterReason.INVALID, "$.userId", id="a list for a user"),
        pytest.param({"type": "track", "event": "x" * 40_000}, DeadLetterReason.TOO_LARGE, "32768", id="too large"),
    ],
)
def test_a_call_that_cannot_be_used_is_refused(call, reason, words):
    found = decided(**call)

    assert isinstance(found, Refused)
    assert (found.reason, words in found.detail) == (reason, True), found.detail


@pytest.mark.parametrize("item", [b'{"type":NaN}', b'{"type":"\xff"}', b'{"x":' + b"[" * 99_999, b""])
def test_a_call_that_is_not_strict_json_is_malformed(item):
    found = decide(item, RECEIPT, 1_000_000)

    assert isinstance(found, Refused)
    assert found.reason is DeadLetterReason.MALFORMED


def test_a_batch_holds_calls_and_perhaps_a_key_and_when_it_was_sent():
    body = b'{"batch":[{"a":1},{"b":2}],"writeKey":"k","sentAt":"2026-11-22T01:02:03Z"}'

    assert batch(body) == Parcel([b'{"a":1}', b'{"b":2}'], "k", NOW)


def test_one_bad_call_leaves_its_neighbours_alone():
    assert batch(b'{"batch":[{"a":NaN},{"b":2}]}') == Parcel([b'{"a":NaN}', b'{"b":2}'])


@pytest.mark.parametrize("body", [b"", b"[]", b'{"batch":3}', b"{}", b'{"batch":[}', b"\x00"])
def test_a_batch_in_which_no_call_can_be_told_from_another_is_malformed(body):
    with pytest.raises(BodyMalformed):
        batch(body)


def test_a_single_call_may_carry_its_key():
    assert single(b'{"event":"x","writeKey":"k"}') == Parcel([b'{"event":"x","writeKey":"k"}'], "k")


@pytest.mark.parametrize("body", [b'{"writeKey":3}', b'{"writeKey":NaN}', b'{"writeKey":"\xff"}'])
def test_a_key_that_is_no_text_is_none(body):
    assert single(body) == Parcel([body])
