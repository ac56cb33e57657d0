"""`/v1/accounts/{id}/…`: what people did about an account, what became of it, and why nobody was alerted."""

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from schemas.activity import Contact, Outcome
from schemas.codec import decode_score_change, encode
from schemas.time import instant_of
from schemas.topics import ACTIVITY
from services.alerts.answers import ContactList, ContactTold, Evidence, Muted, OutcomeList, OutcomeTold, RecordAccepted
from services.alerts.answers import WhyNot as WhyNotAnswer
from services.alerts.openapi import answers
from services.alerts.queries import record, work
from services.alerts.routes.asked import ContactBody, MuteBody, OutcomeBody, Words
from services.alerts.state import READER, AlertsState, Operator, Reading, Shared, answered
from services.alerts.why import why_not
from services.runtime.database import transaction
from services.runtime.problems import Problem
from services.runtime.sender import NotAcknowledged

router = APIRouter(prefix="/v1/accounts/{account_id:path}", tags=["work"])

Account = Annotated[Words, Path(description="The account's id.")]

_MOST = 200
_BEFORE = (30, 60, 90)  # days before an outcome that are looked at


@router.post("/contacts", status_code=202, summary="Record a contact", responses=answers(RecordAccepted, status=202))
async def add_contact(state: Shared, key: Operator, account_id: Account, body: ContactBody) -> Response:
    """Somebody spoke with the account: into the log. Its open alerts become contacted."""
    now = datetime.now(UTC)
    contact = Contact(
        account_id=account_id,
        occurred_at=body.at or now,
        received_at=now,
        kind=body.kind,
        author=body.by or key.name,
        note=body.note,
    )
    return await _kept(state, contact)


@router.get("/contacts", summary="Contacts", dependencies=[READER], responses=answers(ContactList))
async def list_contacts(reading: Reading, account_id: Account) -> Response:
    """An account's contacts, the newest first."""
    rows = await record.contacts_of(reading, account_id, _MOST)
    items = [ContactTold(at=row["at"], kind=row["kind"], author=row["author"], note=row["note"]) for row in rows]
    return answered(ContactList(items=items))


@router.post("/outcomes", status_code=202, summary="Record an outcome", responses=answers(RecordAccepted, status=202))
async def add_outcome(state: Shared, key: Operator, account_id: Account, body: OutcomeBody) -> Response:
    """Renewed, churned, contracted or expanded, and the reason that was given: into the log."""
    now = datetime.now(UTC)
    outcome = Outcome(
        account_id=account_id,
        occurred_at=body.at or now,
        received_at=now,
        outcome=body.outcome,
        reason=body.reason,
        author=body.by or key.name,
    )
    return await _kept(state, outcome)


@router.get("/outcomes", summary="Outcomes, with their evidence", dependencies=[READER], responses=answers(OutcomeList))
async def list_outcomes(reading: Reading, account_id: Account) -> Response:
    """What became of an account, and what was served 30, 60 and 90 days before: as it was known then."""
    items = []
    for row in await record.outcomes_of(reading, account_id, _MOST):
        found = [(days, await record.known_before(reading, account_id, row["at"], days)) for days in _BEFORE]
        evidence = [_evidence(days, body) for days, body in found]
        told = {name: row[name] for name in ("at", "outcome", "reason", "author")}
        items.append(OutcomeTold(**told, evidence=evidence))
    return answered(OutcomeList(items=items))


@router.put("/mute", summary="Say nothing of an account", responses=answers(Muted))
async def mute(state: Shared, key: Operator, account_id: Account, body: MuteBody) -> Response:
    """Alerts go on being made, and nobody hears of them, until then or until it is taken back."""
    by = body.by or key.name
    async with transaction(state.engine) as connection:
        now = await work.stream_time(connection) or instant_of(datetime.now(UTC))
        await record.mute(connection, account_id, body.until, body.reason, by, now)
    return answered(Muted(account_id=account_id, until=body.until, reason=body.reason, by=by))


@router.delete("/mute", status_code=204, summary="Take a mute back")
async def unmute(state: Shared, _: Operator, account_id: Account) -> Response:
    """Whatever is still bad is told now."""
    async with transaction(state.engine) as connection:
        if not await record.unmute(connection, account_id):
            raise Problem(HTTPStatus.NOT_FOUND, "not_muted", f"The account {account_id!r} is not muted.")
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/why-not", summary="Why was I not alerted?", dependencies=[READER], responses=answers(WhyNotAnswer))
async def why(
    reading: Reading, account_id: Account, on: Annotated[date, Query(description="The day, in UTC.")]
) -> Response:
    """Which rules held on a day, and what held each back; or that none did."""
    return answered(await why_not(reading, account_id, on))


async def _kept(state: AlertsState, said: Contact | Outcome) -> Response:
    """Put it into the log. Raises Problem: 503."""
    try:
        kept = await state.sender.send(ACTIVITY.name, said.account_id.encode(), encode(said))
    except NotAcknowledged as silence:
        detail = f"{silence}; it may or may not be kept. Look before you send it again: it would count twice."
        headers = {"Retry-After": "2"}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_acknowledged", detail, headers=headers) from silence
    answer = RecordAccepted(account_id=said.account_id, partition=kept.partition, offset=kept.offset)
    return answered(answer, HTTPStatus.ACCEPTED)


def _evidence(days: int, body: bytes | None) -> Evidence:
    if body is None:
        return Evidence(days_before=days, at=None, score=None, state=None, reason=None, contributions=[])
    change = decode_score_change(body)
    return Evidence(
        days_before=days,
        at=change.at,
        score=change.score,
        state=change.state,
        reason=change.reason,
        contributions=list(change.contributions),
    )
