"""How the routes of alerts describe themselves; the shapes come into the document of whoever mounts them."""

from typing import Any

from msgspec import Struct

_PROBLEM: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    "401": {"description": "No key, or one that is not known.", **_PROBLEM},
    "403": {"description": "The key has another scope.", **_PROBLEM},
    "422": {"description": "A parameter or field cannot be used; `errors` names each.", **_PROBLEM},
    "503": {"description": "PostgreSQL or Kafka is away; Retry-After says when to try again.", **_PROBLEM},
}

Answers = dict[int | str, dict[str, Any]]


def answers(shape: type[Struct], *, status: int = 200, unknown: str = "", conflict: str = "") -> Answers:
    """What a route answers: a shape, and the problems it may have instead."""
    schema = {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}
    found: Answers = {
        str(status): {"description": (shape.__doc__ or "").partition("\n")[0], "content": {"application/json": schema}},
        **_REFUSED,
    }
    if unknown:
        found["404"] = {"description": unknown, **_PROBLEM}
    if conflict:
        found["409"] = {"description": conflict, **_PROBLEM}
    return found
