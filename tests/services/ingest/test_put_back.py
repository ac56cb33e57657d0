"""Dead letters whose user is linked afterwards."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from schemas.activity import Event, UserLink
from schemas.codec import decode_activity
from schemas.dead_letters import PUT_BACK, DeadLetter, DeadLetterReason
from schemas.time import moment_of
from schemas.topics import ACTIVITY
from services.ingest.core.links import LinkBook
from services.ingest.core.waiting import Place
from services.ingest.put_back import PutBack
from services.runtime.clock import now
from tests.services.ingest.doubles import ListOutbox

EVENT = b'{"user_id":"u-7","event_name":"login","message_id":"m1"}'
UNNAMED = b'{"user_id":"u-7","event_name":"login"}'


@dataclass
class Record:
    """As aiokafka gives it."""

    offset: int
    headers: list[tuple[str, bytes]]
    value: bytes = b""
    partition: int = 3


def letter(offset: int, value: bytes = EVENT, *, origin: str = "http /v1/events", hours: float = 0) -> Record:
    refused = moment_of(now()) - timedelta(hours=hours)
    headers = DeadLetter(
        reason=DeadLetterReason.UNATTRIBUTED, detail="?", origin=origin, refused_at=refused, source="web", user_id="u-7"
    ).headers()
    return Record(offset, headers, value)


@pytest.fixture
def book():
    return LinkBook()


@pytest.fixture
def outbox():
    return ListOutbox()


@pytest.fixture
def put_back(book, outbox):
    return PutBack(book, outbox)


@pytest.fixture
def marked():
    return []


@pytest.fixture
def mark(marked: list[Place]):
    async def mark(letter):
        marked.append(letter.place)

    return mark


def link(book: LinkBook, put_back: PutBack) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    book.put(UserLink(account_id="acme", user_id="u-7", occurred_at=at, received_at=at))
    put_back.linked("u-7")


def events(outbox: ListOutbox) -> list[Event]:
    records = [decode_activity(record.value) for record in outbox.of(ACTIVITY.name)]
    return [record for record in records if isinstance(record, Event)]


async def test_a_letter_waits_until_its_user_is_linked_and_is_marked(put_back, book, outbox, mark, marked):
    put_back.read([letter(7)])
    await put_back.settle(mark)
    assert (outbox.kept, marked) == ([], [])

    link(book, put_back)
    await put_back.settle(mark)
    await put_back.settle(mark)
    (event,) = events(outbox)
    assert (event.account_id, event.message_id, event.source) == ("acme", "m1", "web")
    assert marked == [(3, 7)]


async def test_a_letter_that_comes_after_its_link_is_put_back_too(put_back, book, outbox, mark):
    """It was refused by a process that did not know the link yet."""
    link(book, put_back)
    await put_back.settle(mark)
    put_back.read([letter(7)])
    await put_back.settle(mark)

    assert len(events(outbox)) == 1


async def test_what_was_marked_is_not_put_back_again(put_back, book, outbox, mark):
    put_back.read([letter(7), Record(8, [(PUT_BACK, b"7")])])
    link(book, put_back)
    await put_back.settle(mark)

    assert outbox.kept == []


@pytest.mark.parametrize(
    ("origin", "message_id"),
    [("http /v1/events", "dead-letters.v1/3/7"), ("events.v1/0/12", "events.v1/0/12")],
)
async def test_an_event_without_an_id_has_the_same_one_however_often_it_is_put_back(
    put_back, book, outbox, mark, origin, message_id
):
    put_back.read([letter(7, UNNAMED, origin=origin)])
    link(book, put_back)
    await put_back.settle(mark)

    assert events(outbox)[0].message_id == message_id


async def test_an_event_without_a_time_happened_when_it_came(put_back, book, outbox, mark):
    put_back.read([letter(7, UNNAMED, hours=5)])
    link(book, put_back)
    await put_back.settle(mark)
    hours = (moment_of(now()) - events(outbox)[0].occurred_at) / timedelta(hours=1)

    assert round(hours) == 5


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(letter(7, UNNAMED, hours=49), id="came more than 48 hours ago"),
        pytest.param(
            letter(7, EVENT[:-1] + f',"timestamp":{now() - 49 * 3_600_000}}}'.encode(), hours=2),
            id="was nearly too late when it came",
        ),
        pytest.param(letter(7, origin="http /v0/rumours"), id="came by a route that there is no more"),
        pytest.param(letter(7, b"?"), id="cannot be read"),
    ],
)
async def test_what_cannot_be_used_any_more_stays_a_dead_letter(put_back, book, outbox, mark, record):
    put_back.read([record])
    link(book, put_back)
    await put_back.settle(mark)

    assert outbox.kept == []


async def test_while_nothing_can_be_kept_it_waits_on(put_back, book, outbox, mark, marked):
    outbox.away = "the spool is full"
    put_back.read([letter(7)])
    link(book, put_back)
    await put_back.settle(mark)
    assert marked == []

    outbox.away = None
    await put_back.settle(mark)
    assert (len(events(outbox)), marked) == (1, [(3, 7)])


async def test_other_letters_are_nobodys_business(put_back, book, outbox, mark):
    headers = DeadLetter(
        reason=DeadLetterReason.INVALID, detail="?", origin="http /v1/events", refused_at=moment_of(now())
    ).headers()
    put_back.read([Record(1, headers, EVENT), Record(2, [], EVENT), Record(3, [("kizashi-reason", b"?")], EVENT)])
    link(book, put_back)
    await put_back.settle(mark)

    assert outbox.kept == []
