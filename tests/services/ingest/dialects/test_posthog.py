"""PostHog's events, and what they become."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from schemas.activity import AccountFacts, Event, UserLink
from schemas.dead_letters import DeadLetterReason
from schemas.time import moment_of
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.body import BodyMalformed
from services.ingest.dialects.dialect import Parcel
from services.ingest.dialects.posthog import decide, unpack, uuid_of

NOW = 1_795_309_323_000  # 2026-11-22T01:02:03Z
RECEIPT = Receipt(NOW, "web", "given-by-us")
LONGEST = 32_768
ACME = {"$groups": {"company": "acme"}}
RANDOM = "114e4ce6-2657-40b6-8472-162036c530b5"


def decided(**event: Any) -> Admitted | Refused:
    return decide(json.dumps(event).encode(), RECEIPT, LONGEST)


def records(**event: Any) -> tuple[Any, ...]:
    found = decided(**event)
    assert isinstance(found, Admitted), found
    return found.records


def happening(**event: Any) -> Event:
    (found,) = records(**{"event": "login", "distinct_id": "u-7", "properties": ACME, **event})
    assert isinstance(found, Event)
    return found


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param({"company": "acme"}, id="a company"),
        pytest.param({"project": "p-1", "organization": "acme"}, id="an organization, whatever else there is"),
        pytest.param({"team": "t-1", "account": "acme"}, id="the account before the team"),
        pytest.param({"school": "acme"}, id="the only one, whatever its type"),
        pytest.param({"account": None, "company": "acme"}, id="one that is none is not there"),
    ],
)
def test_the_account_is_a_group(groups):
    assert happening(properties={"$groups": groups}).account_id == "acme"


@pytest.mark.parametrize("groups", [None, {}, "acme", ["acme"], {"project": "p", "school": "s"}, {"company": {}}])
def test_no_account_is_made_of_what_names_none(groups):
    found = decided(event="login", distinct_id="u-7", properties={"$groups": groups})

    assert isinstance(found, Refused)
    assert found.reason is DeadLetterReason.UNATTRIBUTED


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        pytest.param({"event": "$pageview"}, "event_name", "page", id="a page"),
        pytest.param({"event": "$screen"}, "event_name", "screen", id="a screen"),
        pytest.param({"event": "$autocapture"}, "event_name", "$autocapture", id="a click"),
        pytest.param({"properties": {**ACME, "feature": "reports"}}, "feature", "reports", id="a feature"),
        pytest.param({"properties": {**ACME, "$screen_name": "Home"}}, "feature", "Home", id="a screen's name"),
        pytest.param({"properties": {**ACME, "feature": 3}}, "feature", None, id="a feature that is no text"),
        pytest.param({"uuid": "m1"}, "message_id", "m1", id="its uuid"),
        pytest.param({"properties": {**ACME, "$insert_id": "m2"}}, "message_id", "m2", id="its insert id"),
        pytest.param({}, "message_id", "given-by-us", id="neither"),
        pytest.param({"timestamp": "2026-11-22T01:02:00Z"}, "occurred_at", moment_of(NOW - 3_000), id="its time"),
        pytest.param({"offset": 3_000.4}, "occurred_at", moment_of(NOW - 3_001), id="its age"),
        pytest.param({}, "occurred_at", moment_of(NOW), id="no time"),
        pytest.param({"distinct_id": None, "properties": {**ACME, "distinct_id": "u-8"}}, "user_id", "u-8", id="user"),
        pytest.param({"distinct_id": RANDOM}, "user_id", RANDOM, id="a user may be a UUID"),
        pytest.param(
            {"distinct_id": RANDOM, "properties": {**ACME, "$process_person_profile": False}},
            "user_id",
            RANDOM,
            id="a browser without a profile is somebody",
        ),
        pytest.param(
            {"distinct_id": RANDOM, "properties": {**ACME, "$process_person_profile": False, "$is_server": True}},
            "user_id",
            None,
            id="a server without one speaks of nobody",
        ),
        pytest.param(
            {
                "distinct_id": RANDOM,
                "properties": {**ACME, "$is_server": True},
                "options": {"process_person_profile": False},
            },
            "user_id",
            None,
            id="also in version 1",
        ),
    ],
)
def test_an_event_is_read(event, field, value):
    assert getattr(happening(**event), field) == value


SET = {"$group_type": "company", "$group_key": "acme", "$group_set": {"plan": "pro", "seats": 5, "mood": "good"}}


def test_a_group_tells_its_facts_and_whose_user_it_is():
    facts, link = records(event="$groupidentify", distinct_id="u-7", properties=SET)

    assert isinstance(facts, AccountFacts)
    assert (facts.account_id, facts.plan, facts.seats) == ("acme", "pro", 5)
    assert link == UserLink(account_id="acme", user_id="u-7", occurred_at=moment_of(NOW), received_at=moment_of(NOW))


@pytest.mark.parametrize("made_up", [RANDOM, "$company_acme"])
def test_a_user_that_a_servers_sdk_made_up_belongs_nowhere(made_up):
    found = records(event="$groupidentify", distinct_id=made_up, properties={**SET, "$is_server": True})

    assert [type(record) for record in found] == [AccountFacts]


def test_a_group_of_another_type_is_no_account():
    assert records(event="$groupidentify", distinct_id="u-7", properties={**SET, "$group_type": "project"}) == ()


def test_an_identified_user_of_a_group_is_linked():
    (link,) = records(event="$identify", distinct_id="u-7", properties=ACME)

    assert (link.account_id, link.user_id) == ("acme", "u-7")


@pytest.mark.parametrize("name", ["$identify", "$set", "$create_alias", "$feature_flag_called", "$pageleave"])
def test_housekeeping_is_not_usage(name):
    assert records(event=name, distinct_id="u-7", properties={}) == ()


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        pytest.param(b'{"properties":{"$groups":{"company":"acme"}}}', DeadLetterReason.INVALID, id="no event"),
        pytest.param(
            b'{"event":"$groupidentify","properties":{"$group_type":"company"}}',
            DeadLetterReason.UNATTRIBUTED,
            id="a group of none",
        ),
        pytest.param(b'{"event":NaN}', DeadLetterReason.MALFORMED, id="NaN"),
        pytest.param(b'{"event":"\xff"}', DeadLetterReason.MALFORMED, id="no UTF-8"),
        pytest.param(b'{"x":' + b"[" * 20_000, DeadLetterReason.MALFORMED, id="too deep"),
        pytest.param(b'{"event":[]}', DeadLetterReason.INVALID, id="a list for a name"),
        pytest.param(b"3", DeadLetterReason.INVALID, id="no object"),
        pytest.param(b" " * 32_769, DeadLetterReason.TOO_LARGE, id="too large"),
    ],
)
def test_what_cannot_be_used_is_refused(item, reason):
    found = decide(item, RECEIPT, LONGEST)

    assert isinstance(found, Refused)
    assert found.reason is reason


ONE = b'{"event":"x","properties":{"token":"k"}}'


@pytest.mark.parametrize(
    ("body", "parcel"),
    [
        pytest.param(b'{"api_key":"k","batch":[{"event":"x"}]}', Parcel([b'{"event":"x"}'], "k"), id="a batch"),
        pytest.param(b'{"token":"k","data":[{}]}', Parcel([b"{}"], "k"), id="a batch by another name"),
        pytest.param(
            b'{"batch":[{},NaN],"sent_at":"2026-11-22T01:02:03Z"}',
            Parcel([b"{}", b"NaN"], None, NOW),
            id="a batch with a broken event, and without a key",
        ),
        pytest.param(b'{"batch":[]}', Parcel([]), id="an empty batch"),
        pytest.param(b" [" + ONE + b',{"event":"y"}]', Parcel([ONE, b'{"event":"y"}'], "k"), id="a list"),
        pytest.param(b"[3]", Parcel([b"3"]), id="a list of something else"),
        pytest.param(ONE, Parcel([ONE], "k"), id="one"),
        pytest.param(urlencode({"data": b64encode(ONE)}).encode(), Parcel([ONE], "k"), id="one in a form"),
    ],
)
def test_a_body_is_taken_apart(body, parcel):
    assert unpack(body) == parcel


@pytest.mark.parametrize("body", [b"", b"3", b'{"batch":3}', b'{"batch":[}', b"[", b"data=%", b"data=\xff", b"data="])
def test_a_body_in_which_nothing_can_be_told_apart_is_malformed(body):
    with pytest.raises(BodyMalformed):
        unpack(body)


@pytest.mark.parametrize(("item", "uuid"), [(b'{"uuid":"m1"}', "m1"), (b'{"uuid":3}', None), (b"NaN", None)])
def test_an_event_is_answered_by_its_uuid(item, uuid):
    assert uuid_of(item) == uuid
