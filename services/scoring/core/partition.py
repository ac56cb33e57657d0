"""One partition of the log, folded: every record in, changes, conditions and dead letters out.

This is the whole of scoring. The live shell, `kizashi verify` and replays feed the same records to the same class;
where it is fed from, in batches of what size, and whether it was killed in between cannot change what comes out.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, assert_never

from schemas.activity import (
    AccountFacts,
    Contact,
    Engine,
    Event,
    Forget,
    ForgetUser,
    Imported,
    ImportEnd,
    Log,
    Mute,
    Outcome,
    Override,
    Publication,
    Telemetry,
    Tick,
    UserLink,
)
from schemas.changes import CauseKind
from schemas.dead_letters import DeadLetterReason
from schemas.time import HOUR, SECOND, Instant, instant_of, iso
from services.scoring.core import ENGINE
from services.scoring.core.accounts import Accounts
from services.scoring.core.because import Because
from services.scoring.core.book import Book
from services.scoring.core.counted import Counted
from services.scoring.core.dedupe import Chunk, Dedupe
from services.scoring.core.forgotten import Forgotten
from services.scoring.core.header import Header
from services.scoring.core.in_force import InForce
from services.scoring.core.recorded import Gone, Output, Recorded, Unusable

__all__ = ["HOT_ACCOUNTS", "LATENESS", "Counted", "Flush", "Gone", "Output", "Partition", "Recorded", "Unusable"]

LATENESS = 48 * HOUR
CLOCK_TOLERANCE = 5 * SECOND  # a tick further ahead of the broker's clock is a bad clock's
HOT_ACCOUNTS = 50_000  # in this partition: about 7 kB each

_OfPartition = ImportEnd | Publication | Telemetry | Log | Engine | Forget | ForgetUser
_Other = AccountFacts | UserLink | Contact | Outcome | Override | Mute | _OfPartition


class Flush(NamedTuple):
    """What must be written to the changelog, in this order, so that reading can resume at `cut` + 1."""

    cut: int
    accounts: list[tuple[str, bytes | None]]
    chunks: list[Chunk]
    header: bytes


class Partition:
    """The state of one partition, up to and including the record at `position`."""

    def __init__(self, number: int, hot_accounts: int = HOT_ACCOUNTS) -> None:
        """An empty partition: the log from its first record."""
        self.number = number
        self.position = -1
        self.stream_time: Instant = 0
        self._log: Log | None = None
        self._engine = 0
        self._dedupe = Dedupe()
        self._rows: dict[str, int] = {}  # the highest row of each import
        self._book = Book(hot_accounts)

    def observe(self, record: Recorded) -> list[Output]:
        """Take the next record.

        What it brings out, in order. Raises ValueError for a record that is not the next one.
        """
        if record.offset <= self.position:
            msg = f"partition {self.number} is at {self.position} and was given {record.offset} again"
            raise ValueError(msg)
        self.position = record.offset
        activity, outbox = record.activity, self._book.outbox
        if isinstance(activity, Event):  # hot, and half the price of a match
            self._event(record, activity)
        elif isinstance(activity, Tick):
            self._tick(record, activity)
        elif activity is None:
            self._refuse(record, Counted.UNREADABLE, "not a record of activity.v1")
        else:
            self._other(record, activity)
        if not outbox.outputs:
            return []
        outputs = outbox.taken()
        return outputs if self._book.speaks else []

    def _other(self, record: Recorded, activity: _Other) -> None:
        """Everything that is neither an event nor a tick: a few records among many."""
        match activity:
            case AccountFacts() | UserLink() | Contact() | Outcome() | Override() | Mute():
                self._book.observe(record.offset, activity)
            case ImportEnd():
                self._import_end(record, activity)
            case Publication():
                self._book.in_force.publish(activity, self.stream_time)
            case Forget() | ForgetUser():
                self._book.forget(record.offset, activity, min(instant_of(activity.received_at), record.timestamp))
            case Telemetry():
                self._book.hear(record.offset, activity)
            case Log():
                self._log = activity
                self._run_by(activity.engine)
            case Engine():
                self._run_by(activity.engine)
            case _:
                assert_never(activity)

    def _run_by(self, engine: int) -> None:
        """From here on the log holds the results of this engine. Those of another are not ours to give."""
        self._engine = engine
        self._book.speaks = engine == ENGINE

    def _event(self, record: Recorded, event: Event) -> None:
        book, imported = self._book, event.imported
        if not (self._dedupe.is_new(event.hash) if imported is None else self._is_next(imported)):
            book.counts.rest[Counted.DUPLICATES] += 1
            return
        occurred_at = instant_of(event.occurred_at)
        if occurred_at < self.stream_time - LATENESS and not event.backfill:
            detail = f"occurred_at is more than 48 h before {iso(self.stream_time)}, where the stream is"
            self._refuse(record, Counted.TOO_LATE, detail)
            return
        book.counts.events += 1
        account, cards = book.event(record.offset, event, occurred_at), book.in_force.cards
        if cards is not None and event.event_name in cards.moments and account is not None and not event.backfill:
            at = self._instant(record, instant_of(event.received_at))  # history is evaluated at its import's end
            book.moment(account, event, cards, self._because(record, CauseKind.EVENT, at, event))

    def _refuse(self, record: Recorded, counted: Counted, detail: str) -> None:
        self._book.counts.rest[counted] += 1
        self._book.outbox.refuse(Unusable(record, DeadLetterReason(counted.value), detail))

    def _is_next(self, imported: Imported) -> bool:
        """Whether this row of a file comes after all that were seen; it has been seen from now on."""
        if imported.row <= self._rows.get(imported.file, -1):
            return False
        self._rows[imported.file] = imported.row
        return True

    def _tick(self, record: Recorded, tick: Tick) -> None:
        at = instant_of(tick.at)
        if at > record.timestamp + CLOCK_TOLERANCE:
            self._book.counts.rest[Counted.TICKS_IGNORED] += 1
            return
        self.stream_time = max(self.stream_time, at)
        self._dedupe.advance(self.stream_time)
        self._book.forgotten.advance(self.stream_time)
        self._book.tick(self._because(record, CauseKind.TICK, self.stream_time))

    def _import_end(self, record: Recorded, end: ImportEnd) -> None:
        at = self._instant(record, instant_of(end.received_at))
        self._book.import_end(self._because(record, CauseKind.IMPORT, at))

    def _instant(self, record: Recorded, received_at: Instant) -> Instant:
        return max(self.stream_time, min(received_at, record.timestamp + CLOCK_TOLERANCE))

    def _because(self, record: Recorded, kind: CauseKind, known_at: Instant, event: Event | None = None) -> Because:
        return Because(self.log_id or "", kind, self.number, record.offset, known_at, event)

    @property
    def accounts(self) -> Accounts:
        """The accounts of the partition."""
        return self._book.accounts

    @property
    def counts(self) -> Counter[Counted]:
        """What happened so far, in this process."""
        return self._book.counts.counter()

    @property
    def log_id(self) -> str | None:
        """The id of the log this is a partition of; None before its first record."""
        return self._log.log_id if self._log else None

    @property
    def scorecard(self) -> str | None:
        """Version and hash of the scorecard in force; None before the first publication."""
        return self._book.in_force.label

    @property
    def scorecard_version(self) -> int:
        """The version of the scorecard in force; 0 before the first publication."""
        return self._book.in_force.version

    @property
    def remembered(self) -> int:
        """How many hashes of messages are held."""
        return len(self._dedupe)

    def flush(self) -> Flush:
        """What has changed since the last flush, as of `position`."""
        cut = self.position
        accounts = self._book.accounts.flush(cut)
        chunks = list(self._dedupe.unwritten())
        header = Header(
            cut,
            self.stream_time,
            self._log,
            self._engine,
            self._book.in_force.publication,
            self._book.in_force.since,
            self._book.outages,
            self._dedupe.counts(),
            self._rows,
            self._book.forgotten.packed(),
        )
        return Flush(cut, accounts, chunks, header.packed())

    def restore(self, header: Header, accounts: Mapping[str, bytes], chunks: dict[tuple[int, int], bytes]) -> None:
        """Take over what the changelog holds; the next record is the one after the header's cut. Raises ValueError."""
        self.position, self.stream_time = header.cut, header.stream_time
        self._log, self._rows = header.log, dict(header.rows)
        self._run_by(header.engine)
        self._book.outages, self._book.in_force = header.outages, InForce(header.since)
        self._book.forgotten = Forgotten(header.forgotten)
        if header.publication is not None:
            self._book.in_force.publish(header.publication, header.stream_time)
        self._dedupe.restore(header.stream_time, header.generations, chunks)
        self._book.restore(accounts)
