"""What is known of an account, merged field by field from everything that was said."""

from typing import Any, NamedTuple

from schemas.activity import FACT_FIELDS, AccountFacts, Authority
from schemas.time import Instant, instant_of


class Said(NamedTuple):
    """The value of a field (None: cleared), who said it and when."""

    value: Any
    operate: bool
    at: Instant


Known = dict[str, Said]


def merge(known: Known, facts: AccountFacts) -> bool:
    """Take in what a record says; whether a value changed.

    The newest `occurred_at` of a field wins and log order breaks ties; null clears; what an operate key set is never
    overwritten by an ingest key.
    """
    at = instant_of(facts.occurred_at)
    operate = facts.authority is Authority.OPERATE
    changed = False
    for field, value in facts.said():
        before = known.get(field)
        if before is not None and (operate, at) < (before.operate, before.at):
            continue
        known[field] = Said(value, operate, at)
        changed |= value != (before.value if before else None)
    return changed


def told(known: Known) -> tuple[Any, ...]:
    """The values, in the order of `FACT_FIELDS`; None for what is not known."""
    return tuple([said.value if (said := known.get(field)) else None for field in FACT_FIELDS])


NOTHING = told({})
