"""What the HTTP side says about itself: made from the contracts, with examples that work."""

from typing import Any

import msgspec
from fastapi import FastAPI

from schemas.events import ProducerEvent
from services.ingest.dialects.catalogue import COMPATIBLE
from services.ingest.dialects.examples import examples_of
from services.ingest.routes.native import PATH, Results

_REFERENCE = "#/components/schemas/{name}"
_EVENT = {
    "account_id": "acme",
    "user_id": "u-7",
    "event_name": "report_exported",
    "feature": "reports",
    "timestamp": "2026-11-22T01:02:03.456Z",
    "message_id": "01J9ZQ8Y7T",
}
_REFUSED = {
    "status": "refused",
    "index": 1,
    "reason": "invalid",
    "detail": "event_name is missing: say what happened",
}
_SPOKEN = {"segment": "the SDKs of Segment and RudderStack"}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is for programs, `detail` for people.",
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "instance", "code", "message")},
        "status": {"type": "integer"},
        "results": {"type": "array", "items": {"type": "object"}},
    },
}


def describe(app: FastAPI) -> None:
    """Have `app` answer `/openapi.json` with the description."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": app.title,
            "version": app.version,
            "description": "Usage events into Kizashi. A success is said once Kafka has acknowledged.",
        },
        "paths": {
            PATH: {"post": _native()},
            **{path: {"post": _compatible(path, dialect.name)} for path, dialect in COMPATIBLE.items()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A key with the scope ingest."},
                "basic": {"type": "http", "scheme": "basic", "description": "The key as user name, no password."},
            },
        },
        "security": [{"bearer": []}, {"basic": []}],
    }
    app.openapi = lambda: document  # type: ignore[method-assign] # FastAPI's own way to replace it


def _schemas() -> dict[str, Any]:
    _, components = msgspec.json.schema_components([ProducerEvent, Results], ref_template=_REFERENCE)
    return {**components, "Problem": _PROBLEM}


def _native() -> dict[str, Any]:
    event = {"$ref": _REFERENCE.format(name="ProducerEvent")}
    accepted = {"status": "accepted", "index": 0, "message_id": _EVENT["message_id"]}
    return {
        "operationId": "send_events",
        "summary": "Send events",
        "description": "One event, or a list; there is a result for each. What is refused is kept as a dead letter.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [event, {"type": "array", "items": event}]},
                    "examples": {
                        "one": {"value": _EVENT},
                        "several": {"value": [_EVENT, {"account_id": "acme"}]},
                    },
                }
            },
        },
        "responses": {
            "202": {
                "description": "At least one event is in the log.",
                "content": {
                    "application/json": {
                        "schema": {"$ref": _REFERENCE.format(name="Results")},
                        "example": {"results": [accepted, _REFUSED]},
                    }
                },
            },
            "422": _problem("No event was accepted; `results` has the reason of each."),
            **_failures(),
        },
    }


def _compatible(path: str, name: str) -> dict[str, Any]:
    """A route that the SDKs of others know."""
    accepted, refused = (examples_of(path, verdict) for verdict in ("accepted", "refused"))
    examples = {one.name: {"summary": one.summary, "value": one.body} for one in (*accepted, *refused)}
    content: dict[str, Any] = {"schema": {}, "examples": examples} if examples else {"schema": {}}
    return {
        "summary": f"As {_SPOKEN[name]} send it",
        "description": "What is refused of a delivery is kept as a dead letter; the answer is a success all the same. "
        "The bytes count, not their Content-Type; gzip is recognised.",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "200": {
                "description": "Everything is kept.",
                "content": {"application/json": {"example": {"success": True}}},
            },
            **_failures(),
        },
    }


def _failures() -> dict[str, Any]:
    return {
        "400": _problem("The body is not JSON of the expected shape."),
        "401": _problem("There is no key, or it is not known."),
        "403": _problem("The key may not send events."),
        "413": _problem("The body is too large, or has too many events."),
        "503": _problem("It could not be kept. Send it again after `Retry-After` seconds."),
    }


def _problem(description: str) -> dict[str, Any]:
    reference = {"$ref": _REFERENCE.format(name="Problem")}
    return {"description": description, "content": {"application/problem+json": {"schema": reference}}}
