"""Folds a partition of the log as the shell does, also one that is killed again and again, and says what came of it."""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from schemas.changes import ScoreChange
from schemas.codec import encode
from schemas.conditions import Condition
from services.scoring.changelog import HEADER_KEY, Restoring, body_of
from services.scoring.core.partition import HOT_ACCOUNTS, Gone, Output, Partition, Recorded, Unusable
from services.scoring.core.state import Account


def bytes_of(output: Output) -> bytes:
    """An output as it is sent, or what stands for it."""
    if isinstance(output, Unusable):
        return f"dead letter {output.record.offset}: {output.reason}: {output.detail}".encode()
    if isinstance(output, Gone):
        return f"gone {output.account_id}".encode()
    return encode(output)


class Folded(NamedTuple):
    """What came of a log: the partition at its end, and everything it sent."""

    partition: Partition
    outputs: list[Output]

    @property
    def sent(self) -> list[bytes]:
        """The outputs as bytes."""
        return [bytes_of(output) for output in self.outputs]

    @property
    def changes(self) -> list[ScoreChange]:
        """The changes among the outputs."""
        return [output for output in self.outputs if isinstance(output, ScoreChange)]

    @property
    def conditions(self) -> list[Condition]:
        """The conditions among the outputs."""
        return [output for output in self.outputs if isinstance(output, Condition)]


def fold(log: Iterable[Recorded], hot_accounts: int = HOT_ACCOUNTS) -> Folded:
    """The log, lived through without a stop."""
    partition = Partition(0, hot_accounts)
    return Folded(partition, [output for record in log for output in partition.observe(record)])


class _Changelog:
    """A changelog, and what was sent, of a worker that dies now and then."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.records: list[tuple[bytes, bytes | None]] = []
        self.pending: list[Output] = []
        self.sent: list[bytes] = []

    def send(self, most: int | None = None) -> None:
        """Deliver what came out, at most so many."""
        self.sent += [bytes_of(output) for output in self.pending[:most]]
        self.pending = []

    def flush(self, partition: Partition, *, dies: bool) -> None:
        """A flush; of one that dies, any part of the body was delivered, and no header."""
        flush = partition.flush()
        self.send()
        body = list(body_of(flush))
        if dies:
            share = self.random.random()
            self.records += [record for record in body if self.random.random() < share]
        else:
            self.records += [*body, (HEADER_KEY, flush.header)]

    def restored(self, hot_accounts: int) -> Partition:
        """The partition as a successor finds it, from the changelog as it is or as compaction leaves it."""
        restoring = Restoring()
        records = self.records
        if self.random.random() < 0.5:
            records = list({key: (key, value) for key, value in records}.values())
        for key, value in records:
            restoring.take(key, value)
        return restoring.partition(0, hot_accounts)


def fold_with_deaths(log: list[Recorded], random: Random, hot_accounts: int) -> tuple[Partition, list[bytes]]:
    """The log, lived through by workers that die between records and in the middle of flushes."""
    changelog = _Changelog(random)
    partition = changelog.restored(hot_accounts)
    deaths = 6
    while partition.position + 1 < len(log):
        changelog.pending += partition.observe(log[partition.position + 1])
        chance = random.random()
        if chance < 0.12:
            changelog.flush(partition, dies=False)
        elif chance < 0.3:
            changelog.send()
        elif chance < 0.4 and deaths:
            deaths -= 1
            if random.random() < 0.7:
                changelog.flush(partition, dies=True)
            else:
                changelog.send(random.randrange(3))
            partition = changelog.restored(hot_accounts)
    changelog.send()
    return partition, changelog.sent


def accounts_of(partition: Partition) -> Iterator[Account]:
    """Every account of a partition."""
    for account_id in sorted({*partition.accounts._hot, *partition.accounts._packed}):
        yield partition.accounts[account_id]


def state_of(account: Account) -> dict[str, Any]:
    """What an account's state says, whatever the order in which it was said, and whenever it was flushed."""
    return {
        "active": (account.active.origin, account.active.mask),
        "daily": (account.daily.newest, account.daily.counts),
        "users": account.users.members,
        "features": account.features.members,
        "watched": account.watched,
        "tallies": {number: tally.packed() for number, tally in account.tallies.items()},
        "sources": account.sources.members,
        "judged": (account.override, account.mute),
        "evaluated": (account.evaluated_on, account.late),
        "facts": account.facts,
        "told": account.told,
        "due": account.due,
        "flags": (account.touched, account.importing),
        "times": (account.first_at, account.last_at, account.contact_at),
        "outcome": account.outcome,
        "served": account.served,
        "holds": account.holds,
        "trail": account.trail.packed(),
    }


def states_of(partition: Partition) -> dict[str, dict[str, Any]]:
    """The states of all accounts."""
    return {account.account_id: state_of(account) for account in accounts_of(partition)}
