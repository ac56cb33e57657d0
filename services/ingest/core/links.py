"""Which account each user belongs to, as links say it one after the other."""

from typing import NamedTuple

from schemas.activity import Authority, UserLink
from schemas.time import Instant, instant_of


class _Belonging(NamedTuple):
    """Where a user belongs. Of two, the greater one counts."""

    is_operated: bool  # a person of ours has said so
    since: Instant
    account_id: str


class LinkBook:
    """All users that are known. The newest word wins, what was said with an operate key before what an ingest key says.

    A million users of fifty thousand accounts take 230 MB.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 11, 22, tzinfo=UTC)
    >>> book = LinkBook()
    >>> book.put(UserLink(account_id="acme", user_id="u-7", occurred_at=at, received_at=at))
    >>> book.account_of("u-7"), book.account_of("u-8"), len(book)
    ('acme', None, 1)
    """

    def __init__(self) -> None:
        self._belongings: dict[str, _Belonging] = {}
        self._accounts: dict[str, str] = {}  # each id once, however many users an account has

    def __len__(self) -> int:
        return len(self._belongings)

    def account_of(self, user_id: str) -> str | None:
        """The account a user belongs to, or None."""
        found = self._belongings.get(user_id)
        return None if found is None else found.account_id

    def is_news(self, link: UserLink) -> bool:
        """Whether a link says something else than what is known, and is to be believed."""
        found, given = self._belongings.get(link.user_id), _belonging(link)
        if found is None:
            return True
        if found.account_id == given.account_id:
            return given.is_operated and not found.is_operated
        return given[:2] >= found[:2]

    def put(self, link: UserLink) -> None:
        """Believe a link."""
        account_id = self._accounts.setdefault(link.account_id, link.account_id)
        self._belongings[link.user_id] = _belonging(link)._replace(account_id=account_id)

    def forget(self, user_id: str) -> None:
        """Know nothing of a user any more."""
        self._belongings.pop(user_id, None)

    def forget_account(self, account_id: str, said_before: Instant) -> None:
        """Know nothing of whoever was said to belong to an account until then."""
        for user_id in self.users_of(account_id):
            if self._belongings[user_id].since <= said_before:
                del self._belongings[user_id]

    def users_of(self, account_id: str) -> list[str]:
        """Everybody who belongs to an account. Looks at all users."""
        return [user_id for user_id, found in self._belongings.items() if found.account_id == account_id]


class Heard:
    """What is known while a delivery is decided on: the book, and what the delivery itself has said so far.

    The book is left as it is until what was said is kept.
    """

    def __init__(self, book: LinkBook) -> None:
        self._book = book
        self._said: LinkBook | None = None  # nothing, nearly always
        self.news: list[UserLink] = []

    def account_of(self, user_id: str) -> str | None:
        """As `LinkBook.account_of`."""
        said = None if self._said is None else self._said.account_of(user_id)
        return self._book.account_of(user_id) if said is None else said

    def hear(self, link: UserLink) -> bool:
        """Take in a link; whether it is news."""
        said = LinkBook() if self._said is None else self._said
        known = self._book if said.account_of(link.user_id) is None else said
        is_news = known.is_news(link)
        if is_news:
            said.put(link)
            self._said = said
            self.news.append(link)
        return is_news


def _belonging(link: UserLink) -> _Belonging:
    return _Belonging(link.authority is Authority.OPERATE, instant_of(link.occurred_at), link.account_id)
