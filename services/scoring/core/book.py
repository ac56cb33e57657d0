"""The accounts of a partition: what each is told, and when each is looked at.

An account is looked at when a moment event comes, at a tick after it was touched or after events of it were found to be
missing, or no longer, at the end of an import that brought history, and at its own due instants. Who was looked at at a
due instant, after whatever touched it, is not looked at again at the tick that brought both
(docs/decisions/0015-seen-when-due.md).
"""

from collections.abc import Mapping

from schemas.activity import (
    AccountFacts,
    Contact,
    Event,
    Forget,
    ForgetUser,
    Mute,
    OfAccount,
    Outcome,
    Override,
    Telemetry,
    UserLink,
)
from schemas.changes import CauseKind
from schemas.time import Instant
from services.scoring.core.accounts import Accounts
from services.scoring.core.agenda import Agenda
from services.scoring.core.because import Because
from services.scoring.core.card import Card
from services.scoring.core.cards import Cards
from services.scoring.core.counted import Counted, Counts
from services.scoring.core.evaluate import is_the_same_all_day, next_due
from services.scoring.core.forgotten import Forgotten
from services.scoring.core.in_force import InForce
from services.scoring.core.in_use import has_nothing_to_tell
from services.scoring.core.outages import NO_OUTAGES
from services.scoring.core.outbox import Outbox
from services.scoring.core.packing import FORGOTTEN, IMPORTING, NO_DUE, TOUCHED, raw_head
from services.scoring.core.state import Account
from services.scoring.core.step import advance, forget_user, observe, observe_event

_Said = AccountFacts | UserLink | Contact | Outcome | Override | Mute


