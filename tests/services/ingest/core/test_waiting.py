"""Dead letters that wait for their user."""

from datetime import UTC, datetime, timedelta

from schemas.dead_letters import DeadLetter, DeadLetterReason
from schemas.time import instant_of
from services.ingest.core.waiting import Letter, Waiting

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def letter(offset: int, user_id: str = "u-7", value: bytes = b"") -> Letter:
    headers = DeadLetter(
        reason=DeadLetterReason.UNATTRIBUTED,
        detail="",
        origin="http /v1/events",
        refused_at=NOON + timedelta(minutes=offset),
        user_id=user_id,
    )
    return Letter((0, offset), headers, value)


def places(waiting: Waiting, user_id: str) -> list[int]:
    return [one.place[1] for one in waiting.of(user_id)]


def test_the_letters_of_a_user_wait_in_their_order():
    waiting = Waiting(100_000)
    for one in (letter(1), letter(2, "u-8"), letter(3)):
        waiting.add(one)

    assert (places(waiting, "u-7"), places(waiting, "u-8"), places(waiting, "u-9")) == ([1, 3], [2], [])
    assert (len(waiting), waiting.users()) == (3, ["u-7", "u-8"])


def test_a_letter_that_is_dropped_waits_no_longer_and_leaves_room():
    waiting = Waiting(2_000)
    waiting.add(letter(1))
    waiting.add(letter(2))
    waiting.drop((0, 1))
    waiting.drop((0, 1))

    assert (waiting.add(letter(3)), places(waiting, "u-7")) == (0, [2, 3])


def test_the_oldest_are_given_up_for_the_newest():
    waiting = Waiting(3_000)
    given_up = [waiting.add(letter(offset)) for offset in (1, 2, 3)]

    assert (given_up, waiting.add(letter(4, value=b"x" * 1_500)), places(waiting, "u-7")) == ([0, 0, 0], 3, [4])


def test_letters_wait_until_their_event_would_be_too_late():
    waiting = Waiting(100_000)
    for offset in (1, 2, 3):
        waiting.add(letter(offset))

    assert (waiting.expire(instant_of(NOON + timedelta(minutes=2))), places(waiting, "u-7")) == (1, [2, 3])


def test_none_waits_once_it_is_cleared():
    waiting = Waiting(1_000)
    waiting.add(letter(1))
    waiting.clear()

    assert (len(waiting), places(waiting, "u-7"), waiting.add(letter(2))) == (0, [], 0)
