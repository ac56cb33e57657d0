"""The admission loop over records of its own."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from schemas.activity import Event
from schemas.codec import decode_activity
from schemas.dead_letters import DeadLetterReason, read_headers
from schemas.time import iso, moment_of
from schemas.topics import ACTIVITY, DEAD_LETTERS
from services.ingest.admission import Admission
from services.ingest.brake import BrakePulled
from services.runtime.clock import now
from tests.services.ingest.doubles import ListOutbox

PLACE = TopicPartition("events.v1", 3)
EVENT = b'{"account_id":"acme","event_name":"login"}'


@dataclass
class Consumer:
    """Remembers what was committed."""

    committed: list[dict[TopicPartition, int]] = field(default_factory=list)
    refuses: bool = False

    async def commit(self, offsets):
        if self.refuses:
            raise CommitFailedError
        self.committed.append(offsets)


@dataclass
class Record:
    """As aiokafka gives it."""

    value: bytes | None
    offset: int = 7
    key: bytes | None = b"any"
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = field(default_factory=now)
    topic: str = "events.v1"
    partition: int = 3


@pytest.fixture
def outbox():
    return ListOutbox()


@pytest.fixture
def consumer():
    return Consumer()


@pytest.fixture
def admission(consumer, outbox):
    return Admission(consumer, outbox, 32_768)


async def test_a_record_is_admitted_under_its_account_and_committed(admission, consumer, outbox):
    record = Record(EVENT)
    await admission.take({PLACE: [record]})
    (kept,) = outbox.of(ACTIVITY.name)
    event = decode_activity(kept.value)

    assert isinstance(event, Event)
    assert (kept.key, event.source, event.message_id) == (b"acme", "events.v1", "events.v1/3/7")
    assert event.occurred_at == event.received_at == moment_of(record.timestamp)
    assert consumer.committed == [{PLACE: 8}]


async def test_the_producer_may_name_itself_in_a_header(admission, outbox):
    await admission.take({PLACE: [Record(EVENT, headers=(("trace", b"\xff"), ("source", b" billing ")))]})
    event = decode_activity(outbox.kept[0].value)

    assert isinstance(event, Event)
    assert event.source == "billing"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        pytest.param(Record(b"\xff"), DeadLetterReason.MALFORMED, id="no JSON"),
        pytest.param(Record(None), DeadLetterReason.MALFORMED, id="a tombstone"),
        pytest.param(Record(b"{}"), DeadLetterReason.UNATTRIBUTED, id="no account"),
        pytest.param(Record(b" " * 40_000), DeadLetterReason.TOO_LARGE, id="too large"),
        pytest.param(Record(EVENT, headers=(("source", b"\xff"),)), DeadLetterReason.INVALID, id="a source of bytes"),
    ],
)
async def test_what_cannot_be_used_is_a_dead_letter_with_its_key_bytes_and_origin(admission, outbox, record, reason):
    await admission.take({PLACE: [record, Record(EVENT, offset=8)]})
    (kept,) = outbox.of(DEAD_LETTERS.name)
    letter = read_headers(kept.headers)

    assert (kept.key, kept.value, letter.reason, letter.origin) == (
        b"any",
        record.value or b"",
        reason,
        "events.v1/3/7",
    )
    assert iso(record.timestamp)[:-1] in letter.refused_at.isoformat()
    assert len(outbox.of(ACTIVITY.name)) == 1


async def test_a_refused_commit_stops_nothing(admission, consumer, outbox):
    consumer.refuses = True
    await admission.take({PLACE: [Record(EVENT)]})

    assert len(outbox.kept) == 1


async def test_it_waits_for_kafka_before_it_commits(consumer, outbox):
    outbox.away = "Kafka does not acknowledge"
    taking = asyncio.create_task(Admission(consumer, outbox, 32_768, pause=0).take({PLACE: [Record(EVENT)]}))
    for _ in range(9):
        await asyncio.sleep(0)
    assert consumer.committed == []

    outbox.away = None
    await taking
    assert (len(outbox.kept), consumer.committed) == (1, [{PLACE: 8}])


def broken(*_: Any) -> NoReturn:
    raise ZeroDivisionError


async def test_where_our_own_code_fails_once_the_record_is_a_dead_letter(consumer, outbox):
    await Admission(consumer, outbox, 32_768, decide=broken).take({PLACE: [Record(EVENT)]})

    assert read_headers(outbox.kept[0].headers).reason is DeadLetterReason.UNEXPECTED
    assert consumer.committed == [{PLACE: 8}]


async def test_where_it_fails_again_and_again_nothing_is_kept_or_committed(consumer, outbox):
    with pytest.raises(BrakePulled):
        await Admission(consumer, outbox, 32_768, decide=broken).take(
            {PLACE: [Record(EVENT, offset=offset) for offset in range(11)]}
        )

    assert (outbox.kept, consumer.committed) == ([], [])


async def test_what_a_sender_gets_wrong_never_stops_it(admission, consumer):
    await admission.take({PLACE: [Record(b"?", offset=offset) for offset in range(5_000)]})

    assert consumer.committed == [{PLACE: 5_000}]
