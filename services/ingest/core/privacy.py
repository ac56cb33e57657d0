"""What is kept of people and accounts, decided at the door: the log is kept for ever."""

from collections.abc import Callable
from typing import NamedTuple

from schemas.activity import FACT_FIELDS


class Privacy(NamedTuple):
    """`name_of`: what a user is called in the log. `traits`: the facts of accounts that products may state.

    Whatever else a product sends (other traits, contexts, addresses) is not kept in any case.
    """

    name_of: Callable[[str], str]
    traits: frozenset[str]


def _itself(user_id: str) -> str:
    return user_id


EVERYTHING = Privacy(_itself, frozenset(FACT_FIELDS))
