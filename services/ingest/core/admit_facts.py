"""Whether what a product says about its accounts and users is admitted. However late: the newest word wins."""

from collections.abc import Mapping
from typing import Any

from schemas.activity import AccountFacts, Authority, UserLink
from schemas.codec import Unreadable
from schemas.dead_letters import DeadLetterReason
from schemas.facts import account_facts, facts_from
from schemas.time import moment_of
from services.ingest.core.fields import text
from services.ingest.core.verdict import Receipt, Refused, Unusable
from services.ingest.core.when import when

Time = str | int | float | None


def admit_facts(
    account_id: str | int, facts: Mapping[str, Any], timestamp: Time, receipt: Receipt
) -> AccountFacts | Refused:
    """Facts by an ingest key; what an operate key has set stays, which scoring sees to.

    >>> admit_facts("acme", {"plan": "pro"}, None, Receipt(0, "web", "m1")).plan
    'pro'
    """
    try:
        return account_facts(
            text("account_id", account_id),
            facts_from(facts),
            occurred_at=when("timestamp", timestamp, receipt.received_at, receipt.sent_at).at,
            received_at=receipt.received_at,
            authority=Authority.INGEST,
        )
    except Unusable as unusable:
        return unusable.refusal
    except Unreadable as unreadable:
        return Refused(DeadLetterReason.INVALID, f"a trait is wrong: {unreadable}")


def admit_link(account_id: str | int, user_id: str | int, timestamp: Time, receipt: Receipt) -> UserLink | Refused:
    """That a user belongs to an account."""
    try:
        return UserLink(
            account_id=text("account_id", account_id),
            user_id=receipt.privacy.name_of(text("user_id", user_id)),
            occurred_at=moment_of(when("timestamp", timestamp, receipt.received_at, receipt.sent_at).at),
            received_at=moment_of(receipt.received_at),
        )
    except Unusable as unusable:
        return unusable.refusal
