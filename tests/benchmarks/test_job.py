"""The reference job knows what has to come out, and notices what does not."""

from collections import Counter

import msgspec
import pytest

from benchmarks.keyed.job import Expected, Wrong, check, events
from schemas.activity import Event
from schemas.codec import decode_activity


def made(count: int) -> tuple[list[Event], Expected]:
    found, wanted = [], {}
    for account_id, value, output in events(count):
        event = decode_activity(value)
        assert isinstance(event, Event)
        found.append(event)
        if output is not None:
            wanted[account_id, output.total] = output
    return found, wanted


def told(wanted: Expected) -> list[bytes]:
    return [
        msgspec.json.encode({"account_id": account_id, **output._asdict(), "score": 0.5})
        for (account_id, _), output in wanted.items()
    ]


def test_the_last_outputs_tell_how_often_each_account_was_met() -> None:
    found, wanted = made(2_000)
    last: dict[str, int] = {}
    for account_id, total in wanted:
        last[account_id] = max(total, last.get(account_id, 0))
    assert last == Counter(event.account_id for event in found)


def test_what_is_expected_is_right() -> None:
    _, wanted = made(2_000)
    check(told(wanted), wanted)


def test_a_lost_a_doubled_and_another_output_are_noticed() -> None:
    _, wanted = made(2_000)
    _lost, doubled, *others = told(wanted)
    other = others[0].replace(b'"hour_count":', b'"hour_count":9')
    with pytest.raises(Wrong, match="1 outputs are missing, 0 are too many, 1 differ, 1 came twice"):
        check([doubled, doubled, other, *others[1:]], wanted)
