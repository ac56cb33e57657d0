"""One partition of the log, folded: every record in, changes, conditions and dead letters out.

This is the whole of scoring. The live shell, `kizashi verify` and replays feed the same records to the same class;
where it is fed from, in batches of what size, and whether it was killed in between cannot change what comes out.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from heapq import heappop, heappush, heapreplace
from typing import Final, NamedTuple, assert_never

from schemas.activity import (
    AccountFacts,
    Activity,
    Contact,
    Engine,
    Event,
    ImportEnd,
    Log,
    Mute,
    OfAccount,
    Outcome,
    Override,
    Publication,
    Telemetry,
    Tick,
    UserLink,
)
from schemas.changes import CauseKind, ScoreChange
from schemas.conditions import Condition, Status
from schemas.dead_letters import DeadLetterReason
from schemas.time import HOUR, SECOND, Instant, instant_of, iso
from services.scoring.core import ENGINE
from services.scoring.core.accounts import Accounts
from services.scoring.core.cards import Cards, cards_of
from services.scoring.core.dedupe import Chunk, Dedupe
from services.scoring.core.evaluate import next_due
from services.scoring.core.header import Header
from services.scoring.core.inputs import Since, Watch, watched_by
from services.scoring.core.outages import NO_OUTAGES
from services.scoring.core.state import Account
from services.scoring.core.step import Because, advance, observe

LATENESS = 48 * HOUR
CLOCK_TOLERANCE = 5 * SECOND  # a tick further ahead of the broker's clock is a bad clock's
HOT_ACCOUNTS = 50_000  # in this partition: about 7 kB each


class Recorded(NamedTuple):
    """A record of the log where it stands. `timestamp` is the broker's; `activity` None where it is not one of ours."""

    offset: int
    timestamp: Instant
    activity: Activity | None
    key: bytes | None
    value: bytes | None


class Unusable(NamedTuple):
    """A record that scoring could not use."""

    record: Recorded
    reason: DeadLetterReason
    detail: str


Output = ScoreChange | Condition | Unusable
_Other = (
    AccountFacts | UserLink | Contact | Outcome | Override | Mute | ImportEnd | Publication | Telemetry | Log | Engine
)


class Counted(StrEnum):
    """What a partition counts for its metrics. No result depends on it."""

    EVENTS = "events"
    DUPLICATES = "duplicates"
    TOO_LATE = "too_late"
    TICKS_IGNORED = "ticks_ignored"
    UNREADABLE = "unreadable"
    EVALUATIONS = "evaluations"
    CHANGES = "changes"
    OPENED = "conditions_opened"
    WORSENED = "conditions_worsened"
    EASED = "conditions_eased"
    CLOSED = "conditions_closed"

    __hash__ = str.__hash__  # an enumeration's own is ten times as slow, and every record is counted


_COUNTED: Final = {status: Counted(f"conditions_{status.value}") for status in Status}


class Flush(NamedTuple):
    """What must be written to the changelog, in this order, so that reading can resume at `cut` + 1."""

    cut: int
    accounts: list[tuple[str, bytes]]
    chunks: list[Chunk]
    header: bytes


