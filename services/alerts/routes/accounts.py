"""`/v1/accounts/{id}/…`: what people did about an account, what became of it, and why nobody was alerted."""

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from aiokafka.structs import RecordMetadata
from fastapi import APIRouter, Path, Query, Response

from schemas.activity import Contact, Mute, Outcome
from schemas.codec import decode_score_change, encode
from schemas.topics import ACTIVITY
from services.alerts.answers import (
    AccountMuted,
    ContactList,
    ContactTold,
    Evidence,
    OutcomeList,
    OutcomeTold,
    RecordAccepted,
)
from services.alerts.answers import WhyNot as WhyNotAnswer
from services.alerts.openapi import answers
from services.alerts.queries import record
from services.alerts.routes.asked import ContactBody, MuteBody, OutcomeBody, Words
from services.alerts.state import READER, AlertsState, Operator, Reading, Shared, answered
from services.alerts.why import why_not
from services.runtime.problems import Problem
from services.runtime.sender import NotAcknowledged

router = APIRouter(prefix="/v1/accounts/{account_id:path}", tags=["work"])

Account = Annotated[Words, Path(description="The account's id.")]

_MOST = 200
_FOR_EVER = timedelta(days=3_650)  # a mute without an end, which the log does not know
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
        because=body.because,
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
        told = {name: row[name] for name in ("at", "outcome", "because", "reason", "author")}
        items.append(OutcomeTold(**told, evidence=evidence))
    return answered(OutcomeList(items=items))


@router.put("/mute", status_code=202, summary="Say nothing of an account", responses=answers(AccountMuted, status=202))
async def mute(state: Shared, key: Operator, account_id: Account, body: MuteBody) -> Response:
    """Into the log. It is scored as ever, and nobody hears of it until then, or until it is taken back."""
    by, until = body.by or key.name, body.until or datetime.now(UTC) + _FOR_EVER
    await _said(state, _mute(account_id, until, body.reason, by))
    answer = AccountMuted(account_id=account_id, until=until, reason=body.reason, by=by)
    return answered(answer, HTTPStatus.ACCEPTED)


@router.delete("/mute", status_code=202, summary="Take a mute back", responses=answers(RecordAccepted, status=202))
async def unmute(state: Shared, key: Operator, account_id: Account) -> Response:
    """Into the log, as a mute that is over. Whatever is still bad is told then."""
    return await _kept(state, _mute(account_id, datetime.now(UTC), "taken back", key.name))


@router.get("/why-not", summary="Why was I not alerted?", dependencies=[READER], responses=answers(WhyNotAnswer))
async def why(
    reading: Reading, account_id: Account, on: Annotated[date, Query(description="The day, in UTC.")]
) -> Response:
    """Which rules held on a day, and what held each back; or that none did."""
    return answered(await why_not(reading, account_id, on))


def _mute(account_id: str, until: datetime, reason: str, by: str) -> Mute:
    now = datetime.now(UTC)
    return Mute(account_id=account_id, occurred_at=now, received_at=now, reason=reason, author=by, expires_at=until)


async def _kept(state: AlertsState, said: Contact | Outcome | Mute) -> Response:
    """Put it into the log, and say where it is."""
    kept = await _said(state, said)
    answer = RecordAccepted(account_id=said.account_id, partition=kept.partition, offset=kept.offset)
    return answered(answer, HTTPStatus.ACCEPTED)


async def _said(state: AlertsState, said: Contact | Outcome | Mute) -> RecordMetadata:
    """Put it into the log. Raises Problem: 503."""
    try:
        return await state.sender.send(ACTIVITY.name, said.account_id.encode(), encode(said))
    except NotAcknowledged as silence:
        detail = f"{silence}; it may or may not be kept. Look before you send it again: it would count twice."
        headers = {"Retry-After": "2"}
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_acknowledged", detail, headers=headers) from silence


def _evidence(days: int, body: bytes | None) -> Evidence:
    if body is None:
        return Evidence(
            days_before=days,
            at=None,
            score=None,
            state=None,
            reason=None,
            contributions=[],
            winning_pattern_on=None,
        )
    change = decode_score_change(body)
    return Evidence(
        days_before=days,
        at=change.at,
        score=change.score,
        state=change.state,
        reason=change.reason,
        contributions=list(change.contributions),
        winning_pattern_on=change.winning_pattern_on,
    )
