from services.scoring.core.partition import Recorded
from services.scoring.record import recorded
from tests.services.scoring.core.records import DAY_0, LOG, at_offset
from tests.services.scoring.shell import consumed


def test_a_record_of_the_log_is_decoded():
    value = at_offset(0, LOG, DAY_0).value or b""
    assert recorded(consumed(4, value)) == Recorded(4, DAY_0, LOG, None, value)


def test_a_record_that_is_not_ours_keeps_its_bytes():
    assert recorded(consumed(4, b"\xff")) == Recorded(4, DAY_0, None, None, b"\xff")
