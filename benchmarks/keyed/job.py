"""The reference job: what goes in, and what must come out of every system that does it.

Keyed state, 24 hourly and 30 daily counts of each account with a changelog, and an output for every eighth event of an
account within an hour and for its last one of all: of one event in nine. The last outputs tell the final count of
every account, so that what a system lost or counted twice shows, wherever it was.
"""

import random
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

import msgspec

from benchmarks.keyed.account import CLOSING, EVERY
from schemas.time import HOUR, SECOND, Instant, iso, parse_iso

ACCOUNTS = 50_000
_START = parse_iso("2026-11-20T18:00:00Z")
_APART: Instant = 36  # a million events take ten hours
_SCATTERED = 0x9E3779B97F4A7C15  # odd: no two numbers give the same hash
_FEATURES = ("dashboard", "export", "api", "login", "billing", "search", "invite", "report")


class Output(NamedTuple):
    """What is expected of an event that brings something out."""

    hour: int
    hour_count: int
    total: int


class Told(msgspec.Struct):
    """What a system brought out: its other fields are not looked at."""

    account_id: str
    hour: int
    hour_count: int
    total: int


_told = msgspec.json.Decoder(Told)
Expected = dict[tuple[str, int], Output]  # by account and its total


class Wrong(Exception):
    """A system did not do the job."""


class Made(NamedTuple):
    """An event: whose it is, its JSON (a record of `activity.v1`), and what it brings out."""

    account_id: str
    value: bytes
    output: Output | None


def events(count: int) -> Iterator[Made]:
    """The same ones for the same count."""
    totals: dict[str, int] = {}
    of_hours: dict[tuple[str, int], int] = {}
    second, text = -1, ""
    for number, (account_id, is_last) in enumerate(_plan(count)):
        at = _START + number * _APART
        if at // SECOND != second:
            second, text = at // SECOND, iso(at)[:-4]
        when, hour = f"{text}{at % SECOND:03d}Z", at // HOUR
        total = totals[account_id] = totals.get(account_id, 0) + 1
        in_hour = of_hours[account_id, hour] = of_hours.get((account_id, hour), 0) + 1
        name = CLOSING if is_last else "feature_used"
        value = (
            f'{{"type":"event","account_id":"{account_id}","event_name":"{name}","occurred_at":"{when}",'
            f'"received_at":"{when}","source":"app","message_id":"{number:016x}","hash":{number * _SCATTERED % 2**64},'
            f'"user_id":"user_{number * 7 % 900_000:06d}","feature":"{_FEATURES[number % 8]}"}}'
        )
        speaks = is_last or in_hour % EVERY == 0
        yield Made(account_id, value.encode(), Output(hour, in_hour, total) if speaks else None)


def check(values: Iterable[bytes], wanted: Expected) -> None:
    """Each wanted output has come, once, and nothing else has. Raises Wrong."""
    found: Expected = {}
    doubled = 0
    for value in values:
        told = _told.decode(value)
        place = told.account_id, told.total
        doubled += place in found
        found[place] = Output(told.hour, told.hour_count, told.total)
    if found != wanted or doubled:
        missing, beyond = wanted.keys() - found.keys(), found.keys() - wanted.keys()
        other = sum(found[place] != wanted[place] for place in found.keys() & wanted.keys())
        msg = f"{len(missing)} outputs are missing, {len(beyond)} are too many, {other} differ, {doubled} came twice"
        raise Wrong(msg)


def _plan(count: int) -> Iterator[tuple[str, bool]]:
    """Accounts, and whether it is the account's last event: a few accounts do most of what is done."""
    chance = random.Random(7)  # noqa: S311 - a simulation
    names = [f"acct_{number:08d}" for number in range(ACCOUNTS)]
    chance.shuffle(names)
    weights = list(accumulate(1 / (rank + 50) for rank in range(ACCOUNTS)))
    chosen = chance.choices(range(ACCOUNTS), cum_weights=weights, k=count)
    last = {account: number for number, account in enumerate(chosen)}
    for number, account in enumerate(chosen):
        yield names[account], last[account] == number
