"""`GET /v1/accounts` and `GET /v1/accounts/{id}`: who is at risk, and why."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Query, Request, Response

from schemas.changes import State
from schemas.codec import decode_score_change
from schemas.sentences import Language
from services.api import openapi, queries
from services.api.answers import AccountPage, detailed, listed
from services.api.cursors import AfterAccount, write_cursor
from services.api.routes.pages import JSON, cursor_of, next_link
from services.api.routes.parameters import AccountQuery, AccountsQuery
from services.api.state import Reading, Shared
from services.runtime.problems import Problem

router = APIRouter(prefix="/v1", tags=["accounts"])

_VARY: Final = "Accept-Language, Authorization"


@router.get("/accounts", summary="Accounts by risk, highest first", responses=openapi.ACCOUNTS)
async def list_accounts(request: Request, reading: Reading, query: Annotated[AccountsQuery, Query()]) -> Response:
    """Accounts by risk, highest first, unknown last, each with the three signals that add most.

    Filters hold together. Follow `next_cursor`, or the Link header, until it is null; an account whose score changes
    meanwhile may be met twice or not at all.
    """
    language = query.language(request)
    wanted = queries.AccountFilter(
        bands=[State(band) for band in query.band],
        states=query.state,
        segments=query.segment,
        owners=query.owner,
        q=query.q,
    )
    after = cursor_of(query.cursor, AfterAccount)
    found = await queries.ranked_accounts(reading, wanted, after, query.limit + 1)
    page, more = found[: query.limit], found[query.limit :]
    next_cursor = write_cursor(page[-1].after) if more else None
    answer = AccountPage(
        items=[listed(decode_score_change(row.body), language) for row in page], next_cursor=next_cursor
    )
    headers = {"Content-Language": language, "Vary": _VARY, **next_link(request, next_cursor)}
    return Response(msgspec.json.encode(answer), media_type=JSON, headers=headers)


@router.get("/accounts/{account_id:path}", summary="One account, with its reasons", responses=openapi.ACCOUNT)
async def get_account(
    request: Request, state: Shared, reading: Reading, account_id: str, query: Annotated[AccountQuery, Query()]
) -> Response:
    """The score of an account, what adds up to it exactly, each signal in a sentence, and how fresh that is.

    Poll it with If-None-Match: 304 until something changes. With `known_at`: what was known of it then.
    """
    body = await known_account(reading, account_id, query.known_at)
    language, lag = query.language(request), state.watch.lag_records
    change = decode_score_change(body)
    tag = _tag(change.id, language, lag)
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Language": language, "Vary": _VARY}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    answer = detailed(change, language, lag)
    return Response(msgspec.json.encode(answer), media_type=JSON, headers=headers)


async def known_account(reading: Reading, account_id: str, known_at: datetime | None = None) -> bytes:
    """The newest change of an account, or the one that was known by a moment. Raises Problem: 404."""
    body = await queries.account(reading, account_id, known_at) if "\x00" not in account_id else None
    if body is None and known_at is not None:
        detail = f"Nothing was known of an account {account_id!r} by {known_at.isoformat()}."
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_account", detail)
    if body is None:
        detail = f"No account {account_id!r} is known: one appears once its first event or its facts are scored."
        raise Problem(HTTPStatus.NOT_FOUND, "unknown_account", detail)
    return body


def _tag(change_id: str, language: Language, lag_records: int | None) -> str:
    """The change, and what else the answer varies with: another language, and the lag where there is one."""
    told = [language.value] if language is not Language.EN else []
    behind = [f"lag={lag_records}"] if lag_records != 0 else []
    return f'"{quote(";".join([change_id, *told, *behind]), safe=":;=")}"'
