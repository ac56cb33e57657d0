"""Which account a user belongs to, link by link."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.activity import Authority, UserLink
from schemas.time import instant_of
from services.ingest.core.links import Heard, LinkBook

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OPERATE, INGEST = Authority.OPERATE, Authority.INGEST


def link(account_id: str, minutes: int = 0, authority: Authority = INGEST, user_id: str = "u-7") -> UserLink:
    at = NOON + timedelta(minutes=minutes)
    return UserLink(account_id=account_id, user_id=user_id, occurred_at=at, received_at=NOON, authority=authority)


@pytest.mark.parametrize(
    ("known", "said", "is_news"),
    [
        pytest.param(None, link("acme"), True, id="the first word"),
        pytest.param(link("acme"), link("globex", 1), True, id="a newer one"),
        pytest.param(link("acme"), link("globex"), True, id="the later of two at the same time"),
        pytest.param(link("acme"), link("globex", -1), False, id="an older one"),
        pytest.param(link("acme"), link("acme", 1), False, id="the same once more"),
        pytest.param(link("acme", 0, OPERATE), link("globex", 1), False, id="an ingest key against an operate key"),
        pytest.param(link("acme"), link("globex", -1, OPERATE), True, id="an operate key against an ingest key"),
        pytest.param(link("acme"), link("acme", 0, OPERATE), True, id="an operate key settles it"),
        pytest.param(link("acme", 0, OPERATE), link("globex", 1, OPERATE), True, id="a newer word of an operate key"),
    ],
)
def test_a_link_is_believed_or_not(known, said, is_news):
    book = LinkBook()
    if known is not None:
        book.put(known)

    assert book.is_news(said) is is_news


def test_a_user_who_is_forgotten_belongs_nowhere():
    book = LinkBook()
    book.put(link("acme"))
    book.forget("u-7")
    book.forget("u-8")

    assert (book.account_of("u-7"), len(book)) == (None, 0)


def test_of_an_account_that_is_forgotten_only_what_was_said_before_goes():
    book = LinkBook()
    book.put(link("acme", user_id="u-1"))
    book.put(link("acme", 2, user_id="u-2"))
    book.put(link("globex", user_id="u-3"))
    book.forget_account("acme", instant_of(NOON + timedelta(minutes=1)))

    assert (book.users_of("acme"), book.users_of("globex"), book.account_of("u-1")) == (["u-2"], ["u-3"], None)


def test_what_a_delivery_says_holds_for_what_follows_in_it_and_changes_no_book():
    book = LinkBook()
    book.put(link("acme", user_id="u-1"))
    heard = Heard(book)
    news = [heard.hear(link("acme")), heard.hear(link("acme")), heard.hear(link("globex", user_id="u-1"))]

    assert news == [True, False, True]
    assert [heard.account_of(user_id) for user_id in ("u-7", "u-1", "u-2")] == ["acme", "globex", None]
    assert (book.account_of("u-7"), book.account_of("u-1")) == (None, "acme")
    assert [one.user_id for one in heard.news] == ["u-7", "u-1"]


def test_a_delivery_may_take_back_what_it_said():
    book = LinkBook()
    book.put(link("acme"))
    heard = Heard(book)

    assert [heard.hear(link("globex", 1)), heard.hear(link("acme", 2))] == [True, True]
    assert heard.account_of("u-7") == "acme"
