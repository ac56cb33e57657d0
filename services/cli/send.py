"""`kizashi send`: events of one's own, by HTTP as any product sends them."""

import sys
import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from services.cli.exits import Exit
from services.cli.options import Data, Json

if TYPE_CHECKING:
    import httpx

_BATCH = 500  # events in a request: at a kilobyte each as many bytes as a request may have
_RETRIES = 4
_OF_THE_BATCH = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
_SECONDS = 10.0


def send(  # noqa: PLR0913 - each option is one
    account: Annotated[str | None, typer.Argument(help="Whose event.")] = None,
    event: Annotated[str | None, typer.Argument(help="What happened.")] = None,
    *,
    user: Annotated[str | None, typer.Option(help="The person in the account.")] = None,
    feature: Annotated[str | None, typer.Option(help="The part of the product.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="When. Default: now.")] = None,
    file: Annotated[
        typer.FileBinaryRead | None, typer.Option(help="JSON lines, an event on each; - is standard input.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send an event, or a file of them, and say what became of each. The exit code is 1 if one was refused.

    kizashi send acme report_exported --user u-7
    """
    if file is None:
        if account is None or event is None:
            msg = "say ACCOUNT and EVENT, or --file"
            raise typer.BadParameter(msg)
        one = {"account_id": account, "event_name": event, "user_id": user, "feature": feature, "timestamp": at}
        lines: Iterable[bytes] = [msgspec.json.encode({name: value for name, value in one.items() if value})]
    else:
        lines = (line for line in file if line.strip())
    refused = 0
    for result in _sent(data, lines):
        refused += result["status"] == "refused"
        typer.echo(msgspec.json.encode(result) if as_json else _sentence(result))
    if refused:
        raise typer.Exit(Exit.FAILED)


def _sent(data: Path | None, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """What became of each line, counted from 1."""
    import httpx

    from services.cli.where import ingest
    from services.runtime.scopes import Scope

    door = ingest(data)
    headers = {"Authorization": f"Bearer {door.keys[Scope.INGEST]}", "Content-Type": "application/json"}
    begins = 1
    with httpx.Client(base_url=door.url, headers=headers, timeout=_SECONDS) as client:
        for batch in _batches(lines):
            for result in _post(client, batch):
                yield {**result, "index": begins + result["index"]}
            begins += len(batch)


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(lines)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _post(client: "httpx.Client", batch: list[bytes]) -> list[dict[str, Any]]:
    """The result of each line. A batch that cannot be taken as a whole is halved until the line is found."""
    answer = _answer(client, b"[" + b",".join(batch) + b"]")
    told = answer.json()
    if "results" in told:
        results: list[dict[str, Any]] = told["results"]
        return results
    if answer.status_code not in _OF_THE_BATCH:
        sys.stderr.write(f"kizashi: {told['detail']}\n")
        raise typer.Exit(Exit.REFUSED)
    if len(batch) == 1:
        return [{"status": "refused", "index": 0, "reason": told["code"], "detail": told["detail"]}]
    half = len(batch) // 2
    first, second = _post(client, batch[:half]), _post(client, batch[half:])
    return [*first, *({**result, "index": half + result["index"]} for result in second)]


def _answer(client: "httpx.Client", body: bytes) -> "httpx.Response":
    """The answer to a request; what could not be kept is sent again, as it asks."""
    answer = client.post("/v1/events", content=body)
    for _ in range(_RETRIES):
        if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            break
        time.sleep(int(answer.headers.get("Retry-After", "1")))
        answer = client.post("/v1/events", content=body)
    return answer


def _sentence(result: dict[str, Any]) -> str:
    if result["status"] == "accepted":
        return f"accepted {result['message_id']}"
    return f"refused line {result['index']}: {result['reason']}: {result['detail']}"
