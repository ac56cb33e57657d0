"""The accounts of a partition: the hot ones as objects, all others as the bytes they were last flushed as."""

from services.scoring.core.state import Account, Head, head_of, new_account, pack_account, unpack_account


class Accounts:
    """All accounts of a partition, of which at most about `hot` are unpacked between flushes."""

    def __init__(self, hot: int) -> None:
        """No accounts."""
        self._limit = hot
        self._hot: dict[str, Account] = {}  # least recently flushed first
        self._packed: dict[str, bytes] = {}
        self._dirty: dict[str, Account] = {}

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
        self._dirty[account.account_id] = account

    def flush(self, cut: int) -> list[tuple[str, bytes]]:
        """The changed accounts, packed and stamped as having seen the log up to `cut`."""
        flushed = []
        for account_id, account in self._dirty.items():
            account.applied = cut
            packed = self._packed[account_id] = pack_account(account, cut)
            flushed.append((account_id, packed))
            del self._hot[account_id]
            self._hot[account_id] = account  # to the end: most recently used
        self._dirty.clear()
        for account_id in list(self._hot)[: max(0, len(self._hot) - self._limit)]:
            del self._hot[account_id]
        return flushed

    def restore(self, account_id: str, packed: bytes) -> Head:
        """Take over an account as it was flushed, without unpacking it."""
        self._packed[account_id] = packed
        return head_of(packed)
