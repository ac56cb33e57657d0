import pytest

from services.scoring.core.recorded import Recorded
from services.scoring.record import all_recorded, recorded
from tests.services.scoring.core.records import DAY_0, LOG, at_offset
from tests.services.scoring.shell import consumed

OURS = at_offset(0, LOG, DAY_0).value or b""
HEAD, TAIL = OURS[:-1], OURS[-1:]


def test_a_record_of_the_log_is_decoded():
    assert recorded(consumed(4, OURS)) == Recorded(4, DAY_0, LOG, None, OURS)


def test_a_record_that_is_not_ours_keeps_its_bytes():
    assert recorded(consumed(4, b"\xff")) == Recorded(4, DAY_0, None, None, b"\xff")


@pytest.mark.parametrize(
    "values",
    [
        [],
        [OURS],
        [OURS, OURS],
        [OURS, b"\xff", OURS],
        [OURS, b"", OURS],
        [HEAD, TAIL],
        [OURS + b"\n" + OURS, b""],
        [HEAD + b"\n" + TAIL, OURS],
        [OURS + b"," + HEAD, TAIL],
        [OURS + b',{"x":[{}', b"{}]}"],
    ],
    ids=[
        "none",
        "one",
        "two",
        "one of three is not ours",
        "one of three is empty",
        "one in two halves",
        "two in one, and an empty one",
        "one on two lines",
        "one and a half, and the other half",
        "an end that another begins",
    ],
)
def test_many_records_are_decoded_as_each_of_them_is(values: list[bytes]):
    records = [consumed(offset, value) for offset, value in enumerate(values)]
    assert all_recorded(records) == [recorded(record) for record in records]
