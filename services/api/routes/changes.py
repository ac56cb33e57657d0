"""`GET /v1/accounts/{id}/changes` and `GET /v1/changes`: what changed, as the log has it, byte for byte."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from services.api import openapi, queries
from services.api.cursors import BeforeChange, FromOffsets, write_cursor
from services.api.projection import READER, TOPIC
from services.api.routes.accounts import known_account
from services.api.routes.pages import JSON, cursor_of, joined, next_link, refused_cursor
from services.api.routes.parameters import FeedQuery, HistoryQuery
from services.api.state import Reading

router = APIRouter(prefix="/v1", tags=["changes"])

LATEST: Final = "latest"


@router.get("/accounts/{account_id:path}/changes", summary="An account's history", responses=openapi.HISTORY)
async def list_changes_of_account(
    request: Request, reading: Reading, account_id: str, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """Changes of an account, newest first, each with its exact contributions."""
    before = cursor_of(query.cursor, BeforeChange)
    position = before.position if before else None
    await known_account(reading, account_id)
    found = await queries.history(reading, account_id, position, query.as_of, query.limit + 1)
    page, more = found[: query.limit], found[query.limit :]
    next_cursor = write_cursor(BeforeChange(position=page[-1].position)) if more else None
    return Response(joined(page, next_cursor), media_type=JSON, headers=next_link(request, next_cursor))


@router.get("/changes", summary="Changes of all accounts, as they come", responses=openapi.FEED)
async def list_changes(request: Request, reading: Reading, query: Annotated[FeedQuery, Query()]) -> Response:
    """A feed to follow: every change exactly once, those of an account in their order.

    Ask again with `since` = `next_cursor`, at once while there are items, else after a pause of your choice. Nothing is
    missed between two answers, however many write meanwhile.
    """
    end = await queries.feed_end(reading, READER, TOPIC)
    if query.since == LATEST:
        since, found = end, []
    else:
        since = _since(query.since, end)
        found = await queries.feed(reading, since.offsets, query.limit)
    offsets = list(since.offsets)
    for change in found:
        offsets[change.partition] = change.position + 1
    next_cursor = write_cursor(FromOffsets(log=end.log, offsets=tuple(offsets)))
    headers = {"Cache-Control": "no-store", **next_link(request, next_cursor, "since")}
    return Response(joined(found, next_cursor), media_type=JSON, headers=headers)


def _since(text: str | None, end: FromOffsets) -> FromOffsets:
    """Where to go on. Raises Problem: 422 for the cursor of another log."""
    since = cursor_of(text, FromOffsets, "since")
    beginning = (0,) * len(end.offsets)
    if since is None or since == FromOffsets(log="", offsets=()):  # given out before there was a log
        return FromOffsets(log=end.log, offsets=beginning)
    if since.log != end.log or len(since.offsets) != len(end.offsets):
        msg = "this cursor is of another log: begin again without one"
        raise refused_cursor(msg, "since")
    return since
