"""Every example of a contract is what its folder says it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from schemas.activity import Activity
from schemas.codec import (
    Unreadable,
    decode_activity,
    decode_condition,
    decode_message,
    decode_score_change,
    decode_user_link,
    encode,
)
from schemas.dead_letters import DeadLetter, DeadLetterReason, read_headers
from schemas.events import decode_producer_event
from schemas.topics import TOPICS
from services.ingest.core.admit import admit, read
from services.ingest.core.verdict import Receipt, Refused

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
GENERATED = EXAMPLES.parent / "generated"
RECEIVED_AT = 1_795_309_323_000  # 2026-11-22T01:02:03Z


def dead_letter(text: bytes) -> DeadLetter:
    return read_headers((name, value.encode()) for name, value in json.loads(text).items())


READERS: dict[str, Callable[[bytes], Any]] = {
    "events.v1": decode_producer_event,
    "activity.v1": decode_activity,
    "user-links.v1": decode_user_link,
    "score-changes.v1": decode_score_change,
    "alert-conditions.v1": decode_condition,
    "alerts.v1": decode_message,
    "dead-letters.v1": dead_letter,
}
SCHEMAS = {
    "events.v1": "events.v1.schema.json",
    "activity.v1": "activity.v1.schema.json",
    "user-links.v1": "user-links.v1.schema.json",
    "score-changes.v1": "score-changes.v1.schema.json",
    "alert-conditions.v1": "alert-conditions.v1.schema.json",
    "alerts.v1": "alerts.v1.schema.json",
    "dead-letters.v1": "dead-letters.v1.headers.schema.json",
}


def examples(topic: str, verdict: str) -> list[Path]:
    return sorted((EXAMPLES / topic / "v1" / verdict).iterdir())


def named(paths: list[Path]) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.mark.parametrize("topic", READERS)
def test_a_contract_has_examples_of_both_kinds(topic):
    assert examples(topic, "accepted")
    assert examples(topic, "refused")


def test_no_example_is_an_orphan():
    topics = {topic.name for topic in TOPICS}
    found = {path.relative_to(EXAMPLES).parts[:3] for path in EXAMPLES.rglob("*.json")}

    assert {parts for parts in found if parts[0] not in topics or parts[2] not in ("accepted", "refused")} == set()


@pytest.mark.parametrize("topic", READERS)
def test_an_accepted_example_is_read_and_fits_the_published_schema(topic):
    validator = Draft202012Validator(json.loads((GENERATED / SCHEMAS[topic]).read_text()))

    for path in examples(topic, "accepted"):
        READERS[topic](path.read_bytes())
        validator.validate(json.loads(path.read_bytes()))


@pytest.mark.parametrize("path", named(examples("activity.v1", "accepted")))
def test_a_record_of_the_log_survives_being_written_and_read(path):
    record = decode_activity(path.read_bytes())

    assert decode_activity(encode(record)) == record


@pytest.mark.parametrize(
    "topic", ["activity.v1", "score-changes.v1", "alert-conditions.v1", "alerts.v1", "dead-letters.v1"]
)
def test_a_refused_record_cannot_be_read(topic):
    for path in examples(topic, "refused"):
        with pytest.raises(Unreadable):
            READERS[topic](path.read_bytes())


@pytest.mark.parametrize("path", named(examples("events.v1", "refused")))
def test_a_refused_event_is_refused_for_the_reason_in_its_name(path):
    reason = DeadLetterReason(path.stem.partition("-")[0])
    given = read(path.read_bytes())
    found = given if isinstance(given, Refused) else admit(given, Receipt(RECEIVED_AT, "web", "m1"))

    assert isinstance(found, Refused)
    assert found.reason == reason


@pytest.mark.parametrize("path", named(examples("events.v1", "accepted")))
def test_an_accepted_event_is_admitted(path):
    given = read(path.read_bytes())

    assert not isinstance(given, Refused)
    assert not isinstance(admit(given, Receipt(RECEIVED_AT, "web", "m1")), Refused)


def test_every_type_of_record_has_an_example():
    tags = {kind.__struct_config__.tag for kind in get_args(Activity)}

    assert {json.loads(path.read_bytes())["type"] for path in examples("activity.v1", "accepted")} == tags
