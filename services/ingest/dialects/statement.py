"""What a call says about an account that is not usage: facts from its traits, and that a user belongs to it."""

from collections.abc import Mapping
from typing import Any

from schemas.activity import OfAccount
from schemas.events import Id, Time
from services.ingest.core.admit_facts import admit_facts, admit_link
from services.ingest.core.verdict import Admitted, Receipt, Refused


def admit_statement(
    account_id: Id, user_id: Id | None, traits: Mapping[str, Any] | None, at: Time | None, receipt: Receipt
) -> Admitted | Refused:
    """The facts among `traits` (of the names that are allowed), and the link of the user, if one is named.

    The first that is wrong refuses the call.
    """
    found: list[OfAccount | Refused] = []
    facts = {field: value for field, value in (traits or {}).items() if field in receipt.privacy.traits}
    if facts:
        found.append(admit_facts(account_id, facts, at, receipt))
    if user_id is not None:
        found.append(admit_link(account_id, user_id, at, receipt))
    records: list[OfAccount] = []
    for one in found:
        if isinstance(one, Refused):
            return one
        records.append(one)
    return Admitted(tuple(records))
