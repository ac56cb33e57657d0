"""`/v1/recipients`, `/v1/rules`, `/v1/incidents`: who is told, how rules have done, and when the tracking broke."""

from datetime import time
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Path, Response

from services.alerts.answers import IncidentList, RecipientList, RecipientTold, RuleList, RuleQuality
from services.alerts.guarding import told
from services.alerts.openapi import answers
from services.alerts.people import Person
from services.alerts.queries import people, reading, telemetry
from services.alerts.routes.asked import RecipientBody, Words
from services.alerts.state import READER, Operator, Reading, Shared, answered
from services.runtime.database import transaction
from services.runtime.problems import Problem

router = APIRouter(prefix="/v1", tags=["settings"])

Name = Annotated[
    Words, Path(description="An owner as the accounts' facts name them, a team, `segment:<name>`, or `default`.")
]

_SLACK = "https://hooks.slack.com/"
_MOST_INCIDENTS = 100


@router.get("/recipients", summary="Who is told", dependencies=[READER], responses=answers(RecipientList))
async def list_recipients(reading_from: Reading) -> Response:
    """Everybody, by name."""
    known = await people.all_recipients(reading_from)
    return answered(RecipientList(items=[_told(person) for person in known.by_name.values()]))


@router.put("/recipients/{name:path}", summary="Say how somebody is reached", responses=answers(RecipientTold))
async def put_recipient(state: Shared, _: Operator, name: Name, body: RecipientBody) -> Response:
    """In place of what was known of them before."""
    _check(body, private_addresses=state.private_addresses)
    values = {
        **body.model_dump(exclude={"works_from", "works_until"}),
        "name": name,
        "language": body.language.value,
        "works_from": time.fromisoformat(body.works_from),
        "works_until": time.fromisoformat(body.works_until),
    }
    async with transaction(state.engine) as connection:
        await people.put_recipient(connection, values)
        known = await people.all_recipients(connection)
    return answered(_told(known.by_name[name]))


@router.delete("/recipients/{name:path}", status_code=204, summary="Forget somebody")
async def remove_recipient(state: Shared, _: Operator, name: Name) -> Response:
    """And what waits for their digest."""
    async with transaction(state.engine) as connection:
        if not await people.remove_recipient(connection, name):
            raise Problem(HTTPStatus.NOT_FOUND, "unknown_recipient", f"No recipient {name!r} is known.")
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/rules", summary="How rules have done", dependencies=[READER], responses=answers(RuleList))
async def list_rules(reading_from: Reading) -> Response:
    """Alerts by rule and verdict; precision is the share of true ones among true and false. Nobody's own is counted."""
    items = []
    for row in await reading.rule_counts(reading_from):
        judged = row["true"] + row["false"]
        items.append(RuleQuality(**row, precision=row["true"] / judged if judged else None))
    return answered(RuleList(items=items))


@router.get("/incidents", summary="When the tracking broke", dependencies=[READER], responses=answers(IncidentList))
async def list_incidents(reading_from: Reading) -> Response:
    """The newest first; one that is open has no end."""
    found = await telemetry.last_incidents(reading_from, _MOST_INCIDENTS)
    return answered(IncidentList(items=[told(incident).data for incident in found]))


def _check(body: RecipientBody, *, private_addresses: bool) -> None:
    """Refuse what could not be used. Raises Problem: 422, naming the field."""
    wrong = None
    try:
        ZoneInfo(body.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong = "time_zone", f"there is no time zone {body.time_zone!r}: give an IANA name, such as Asia/Tokyo"
    if body.works_from >= body.works_until:
        wrong = "works_until", "the working hours end before they begin"
    slack = body.slack or ""
    if slack.startswith("http") and not slack.startswith(_SLACK) and not private_addresses:
        wrong = "slack", f"an incoming webhook begins with {_SLACK}"
    if wrong is not None:
        field, detail = wrong
        error = {"field": field, "pointer": f"#/{field}", "in": "body", "detail": detail}
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"{field}: {detail}", errors=[error])


def _told(person: Person) -> RecipientTold:
    calendar = person.recipient.calendar
    return RecipientTold(
        name=person.name,
        mail=person.mail,
        slack=person.slack,
        language=person.language.value,
        time_zone=person.zone,
        works_from=f"{calendar.opens:%H:%M}",
        works_until=f"{calendar.closes:%H:%M}",
        working_days=sorted(calendar.days),
        secondary=person.recipient.secondary,
        team=person.recipient.team,
    )