class Partition:
    """The state of one partition, up to and including the record at `position`."""

    def __init__(self, number: int, hot_accounts: int = HOT_ACCOUNTS) -> None:
        """An empty partition: the log from its first record."""
        self.number = number
        self.position = -1
        self.stream_time: Instant = 0
        self.counts: Counter[Counted] = Counter()
        self.accounts = Accounts(hot_accounts)
        self._log: Log | None = None
        self._engine = 0
        self._publication: Publication | None = None
        self._cards: Cards | None = None
        self._outages = NO_OUTAGES
        self._since = Since((), ())
        self._watch = Watch(())
        self._dedupe = Dedupe()
        self._rows: dict[str, int] = {}  # the highest row of each import
        self._touched: set[str] = set()
        self._importing: set[str] = set()
        self._dues: list[tuple[Instant, str]] = []
        self._outputs: list[Output] = []
        self._caused: dict[str, tuple[int, int]] = {}  # changes and conditions, by the record at hand, of accounts

    def observe(self, record: Recorded) -> list[Output]:
        """Take the next record.

        What it brings out, in order. Raises ValueError for a record that is not the next one.
        """
        if record.offset <= self.position:
            msg = f"partition {self.number} is at {self.position} and was given {record.offset} again"
            raise ValueError(msg)
        self.position = record.offset
        self._caused.clear()
        match record.activity:
            case Event():
                self._event(record, record.activity)
            case Tick():
                self._tick(record, record.activity)
            case None:
                self.counts[Counted.UNREADABLE] += 1
                self._outputs.append(Unusable(record, DeadLetterReason.UNREADABLE, "not a record of activity.v1"))
            case _:
                self._other(record, record.activity)
        outputs, self._outputs = self._outputs, []
        return outputs if self._speaks else []

    def _other(self, record: Recorded, activity: _Other) -> None:
        """Everything that is neither an event nor a tick: a few records among many."""
        match activity:
            case AccountFacts() | UserLink() | Contact() | Outcome() | Override() | Mute():
                self._of_account(record, activity)
            case ImportEnd():
                self._import_end(record, activity)
            case Publication():
                self._publish(activity)
            case Telemetry():
                self._outages = self._outages.heard(activity)
            case Log():
                self._log, self._engine = activity, activity.engine
            case Engine():
                self._engine = activity.engine
            case _:
                assert_never(activity)

    def _event(self, record: Recorded, event: Event) -> None:
        if not self._is_new(event):
            self.counts[Counted.DUPLICATES] += 1
            return
        if not event.backfill and instant_of(event.occurred_at) < self.stream_time - LATENESS:
            self.counts[Counted.TOO_LATE] += 1
            detail = f"occurred_at is more than 48 h before {iso(self.stream_time)}, where the stream is"
            self._outputs.append(Unusable(record, DeadLetterReason.TOO_LATE, detail))
            return
        self.counts[Counted.EVENTS] += 1
        account = self._of_account(record, event)
        if account is not None and self._cards is not None and event.event_name in self._cards.moments:
            self._moment(account, event, record, self._cards)

    def _moment(self, account: Account, event: Event, record: Recorded, cards: Cards) -> None:
        """Evaluate at once. History is evaluated at its import's end, whatever is in it."""
        at = self._instant(record, instant_of(event.received_at))
        if not event.backfill and event.event_name in cards.card(account, at).moments:
            self._advance(account, at, self._because(record, CauseKind.EVENT, at, event))

    def _is_new(self, event: Event) -> bool:
        if event.imported is None:
            return self._dedupe.is_new(event.hash)
        file, row = event.imported.file, event.imported.row
        if row <= self._rows.get(file, -1):
            return False
        self._rows[file] = row
        return True

    def _of_account(self, record: Recorded, activity: OfAccount) -> Account | None:
        """Let the account see the record; None if it has seen it before a crash."""
        account = self.accounts[activity.account_id]
        if record.offset <= account.applied:
            return None
        observe(account, activity, self._watch)
        self.accounts.changed(account)
        if account.touched:
            self._touched.add(account.account_id)
        if account.importing:
            self._importing.add(account.account_id)
        return account

    def _publish(self, publication: Publication) -> None:
        """Idempotent by version: accounts are evaluated under a new one at their next touch or phase."""
        if self._publication is None or publication.version > self._publication.version:
            watched = publication.watched or watched_by(publication.scorecard)
            self._since = self._since.extended(watched, self.stream_time)
            self._watch = Watch(self._since.catalogue)
            self._publication = publication
            self._cards = cards_of(publication, self._since)

    def _tick(self, record: Recorded, tick: Tick) -> None:
        at = instant_of(tick.at)
        if at > record.timestamp + CLOCK_TOLERANCE:
            self.counts[Counted.TICKS_IGNORED] += 1
            return
        self.stream_time = max(self.stream_time, at)
        self._dedupe.advance(self.stream_time)
        because = self._because(record, CauseKind.TICK, self.stream_time)
        self._visit_dues(because)
        self._touched = self._evaluate(self._touched, because)

    def _import_end(self, record: Recorded, end: ImportEnd) -> None:
        at = self._instant(record, instant_of(end.received_at))
        self._importing = self._evaluate(self._importing, self._because(record, CauseKind.IMPORT, at))

    def _visit_dues(self, because: Because) -> None:
        """Every due instant up to now, one by one and in order."""
        dues = self._dues
        while dues and dues[0][0] <= because.known_at:
            instant, account_id = dues[0]
            account = self.accounts[account_id]
            if account.due == instant and because.offset > account.applied:
                self._advance(account, instant, because)
            if account.due is not None and account.due > instant and account.scheduled in {None, instant}:
                account.scheduled = account.due
                heapreplace(dues, (account.due, account_id))
                continue
            heappop(dues)  # the account has, or had, an entry for another instant
            if account.scheduled == instant:
                account.scheduled = None

    def _evaluate(self, waiting: set[str], because: Because) -> set[str]:
        """Evaluate the accounts that wait for this record; those that still wait."""
        if self._cards is None:
            return waiting
        still = set()
        for account_id in sorted(waiting):
            account = self.accounts[account_id]
            if because.offset <= account.applied:
                still.add(account_id)
                continue
            account.touched = account.touched and because.kind is not CauseKind.TICK
            account.importing = account.importing and because.kind is not CauseKind.IMPORT
            self._advance(account, because.known_at, because)
        return still

    @property
    def _speaks(self) -> bool:
        """Whether the log holds this engine's results here: before that it serves nothing, and says so of nobody."""
        return self._engine == ENGINE

    def _advance(self, account: Account, at: Instant, because: Because) -> None:
        if self._cards is None:
            return
        if not self._speaks:
            account.due = next_due(account, at, self._cards.card(account, at))
            self.accounts.changed(account)
            self._schedule(account)
            return
        caused = self._caused.get(account.account_id)
        if caused is not None:
            because = because._replace(ordinal=caused[0], conditions=caused[1])
        change, conditions = advance(account, at, self._cards.card(account, at), because, self._outages)
        self.counts[Counted.EVALUATIONS] += 1
        self.accounts.changed(account)
        self._schedule(account)
        if change is not None or conditions:
            self._emit(account, change, conditions, because)

    def _emit(
        self, account: Account, change: ScoreChange | None, conditions: Sequence[Condition], because: Because
    ) -> None:
        changes = because.ordinal
        if change is not None:
            self.counts[Counted.CHANGES] += 1
            self._outputs.append(change)
            changes += 1
        for condition in conditions:
            self.counts[_COUNTED[condition.status]] += 1
        self._outputs += conditions
        self._caused[account.account_id] = changes, because.conditions + len(conditions)

    def _schedule(self, account: Account) -> None:
        """One entry of the heap for each account, corrected when it comes up: only an earlier instant is pushed."""
        due = account.due
        if due is not None and (account.scheduled is None or due < account.scheduled):
            account.scheduled = due
            heappush(self._dues, (due, account.account_id))

    def _instant(self, record: Recorded, received_at: Instant) -> Instant:
        return max(self.stream_time, min(received_at, record.timestamp + CLOCK_TOLERANCE))

    def _because(self, record: Recorded, kind: CauseKind, known_at: Instant, event: Event | None = None) -> Because:
        log_id = self._log.log_id if self._log else ""
        return Because(log_id, kind, self.number, record.offset, known_at, event)

    @property
    def log_id(self) -> str | None:
        """The id of the log this is a partition of; None before its first record."""
        return self._log.log_id if self._log else None

    @property
    def scorecard(self) -> str | None:
        """Version and hash of the scorecard in force; None before the first publication."""
        return self._cards.label if self._cards else None

    @property
    def scorecard_version(self) -> int:
        """The version of the scorecard in force; 0 before the first publication."""
        return self._publication.version if self._publication else 0

    @property
    def remembered(self) -> int:
        """How many hashes of messages are held."""
        return len(self._dedupe)

    def flush(self) -> Flush:
        """What has changed since the last flush, as of `position`."""
        cut = self.position
        accounts = self.accounts.flush(cut)
        chunks = list(self._dedupe.unwritten())
        header = Header(
            cut,
            self.stream_time,
            self._log,
            self._engine,
            self._publication,
            self._since,
            self._outages,
            self._dedupe.counts(),
            self._rows,
        )
        return Flush(cut, accounts, chunks, header.packed())

    def restore(
        self, header: Header, accounts: Iterable[tuple[str, bytes]], chunks: dict[tuple[int, int], bytes]
    ) -> None:
        """Take over what the changelog holds; the next record is the one after the header's cut. Raises ValueError."""
        self.position, self.stream_time = header.cut, header.stream_time
        self._log, self._engine, self._rows = header.log, header.engine, dict(header.rows)
        self._since, self._outages = header.since, header.outages
        if header.publication is not None:
            self._publish(header.publication)
        self._dedupe.restore(header.stream_time, header.generations, chunks)
        for account_id, packed in accounts:
            head = self.accounts.restore(account_id, packed)
            if head.due is not None:
                self._dues.append((head.due, account_id))
            if head.touched:
                self._touched.add(account_id)
            if head.importing:
                self._importing.add(account_id)
        self._dues.sort()  # a sorted list is a heap
