"""What the HTTP side says about itself: made from the contracts, with examples that are tested."""

from typing import Any

import msgspec
from fastapi import FastAPI

from schemas.events import ProducerEvent
from services.ingest.dialects import cloudevents, events, posthog
from services.ingest.dialects.catalogue import COMPATIBLE
from services.ingest.dialects.examples import examples_of
from services.ingest.routes.native import Results

_REFERENCE = "#/components/schemas/{name}"
_SPOKEN = {
    "segment": "the SDKs of Segment and RudderStack",
    "posthog": "the SDKs of PostHog",
    "cloudevents": "the SDKs of OpenMeter and of CloudEvents 1.0",
}
_ACCEPTED = {"status": "accepted", "index": 0, "message_id": "01J9ZQ8Y7T"}
_REFUSED = {
    "status": "refused",
    "index": 1,
    "reason": "invalid",
    "detail": "event_name is missing: say what happened",
}
_NAME = {
    "name": "name",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": "events.v1.schema.json",
}
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
            events.PATH: {"post": _native()},
            **{path: {"post": _compatible(path, dialect.name)} for path, dialect in COMPATIBLE.items()},
            "/asyncapi.json": {"get": _contract("Every topic, for producers of their own (AsyncAPI 3.0)")},
            "/schemas": {"get": _contract("The names of the JSON Schemas")},
            "/schemas/{name}": {"get": {**_contract("One JSON Schema (2020-12)"), "parameters": [_NAME]}},
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
    event = {"anyOf": [{"$ref": _REFERENCE.format(name="ProducerEvent")}, {"type": "object"}]}
    return {
        "operationId": "send_events",
        "summary": "Send events",
        "description": "One event or a list, of ours or CloudEvents 1.0; there is a result for each. "
        "What is refused is kept as a dead letter.",
        "requestBody": _body(events.PATH, {"oneOf": [event, {"type": "array", "items": event}]}),
        "responses": {
            "202": _json(
                "At least one event is in the log.",
                {"results": [_ACCEPTED, _REFUSED]},
                {"$ref": _REFERENCE.format(name="Results")},
            ),
            "422": _problem("No event was accepted; `results` has the reason of each."),
            **_failures(),
        },
    }


def _compatible(path: str, name: str) -> dict[str, Any]:
    """A route that the SDKs of others know."""
    return {
        "summary": f"As {_SPOKEN[name]} send it",
        "description": "What is refused of a delivery is kept as a dead letter; the answer is a success all the same. "
        "The bytes count, not their Content-Type; gzip is recognised.",
        "requestBody": _body(path, {}),
        "responses": {**_success(path), **_failures()},
    }


def _contract(summary: str) -> dict[str, Any]:
    return {"summary": summary, "security": [], "responses": {"200": _json("It, as JSON.", {})}}


def _body(path: str, schema: dict[str, Any]) -> dict[str, Any]:
    shown = [one for verdict in ("accepted", "refused") for one in examples_of(path, verdict)]
    examples = {one.name: {"summary": _summary(one.summary, one.headers), "value": one.body} for one in shown}
    content = {"schema": schema, **({"examples": examples} if examples else {})}
    return {"required": True, "content": {"application/json": content}}


def _summary(summary: str, headers: dict[str, str]) -> str:
    told = ", ".join(f"{name}: {value}" for name, value in headers.items())
    return f"{summary} ({told})" if told else summary


def _success(path: str) -> dict[str, Any]:
    if path == cloudevents.OPENMETER:
        return {"204": {"description": "Everything is kept."}}
    if path == posthog.V1:
        result = {"d6a65e99-706d-4a1f-aece-ff43040e3188": {"result": "ok"}}
        return {"200": _json("Everything is kept; what became of each event, by its uuid.", {"results": result})}
    return {"200": _json("Everything is kept.", {"success": True})}


def _failures() -> dict[str, Any]:
    return {
        "400": _problem("The body is not JSON of the expected shape."),
        "401": _problem("There is no key, or it is not known."),
        "403": _problem("The key may not send events."),
        "408": _problem("The body did not arrive in time."),
        "413": _problem("The body is too large, or has too many events."),
        "429": _problem("The key has sent more than it may in a minute: see `RateLimit` and `Retry-After`."),
        "503": _problem("It could not be kept. Send it again after `Retry-After` seconds."),
    }


def _json(description: str, example: object, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    content = {"example": example, **({"schema": schema} if schema else {})}
    return {"description": description, "content": {"application/json": content}}


def _problem(description: str) -> dict[str, Any]:
    reference = {"$ref": _REFERENCE.format(name="Problem")}
    return {"description": description, "content": {"application/problem+json": {"schema": reference}}}
