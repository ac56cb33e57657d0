"""What a delivery is answered, as bytes: what a route of an SDK says again and again is made once."""

from http import HTTPStatus
from typing import Final, NamedTuple

from starlette.types import Send

from services.ingest.rates import RawHeaders
from services.runtime.problems import Problem, problem_response

_JSON: Final = (b"content-type", b"application/json")


class Reply(NamedTuple):
    """An answer; its headers, in small letters, are complete."""

    status: int
    headers: RawHeaders
    body: bytes = b""

    async def send(self, send: Send, more: RawHeaders) -> None:
        """Say it, with `more` headers."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers + more})
        await send({"type": "http.response.body", "body": self.body})


def in_json(body: bytes, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """A success that says something."""
    return Reply(status, [_JSON, (b"content-length", b"%d" % len(body))], body)


def of_problem(problem: Problem, path: str) -> Reply:
    """An error, at a path."""
    response = problem_response(problem, path)
    return Reply(response.status_code, list(response.raw_headers), bytes(response.body))


NO_CONTENT: Final = Reply(HTTPStatus.NO_CONTENT, [])
