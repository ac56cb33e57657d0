"""The accounts of a partition: the hot ones as objects, all others as the bytes they were last flushed as."""

from collections.abc import Mapping

from services.scoring.core.packing import is_blank, pack_account, unpack_account
from services.scoring.core.state import Account, new_account


class Accounts:
    """All accounts of a partition, of which at most about `hot` are unpacked between flushes."""

    def __init__(self, hot: int) -> None:
        """No accounts."""
        self._limit = hot
        self._hot: dict[str, Account] = {}  # least recently flushed first
        self._packed: dict[str, bytes] = {}
        self._dirty: dict[str, Account] = {}
        self._forgotten: set[str] = set()  # since the last flush
        self._blank: set[str] = set()  # written as nothing, and to be deleted by the next flush

    def __len__(self) -> int:
        """How many accounts there are."""
        return len(self._packed) + sum(account_id not in self._packed for account_id in self._dirty)

    @property
    def dirty(self) -> int:
        """How many accounts differ from what was last flushed."""
        return len(self._dirty)

    @property
    def hot(self) -> int:
        """How many accounts are unpacked."""
        return len(self._hot)

    def __getitem__(self, account_id: str) -> Account:
        """The account of that id, made if there is none. Who changes it says so by `changed`."""
        account = self._hot.get(account_id)
        if account is None:
            packed = self._packed.get(account_id)
            account = new_account(account_id) if packed is None else unpack_account(packed)
            self._hot[account_id] = account
        return account

    def changed(self, account: Account) -> None:
        """The account differs from what was last flushed."""
        if not account.is_dirty:
            account.is_dirty = True
            self._dirty[account.account_id] = account

    def forget(self, account_id: str) -> None:
        """From now on nothing is known of this account.

        The next flush writes it as an account of which nothing is known, so that a successor that begins before the
        record that says so does not take up again what came before it; the one after that deletes it.
        """
        self._hot[account_id] = self._dirty[account_id] = account = new_account(account_id)
        account.is_dirty = True
        self._forgotten.add(account_id)

    def naming(self, name: str) -> list[str]:
        """The accounts that may hold a name, in order: all others do not. Looks at the bytes of those at rest."""
        needle = name.encode()
        return sorted({*self._dirty, *(one for one, packed in self._packed.items() if needle in packed)})

    def ids(self) -> list[str]:
        """The ids of all accounts, in order."""
        return sorted({*self._packed, *self._dirty})

    def flush(self, cut: int) -> list[tuple[str, bytes | None]]:
        """The changed accounts, packed and stamped as having seen the log up to `cut`, or further where they have.

        None for one to be deleted.
        """
        flushed: list[tuple[str, bytes | None]] = []
        for account_id in sorted(self._blank - self._dirty.keys()):
            flushed.append((account_id, None))
            del self._packed[account_id]
            self._hot.pop(account_id, None)
        # A successor of a worker that died in a flush may find one that was forgotten further on than it is itself:
        # until it is there, the empty state has to say so, or the records in between would be taken into it.
        passed = {account_id for account_id in self._forgotten if self._dirty[account_id].applied <= cut}
        self._blank = {account_id for account_id in passed if is_blank(self._dirty[account_id])}
        self._forgotten -= passed
        for account_id, account in self._dirty.items():
            account.applied = max(account.applied, cut)
            account.is_dirty = account_id in self._forgotten
            empty = account_id in self._blank or account_id in self._forgotten
            packed = pack_account(account, account.applied, forgotten=empty)
            self._packed[account_id] = packed
            flushed.append((account_id, packed))
            del self._hot[account_id]
            self._hot[account_id] = account  # to the end: most recently used
        self._dirty = {account_id: self._dirty[account_id] for account_id in self._forgotten}
        resting = [account_id for account_id in self._hot if account_id not in self._dirty]
        for account_id in resting[: max(0, len(self._hot) - self._limit)]:
            del self._hot[account_id]
        return flushed

    def restore(self, accounts: Mapping[str, bytes]) -> None:
        """Take over accounts as they were flushed, without unpacking them."""
        self._packed.update(accounts)

    def restore_forgotten(self, account_id: str) -> None:
        """An account that was taken over is written as nothing: it may be that no header has been since."""
        self.changed(self[account_id])
        self._forgotten.add(account_id)