class Book:
    """The accounts, and everything that a look at one of them depends on beside its own state.

    `speaks`: whether the log holds this engine's results here: before that nothing is looked at.
    """

    __slots__ = (
        *("_agenda", "_ahead", "_importing", "_touched"),
        *("accounts", "counts", "forgotten", "in_force", "outages", "outbox", "speaks"),
    )

    def __init__(self, hot_accounts: int) -> None:
        """No accounts."""
        self.accounts = Accounts(hot_accounts)
        self.in_force = InForce()
        self.outages = NO_OUTAGES
        self.forgotten = Forgotten()
        self.counts = Counts()
        self.outbox = Outbox(self.counts)
        self.speaks = False
        self._touched: set[str] = set()
        self._importing: set[str] = set()
        self._agenda = Agenda()
        self._ahead = -1  # no account has seen the log further, where it was taken over from who had

    def event(self, offset: int, event: Event, at: Instant) -> Account | None:
        """Let its account see an event, which occurred at an instant.

        None if it has seen it before a crash, or was forgotten since it was sent.
        """
        account = self._seeing(offset, event)
        if account is None:
            return None
        if event.backfill:
            self._importing.add(account.account_id)
        elif not account.touched:
            self._touched.add(account.account_id)
        observe_event(account, event, at, self.in_force.watch)
        return account

    def observe(self, offset: int, activity: _Said) -> None:
        """Let its account see a record, unless it has seen it before a crash, or was forgotten since it was sent."""
        account = self._seeing(offset, activity)
        if account is not None:
            observe(account, activity, self.in_force.watch)
            self._touched.add(account.account_id)

    def _seeing(self, offset: int, activity: OfAccount) -> Account | None:
        """The account that is to see a record, which will change it."""
        if self.forgotten.is_anybody and self.forgotten.covers(activity):
            self.counts.rest[Counted.NOT_TAKEN] += 1
            return None
        account = self.accounts[activity.account_id]
        if offset <= self._ahead and offset <= account.applied:
            return None
        if not account.is_dirty:
            self.accounts.changed(account)
        return account

    def forget(self, offset: int, forget: Forget | ForgetUser, at: Instant) -> None:
        """An account or a user is forgotten, and whatever was received up to an instant about them."""
        self.counts.rest[Counted.FORGETS] += 1
        if isinstance(forget, Forget):
            self.forgotten.account(forget.account_id, at)
            self._forget_account(offset, forget.account_id)
        else:
            self.forgotten.user(forget.user_id, at)
            self._forget_user(offset, forget.user_id)

    def _forget_account(self, offset: int, account_id: str) -> None:
        """An account becomes one of which nothing is known, and nothing is said of it: only that it is gone."""
        if offset <= self.accounts[account_id].applied:
            return
        self.accounts.forget(account_id)
        self._touched.discard(account_id)
        self._importing.discard(account_id)
        self._agenda.forget(account_id)
        self.outbox.gone(account_id)

    def _forget_user(self, offset: int, user_id: str) -> None:
        """Every account forgets a user, and is looked at again at the next tick."""
        for account_id in self.accounts.naming(user_id):
            account = self.accounts[account_id]
            if offset > account.applied and forget_user(account, user_id):
                self.accounts.changed(account)
                self._touched.add(account_id)

    def hear(self, offset: int, verdict: Telemetry) -> None:
        """Events are missing, or no longer: whom that concerns is looked at at the next tick. Unpacks every account."""
        before, self.outages = self.outages, self.outages.heard(verdict)
        if self.outages.since == before.since:
            return
        for account_id in self.accounts.ids():
            account = self.accounts[account_id]
            if offset > account.applied and account.is_stale is not self.outages.concerns(account):
                account.touched = True
                self.accounts.changed(account)
                self._touched.add(account_id)

    def moment(self, account: Account, event: Event, cards: Cards, because: Because) -> None:
        """Look at an account at once, if an event is a moment of its own card."""
        card = cards.card(account, because.known_at)
        if event.event_name in card.moments:
            self._look(account, because.known_at, card, because)

    def tick(self, because: Because) -> None:
        """Look at every account at its due instants up to now, one by one and in order; then at others touched."""
        agenda, accounts, cards = self._agenda, self.accounts, self.in_force.cards
        if cards is None:
            return
        for instant, account_id in agenda.taken(because.known_at):
            account = accounts[account_id]
            if account.due == instant and because.offset > account.applied:
                account.scheduled = None  # the entry that was taken
                self._look(account, instant, cards.card(account, instant), because)
                if account.touched and is_the_same_all_day(account, instant):
                    account.touched = False
                    self._touched.discard(account_id)
            else:
                agenda.seen_to(account, instant)
        self._touched = self._look_at(self._touched, because)

    def import_end(self, because: Because) -> None:
        """Look at the accounts that history came in for."""
        self._importing = self._look_at(self._importing, because)

    def _look_at(self, waiting: set[str], because: Because) -> set[str]:
        """Look at the accounts that wait for this record; those that still wait."""
        cards = self.in_force.cards
        if cards is None:
            return waiting
        still, accounts, at = set(), self.accounts, because.known_at
        is_tick = because.kind is CauseKind.TICK
        may_be_ahead = because.offset <= self._ahead
        for account_id in sorted(waiting):
            account = accounts[account_id]
            if may_be_ahead and because.offset <= account.applied:
                still.add(account_id)
                continue
            if is_tick:
                account.touched = False
            else:
                account.importing = False
            card = cards.card(account, at)
            if has_nothing_to_tell(account, at, card, self.outages):
                accounts.changed(account)
            else:
                self._look(account, at, card, because)
        return still

    def _look(self, account: Account, at: Instant, card: Card, because: Because) -> None:
        if self.speaks:
            change, conditions = advance(account, at, card, because, self.outages)
            self.counts.evaluations += 1
            if change is not None or conditions:
                self.outbox.tell(change, conditions)
        else:
            account.due = next_due(account, at, card)
        if not account.is_dirty:
            self.accounts.changed(account)
        self._agenda.plan(account)

    def restore(self, accounts: Mapping[str, bytes]) -> None:
        """Take over accounts as they were flushed."""
        self.accounts.restore(accounts)
        dues = []
        for account_id, packed in accounts.items():
            applied, due, flags = raw_head(packed)
            self._ahead = max(self._ahead, applied)
            if due != NO_DUE:
                dues.append((due, account_id))
            if flags:
                self._restore_waiting(account_id, flags)
        self._agenda.restore(dues)

    def _restore_waiting(self, account_id: str, flags: int) -> None:
        if flags & TOUCHED:
            self._touched.add(account_id)
        if flags & IMPORTING:
            self._importing.add(account_id)
        if flags & FORGOTTEN:
            self.accounts.restore_forgotten(account_id)
