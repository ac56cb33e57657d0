"""`GET /v1/dead-letters` and `GET /v1/sources`: what to look at when nothing arrives."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.dead_letters import ADVICE, DeadLetterReason
from schemas.topics import DEAD_LETTERS
from services.api import openapi
from services.api.arrivals import queries
from services.api.arrivals.answers import Letter, LetterPage, ReasonCount, Source, SourceList
from services.api.arrivals.queries import StoredLetter, StoredSource
from services.api.cursors import BeforeLetter, write_cursor
from services.api.routes.pages import JSON, cursor_of, next_link
from services.api.routes.parameters import LARGEST_PAGE, CursorText, Words
from services.api.state import Reading

router = APIRouter(prefix="/v1", tags=["arrivals"])

_RECENT: Final = timedelta(minutes=5)
_DAY: Final = timedelta(days=1)


class LettersQuery(BaseModel):
    """Which dead letters. A filter given several times means any of its values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: list[DeadLetterReason] = []
    source: list[Words] = []
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE)
    cursor: CursorText | None = None


@router.get("/dead-letters", summary="What was refused, and why", responses=openapi.LETTERS)
async def list_dead_letters(request: Request, reading: Reading, query: Annotated[LettersQuery, Query()]) -> Response:
    """Everything that was sent and could not be used, the newest first, with its bytes and what to change.

    Kept for 30 days. What is put back later has `put_back_at`.
    """
    wanted = queries.LetterFilter(reasons=query.reason, sources=query.source)
    before = cursor_of(query.cursor, BeforeLetter)
    found = await queries.letters(reading, wanted, before, query.limit + 1)
    page, more = found[: query.limit], found[query.limit :]
    next_cursor = write_cursor(_place(page[-1])) if more else None
    reasons = [
        ReasonCount(
            reason=(reason := DeadLetterReason(one.reason)),
            letters=one.letters,
            newest_at=one.newest_at.astimezone(UTC),
            advice=ADVICE[reason],
        )
        for one in await queries.reasons(reading)
    ]
    answer = LetterPage(reasons=reasons, items=[_letter(one) for one in page], next_cursor=next_cursor)
    return Response(msgspec.json.encode(answer), media_type=JSON, headers=next_link(request, next_cursor))


@router.get("/sources", summary="Who sends, and how it goes", responses=openapi.SOURCES)
async def list_sources(reading: Reading) -> Response:
    """For each sender: when it was seen last, how much it sends, what was refused, its clock and its SDK.

    A key that may send and never did is there, too, with `last_seen_at` null.
    """
    found = await queries.senders(reading, datetime.now(UTC), _RECENT, _DAY)
    return Response(msgspec.json.encode(SourceList(items=[_source(one) for one in found])), media_type=JSON)


def _place(letter: StoredLetter) -> BeforeLetter:
    return BeforeLetter(
        refused_at=letter.refused_at.astimezone(UTC), partition=letter.partition, position=letter.position
    )


def _letter(one: StoredLetter) -> Letter:
    reason = DeadLetterReason(one.reason)
    try:
        value, value_base64 = one.value.decode(), None
    except UnicodeDecodeError:
        value, value_base64 = None, b64encode(one.value).decode()
    return Letter(
        place=f"{DEAD_LETTERS.name}/{one.partition}/{one.position}",
        reason=reason,
        detail=one.detail,
        advice=ADVICE[reason],
        origin=one.origin,
        source=one.source,
        refused_at=one.refused_at.astimezone(UTC),
        put_back_at=one.put_back_at and one.put_back_at.astimezone(UTC),
        key=None if one.key is None else one.key.decode("utf-8", "backslashreplace"),
        value=value,
        value_base64=value_base64,
    )


def _source(one: StoredSource) -> Source:
    return Source(
        source=one.source,
        live_keys=one.live_keys,
        last_seen_at=one.last_seen_at and one.last_seen_at.astimezone(UTC),
        events_a_minute=round(one.recent / (_RECENT / timedelta(minutes=1)), 1),
        accepted=one.accepted,
        refused={DeadLetterReason(reason): events for reason, events in one.reasons.items()},
        clock_skew_seconds=None if one.skew_ms is None else one.skew_ms / 1_000,
        sdk=one.sdk,
        sdk_version=one.sdk_version,
    )
