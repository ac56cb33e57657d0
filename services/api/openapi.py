"""The api's description of itself: shapes from the contracts, examples from the examples of the contracts.

Routes answer with bytes, so FastAPI cannot see what is in them: what they promise is said here, and
tests/integration/test_api_contract.py holds their answers against it.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer
from msgspec import Struct

import schemas
from schemas.changes import ScoreChange
from schemas.codec import decode_score_change
from schemas.facts import StatedFacts
from schemas.judgements import StatedOverride
from schemas.sentences import Language
from schemas.topics import SCORE_CHANGES
from services.api.answers import Accepted, AccountDetail, AccountPage, detailed, listed
from services.api.arrivals.answers import LetterPage, SourceList

KEY: Final = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="An API key, `kzs_…`: scope `read` for reading, `operate` for what changes an account.",
)
DESCRIPTION: Final = """\
Who is at risk of leaving, and why. A score is **risk, 0 to 100, high is bad**; contributions sum to it exactly.
Times are UTC, ISO 8601. Errors are problem+json (RFC 9457): `code` is for programs, `detail` says what to do.
"""

Document = dict[str, Any]
Answers = dict[int | str, Document]


class ChangePage(Struct, frozen=True, kw_only=True):
    """Changes as the log has them. `next_cursor` is null on the last page; a feed has none, and so always gives one."""

    items: list[ScoreChange]
    next_cursor: str | None


class InvalidField(Struct, frozen=True, kw_only=True):
    """A field or parameter that cannot be used; `in` says where it was found, `pointer` is RFC 6901."""

    field: str
    pointer: str
    in_: str = msgspec.field(name="in")
    detail: str


class ProblemAnswer(Struct, frozen=True, kw_only=True):
    """Why a request was not done (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    message: str
    errors: list[InvalidField] = []


_PROBLEM: Final[Document] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
}


def _problems(**described: str) -> Answers:
    return {status.removeprefix("s"): {"description": text, **_PROBLEM} for status, text in described.items()}


def _answer(shape: type[Struct], description: str, **headers: str) -> Document:
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"}
    return {
        "description": description,
        "headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()},
        "content": {"application/json": {"schema": schema}},
    }


_REFUSED: Final = _problems(
    s401="No key, or one that is not known.",
    s403="The key has another scope.",
    s422="A parameter or field cannot be used; `errors` names each.",
    s503="PostgreSQL or Kafka is away; Retry-After says when to try again.",
)
_UNKNOWN: Final = _problems(s404="No such account is known.")
_NEXT: Final = "The next page, rel=next (RFC 8288)."

ACCOUNTS: Final[Answers] = {"200": _answer(AccountPage, "A page.", Link=_NEXT), **_REFUSED}
ACCOUNT: Final[Answers] = {
    "200": _answer(AccountDetail, "The account.", ETag="Of the change that is served; send it as If-None-Match."),
    "304": {"description": "Nothing has changed."},
    **_UNKNOWN,
    **_REFUSED,
}
HISTORY: Final[Answers] = {"200": _answer(ChangePage, "A page.", Link=_NEXT), **_UNKNOWN, **_REFUSED}
FEED: Final[Answers] = {"200": _answer(ChangePage, "What comes next.", Link=_NEXT), **_REFUSED}
PUT: Final[Answers] = {
    "202": _answer(Accepted, "In the log, acknowledged by Kafka."),
    **_problems(s413="More than 16 KiB."),
    **_REFUSED,
}
LINK: Final[Answers] = {"202": _answer(Accepted, "In the log, acknowledged by Kafka."), **_REFUSED}
LETTERS: Final[Answers] = {"200": _answer(LetterPage, "A page.", Link=_NEXT), **_REFUSED}
SOURCES: Final[Answers] = {"200": _answer(SourceList, "All of them."), **_REFUSED}
OVERRIDE: Final[Answers] = PUT
OVERRIDE_BODY: Final[Document] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/StatedOverride"},
                "example": {
                    "band": "at_risk",
                    "reason": "Their new head of IT wants to go back to spreadsheets.",
                    "by": "sato@example.com",
                    "until": "2027-01-31T00:00:00Z",
                },
            }
        },
    }
}
PUT_BODY: Final[Document] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/StatedFacts"},
                "example": {"name": "Acme KK", "segment": "enterprise", "seats": 25, "renewal_on": "2027-03-31"},
            }
        },
    }
}


def describe(app: FastAPI, more: Sequence[type[Struct]] = ()) -> Callable[[], Document]:
    """What `app.openapi` is to be: FastAPI's description, with our shapes (and `more`) and examples in it."""

    @cache
    def described() -> Document:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        ours = (AccountPage, AccountDetail, Accepted, ChangePage, LetterPage, SourceList, ProblemAnswer)
        kinds = (*ours, StatedFacts, StatedOverride, *more)
        _, shapes = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
        document["components"]["schemas"].update(shapes)
        for shape, example in _examples().items():
            document["components"]["schemas"][shape]["example"] = msgspec.to_builtins(example)
        return document

    return described


def _examples() -> dict[str, Struct]:
    folder = Path(schemas.__file__).parent / "examples" / SCORE_CHANGES.name / "v1" / "accepted"
    change = decode_score_change((folder / "tick.json").read_bytes())
    return {
        "AccountPage": AccountPage(items=[listed(change, Language.EN)], next_cursor="k6FhAKRhY21l"),
        "AccountDetail": detailed(change, Language.EN, lag_records=0),
        "ChangePage": ChangePage(items=[change], next_cursor="k6FmqDZmMWM5YzU4lAAAAAE"),
        "Accepted": Accepted(account_id="acme", received_at=change.at, partition=3, offset=81_422),
    }
