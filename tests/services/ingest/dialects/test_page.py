"""docs/ingest.md says where each field is found: every place it names is tried, and so is their order."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from schemas.activity import Event
from schemas.time import moment_of, parse_iso
from services.ingest.core.verdict import Admitted, Decide, Receipt
from services.ingest.dialects import cloudevents, native, posthog, segment
from services.ingest.dialects.posthog import ACCOUNT_GROUPS

PAGE = Path(__file__).parents[4] / "docs" / "ingest.md"
NOW = 1_795_309_323_000  # 2026-11-22T01:02:03Z
FIELDS = {
    "account": "account_id",
    "user": "user_id",
    "event name": "event_name",
    "feature": "feature",
    "time": "occurred_at",
    "message id": "message_id",
}
PROBES = ("2026-11-22T01:00:00Z", "2026-11-22T00:00:00Z")  # text that may stand in any field

DIALECTS: dict[
    str, tuple[Decide, dict[str, Any]]
] = {  # how it is decided, and an event of which any field may be left out
    "Our own events, by HTTP and by Kafka": (native.decide, {"account_id": "acme", "event_name": "login"}),
    "Segment and RudderStack": (segment.decide, {"type": "track", "groupId": "acme", "event": "login"}),
    "PostHog": (posthog.decide, {"event": "login", "properties": {"$groups": {"account": "acme"}}}),
    "CloudEvents and OpenMeter": (
        cloudevents.decide,
        {"specversion": "1.0", "id": "1", "source": "s", "type": "login", "accountid": "acme"},
    ),
}
NEEDED = {
    "account": ("account_id", "groupId", "properties", "accountid"),
    "event name": ("event_name", "event", "type"),
}


def rows() -> list[Any]:
    """Each row of the page's tables: dialect, field, places."""
    found = []
    for section in PAGE.read_text().split("\n### ")[1:]:
        title, _, text = section.partition("\n")
        for name, cell in re.findall(r"^\| ([a-z ]+) \| (.*) \|$", text.partition("\n## ")[0], re.MULTILINE):
            places = re.findall(r"`([^`]+)`", cell.partition(";")[0])
            found.append(pytest.param(title, name, places, id=f"{title}: {name}"))
    return found


def put(event: dict[str, Any], place: str, value: str) -> None:
    *folders, name = place.split(".")
    for folder in folders:
        event = event.setdefault(folder, {})
    event[name] = value


def found_in(dialect: str, name: str, given: dict[str, str]) -> Any:
    """What becomes of a field where these places, and no others, hold something."""
    decide, base = DIALECTS[dialect]
    event: dict[str, Any] = json.loads(json.dumps({k: v for k, v in base.items() if k not in NEEDED.get(name, ())}))
    if dialect == "Segment and RudderStack":
        event["type"] = "track"
    for place, value in given.items():
        put(event, place, value)
    decision = decide(json.dumps(event).encode(), Receipt(NOW, "web", "given-by-us"), 32_768)
    assert isinstance(decision, Admitted), decision
    (record,) = decision.records
    assert isinstance(record, Event)
    return getattr(record, FIELDS[name])


def meant(name: str, text: str) -> Any:
    return moment_of(parse_iso(text)) if name == "time" else text


@pytest.mark.parametrize(("dialect", "name", "places"), rows())
def test_a_field_is_found_in_every_place_and_the_first_counts(dialect, name, places):
    first, second = PROBES
    for number, place in enumerate(places):
        assert found_in(dialect, name, {place: first}) == meant(name, first), place
        for later in places[number + 1 :]:
            assert found_in(dialect, name, {later: second, place: first}) == meant(name, first), (place, later)


def test_the_page_has_every_dialect_and_every_field():
    found = {(row.values[0], row.values[1]) for row in rows()}

    assert found == {(dialect, name) for dialect in DIALECTS for name in FIELDS}


def test_the_page_names_every_type_of_group_that_is_an_account():
    (places,) = [row.values[2] for row in rows() if row.values[:2] == ("PostHog", "account")]

    assert places == [f"properties.$groups.{kind}" for kind in ACCOUNT_GROUPS]


def test_the_message_id_of_a_cloudevent_is_its_source_and_id():
    assert found_in("CloudEvents and OpenMeter", "message id", {"source": "billing", "id": "7"}) == "billing#7"
