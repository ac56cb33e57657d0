"""`/v1/alerts`: what there is to work on, and the work on it."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from msgspec import Struct

from schemas.alerts import ACTIVE, AlertStatus
from schemas.time import instant_of, moment_of
from services.alerts.answers import AlertDetail, AlertPage, AlertSummary, GroupCount, deliveries_told, steps_told
from services.alerts.core.act import Acknowledge, Act, Assign, Put, Refused, Reopen, Resolve, Wake, act
from services.alerts.hearing import Minutes
from services.alerts.openapi import answers
from services.alerts.queries import reading, work
from services.alerts.queries.reading import AlertFilter, Place
from services.alerts.routes.asked import AlertsQuery, AssignBody, ResolveBody, Signed, SnoozeBody
from services.alerts.routes.cursors import place_of, written
from services.alerts.state import READER, AlertsState, Operator, Reading, Shared, answered
from services.alerts.telling import told
from services.runtime.database import transaction
from services.runtime.keys import Key
from services.runtime.problems import Problem

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])

_UNKNOWN: Final = "No such alert is known."
_DETAIL: Final = answers(AlertDetail, unknown=_UNKNOWN)
_DONE: Final = answers(AlertDetail, unknown=_UNKNOWN, conflict="It cannot be done as the alert stands now.")


@router.get("", summary="Alerts, the newest first", dependencies=[READER], responses=answers(AlertPage))
async def list_alerts(reading_from: Reading, query: Annotated[AlertsQuery, Query()]) -> Response:
    """What there is to work on; with a status, what there was."""
    wanted = AlertFilter(
        statuses=_statuses(query),
        accounts=query.account,
        rules=query.rule,
        severities=query.severity,
        owners=query.owner,
        segments=query.segment,
    )
    found = await reading.some_alerts(reading_from, wanted, place_of(query.cursor), query.limit + 1)
    page, more = found[: query.limit], found[query.limit :]
    cursor = written(Place(moment_of(page[-1].opened_at), page[-1].id)) if more else None
    return answered(AlertPage(items=[told(alert) for alert in page], next_cursor=cursor))


@router.get("/summary", summary="Alerts by team and segment", dependencies=[READER], responses=answers(AlertSummary))
async def summary(reading_from: Reading) -> Response:
    """How many there are in which state, how they were judged, and the revenue at stake. Nobody's own are counted."""
    teams, segments = await reading.counts_by_team(reading_from), await reading.counts_by_segment(reading_from)
    return answered(
        AlertSummary(
            teams=[GroupCount(**one) for one in teams],
            segments=[GroupCount(**one) for one in segments],
        )
    )


@router.get("/{alert_id}", summary="One alert, and what happened to it", dependencies=[READER], responses=_DETAIL)
async def get_alert(reading_from: Reading, alert_id: str) -> Response:
    """The alert, its audit trail, and who was told."""
    alert = await reading.an_alert(reading_from, alert_id) if "\x00" not in alert_id else None
    if alert is None:
        raise _unknown(alert_id)
    steps = await reading.steps_of(reading_from, alert_id)
    deliveries = await reading.deliveries_about(reading_from, alert)
    return answered(AlertDetail(alert=told(alert), steps=steps_told(steps), deliveries=deliveries_told(deliveries)))


@router.post("/{alert_id}/acknowledge", summary="Somebody has it", responses=_DONE)
async def acknowledge(state: Shared, key: Operator, alert_id: str, body: Signed) -> Response:
    """Say that somebody has it."""
    return await _act(state, key, alert_id, body, Acknowledge())


@router.post("/{alert_id}/snooze", summary="Quiet for a while", responses=_DONE)
async def snooze(state: Shared, key: Operator, alert_id: str, body: SnoozeBody) -> Response:
    """Say nothing of it until then, or until it is worse. It speaks again only if it is still bad."""
    until = None if body.until is None else instant_of(body.until)
    return await _act(state, key, alert_id, body, Put(until, body.until_worse, body.reason))


@router.post("/{alert_id}/wake", summary="Take a snooze back", responses=_DONE)
async def wake(state: Shared, key: Operator, alert_id: str, body: Signed) -> Response:
    """End a snooze."""
    return await _act(state, key, alert_id, body, Wake())


@router.post("/{alert_id}/resolve", summary="Say what it was", responses=_DONE)
async def resolve(state: Shared, key: Operator, alert_id: str, body: ResolveBody) -> Response:
    """True, false, or a known reason: what a rule's precision is measured by. A closed alert may be judged, too."""
    return await _act(state, key, alert_id, body, Resolve(body.outcome, body.reason))


@router.post("/{alert_id}/reopen", summary="Take an acknowledgement or a verdict back", responses=_DONE)
async def reopen(state: Shared, key: Operator, alert_id: str, body: Signed) -> Response:
    """Have it open again, if its condition still holds; otherwise only the verdict is taken back."""
    return await _act(state, key, alert_id, body, Reopen())


@router.post("/{alert_id}/assign", summary="Give it to somebody", responses=_DONE)
async def assign(state: Shared, key: Operator, alert_id: str, body: AssignBody) -> Response:
    """From now on they hear of it in the owner's place."""
    return await _act(state, key, alert_id, body, Assign(body.to))


async def _act(state: AlertsState, key: Key, alert_id: str, signed: Signed, doing: Act) -> Response:
    """Do it, in one transaction; the answer is the alert as it is now."""
    async with transaction(state.engine) as connection:
        alert = await work.lock_alert(connection, alert_id) if "\x00" not in alert_id else None
        if alert is None:
            raise _unknown(alert_id)
        wall = datetime.now(UTC)
        now = await work.stream_time(connection) or instant_of(wall)
        found = act(alert, doing, signed.by or key.name, max(now, alert.changed_at))
        if isinstance(found, Refused):
            raise Problem(HTTPStatus.CONFLICT, "not_now", f"Alert {alert_id}: {found.why}.")
        minutes = Minutes()
        minutes.take(found, alert_id)
        await minutes.write(connection, state.manner, wall)
        steps = await reading.steps_of(connection, alert_id)
        deliveries = await reading.deliveries_about(connection, alert)
    answer: Struct = AlertDetail(
        alert=told(found.alert), steps=steps_told(steps), deliveries=deliveries_told(deliveries)
    )
    return answered(answer)


def _statuses(query: AlertsQuery) -> list[str]:
    if "any" in query.status:
        return []
    asked = {status.value for status in query.status if isinstance(status, AlertStatus)}
    return sorted(asked | ({status.value for status in ACTIVE} if "active" in query.status else set()))


def _unknown(alert_id: str) -> Problem:
    detail = (
        f"No alert {alert_id!r} is known. `kizashi alerts` lists what is open, with --status any all there ever were."
    )
    return Problem(HTTPStatus.NOT_FOUND, "unknown_alert", detail)
