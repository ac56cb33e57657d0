"""A sender's time against its clock and ours."""

import pytest

from schemas.activity import Adjusted, Adjustment
from schemas.dead_letters import DeadLetterReason
from schemas.time import DAY, HOUR, MINUTE, SECOND, moment_of, parse_iso
from services.ingest.core.verdict import Unusable
from services.ingest.core.when import When, when

NOW = parse_iso("2026-11-22T01:02:03Z")

#                the sender's clock      ours
#  what happened        stated             at
#  what was sent        sent_at            NOW


@pytest.mark.parametrize(
    ("stated", "sent_at", "expected"),
    [
        pytest.param(None, None, When(NOW, Adjusted(why=Adjustment.MISSING)), id="nothing is said"),
        pytest.param(NOW - HOUR, None, When(NOW - HOUR), id="no sentAt: as it says"),
        pytest.param(NOW - HOUR, NOW - 5 * SECOND, When(NOW - HOUR), id="seconds under way are no skew"),
        pytest.param(NOW - HOUR, NOW - MINUTE, When(NOW - HOUR), id="just a minute is none"),
        pytest.param(
            NOW - 3 * HOUR - 7,
            NOW - 3 * HOUR,
            When(NOW - 7, Adjusted(why=Adjustment.SKEWED, stated_at=moment_of(NOW - 3 * HOUR - 7))),
            id="a clock three hours behind",
        ),
        pytest.param(
            NOW + 400 * DAY - 7,
            NOW + 400 * DAY,
            When(NOW - 7, Adjusted(why=Adjustment.SKEWED, stated_at=moment_of(NOW + 400 * DAY - 7))),
            id="a clock a year ahead",
        ),
        pytest.param(NOW + 5 * MINUTE, None, When(NOW + 5 * MINUTE), id="five minutes ahead: clocks differ"),
        pytest.param(
            NOW + 5 * MINUTE + 1,
            None,
            When(NOW, Adjusted(why=Adjustment.AHEAD, stated_at=moment_of(NOW + 5 * MINUTE + 1))),
            id="further ahead: when it was received",
        ),
        pytest.param(
            NOW + HOUR,
            NOW,
            When(NOW, Adjusted(why=Adjustment.AHEAD, stated_at=moment_of(NOW + HOUR))),
            id="ahead although the clock is right",
        ),
    ],
)
def test_a_time_is_held_against_both_clocks(stated, sent_at, expected):
    assert when("timestamp", stated, NOW, sent_at) == expected


@pytest.mark.parametrize(
    ("stated", "sent_at", "reason", "detail"),
    [
        pytest.param(
            NOW + DAY + 1,
            None,
            DeadLetterReason.TOO_EARLY,
            "timestamp 2026-11-23T01:02:03.001Z is 24 hours ahead of its arrival: send the time at which it happened",
            id="more than a day ahead",
        ),
        pytest.param(
            200_000_000_000,
            NOW + 40 * 365 * DAY,
            DeadLetterReason.INVALID,
            "timestamp is before 1970 once the sender's clock is corrected",
            id="before time began",
        ),
    ],
)
def test_a_time_that_cannot_be_is_refused(stated, sent_at, reason, detail):
    with pytest.raises(Unusable) as raised:
        when("timestamp", stated, NOW, sent_at)

    assert (raised.value.refusal.reason, raised.value.refusal.detail) == (reason, detail)
