"""Decides once more on dead letters, after a repair or with other limits: what is admitted now goes into the log."""

from collections import Counter
from functools import partial
from typing import Final, NamedTuple

from schemas.dead_letters import PUT_BACK, DeadLetterReason
from schemas.time import instant_of
from schemas.topics import DEAD_LETTERS, EVENTS, USER_LINKS
from services.ingest.core.links import Heard
from services.ingest.core.privacy import Privacy
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dead_letters import Found, every_letter
from services.ingest.dialects.catalogue import decide_of
from services.ingest.intake import Intake, Original, unexpected
from services.ingest.kafka_writer import KafkaWriter
from services.ingest.link_reader import known_links
from services.ingest.settings import IngestBlock
from services.runtime.kafka import consumer, producer
from services.runtime.pseudonyms import name_of
from services.runtime.settings import KafkaSettings, PrivacySettings, read

_BATCH: Final = 500
_SECONDS: Final = 30.0  # for Kafka to answer


class Replayed(NamedTuple):
    """What became of the letters: `why` counts the details of those refused again."""

    admitted: int
    already: int  # in the log: they had been put back before
    refused: int
    why: dict[str, int]


async def replay(kafka: KafkaSettings, client_id: str, reason: DeadLetterReason | None, source: str | None) -> Replayed:
    """Replay the letters of a reason and a source, or all. Idempotent: what is admitted has the same id every time.

    Each is marked in its topic once it is in the log. Raises KafkaUnreachable, LogRefused, WriteFailed.
    """
    found = [
        one
        for one in await every_letter(kafka, client_id)
        if reason in (None, one.letter.reason) and source in (None, one.letter.source)
    ]
    waiting = [one for one in found if not one.is_put_back]
    limits = read(IngestBlock)
    longest, privacy = limits.event_bytes, Privacy(name_of(read(PrivacySettings)), limits.allowed_traits)
    why: Counter[str] = Counter()
    admitted = 0
    book = await known_links(partial(consumer, kafka, client_id, USER_LINKS.name))
    writer = KafkaWriter(kafka, client_id)
    await writer.open(_SECONDS)
    try:
        async with producer(kafka, client_id) as marking:
            for begins in range(0, len(waiting), _BATCH):
                intake = Intake(Heard(book))
                put_back = _decide_all(waiting[begins : begins + _BATCH], intake, longest, privacy, why)
                await writer.write(intake.outgoing)
                for letter in put_back:
                    headers = [(PUT_BACK, str(letter.offset).encode())]
                    await marking.send(DEAD_LETTERS.name, b"", partition=letter.partition, headers=headers)
                await marking.flush()
                admitted += len(put_back)
    finally:
        await writer.close()
    return Replayed(admitted, len(found) - len(waiting), why.total(), dict(why))


def _decide_all(letters: list[Found], intake: Intake, longest: int, privacy: Privacy, why: Counter[str]) -> list[Found]:
    """Have `intake` take what the letters become; which of them are admitted."""
    put_back = []
    for letter in letters:
        receipt = Receipt(
            received_at=instant_of(letter.letter.refused_at),
            source=letter.letter.source or EVENTS.name,
            message_id=_own_id(letter),
            known=intake.known,
            privacy=privacy,
        )
        decision = _decide(letter, receipt, longest)
        if isinstance(decision, Refused):
            why[decision.detail] += 1
        else:
            intake.add(Original(letter.value, letter.letter.origin, receipt), decision)
            put_back.append(letter)
    return put_back


def _decide(letter: Found, receipt: Receipt, longest: int) -> Admitted | Refused:
    decide = decide_of(letter.letter.origin)
    if decide is None:
        return Refused(letter.letter.reason, f"nothing is decided on what came from {letter.letter.origin}")
    try:
        return decide(letter.value, receipt, longest)
    except Exception as failure:  # noqa: BLE001 - it is told, and the letter stays
        return unexpected(failure)


def _own_id(letter: Found) -> str:
    """The id of an event that came without one: always the same, however often it is replayed."""
    origin = letter.letter.origin
    return origin if origin.startswith(f"{EVENTS.name}/") else letter.place
