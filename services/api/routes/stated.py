"""Why a body cannot be used, with its field named, in the words of the contract that refused it."""

import re
from http import HTTPStatus
from typing import Final, Literal

from services.runtime.problems import Problem

_PLACE: Final = re.compile(r"^(?P<what>.*?) - at `\$\.(?P<field>[^`]+)`$")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `(?P<field>.*)`$")


def as_problem(sentence: str, field: str | None, place: Literal["body", "path"]) -> Problem:
    """The answer. Without a `field` it is the one that msgspec's sentence names, or the whole body."""
    if field is None:
        what, field = _named(sentence)
    else:
        what = sentence
    error = {"field": field, "pointer": "#/" if field == "body" else f"#/{field}", "in": place, "detail": what}
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"{field}: {what}", errors=[error])


def _named(sentence: str) -> tuple[str, str]:
    """What is wrong, and the field.

    >>> _named("Expected `int | null`, got `str` - at `$.seats`")
    ('Expected `int | null`, got `str`', 'seats')
    >>> _named("Object contains unknown field `colour`")
    ('there is no such fact', 'colour')
    >>> _named("Input data was truncated")
    ('Input data was truncated', 'body')
    """
    unknown = _UNKNOWN.match(sentence)
    if unknown:
        return "there is no such fact", unknown["field"]
    found = _PLACE.match(sentence)
    return (found["what"], found["field"]) if found else (sentence, "body")
