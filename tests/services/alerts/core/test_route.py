"""Who hears of an alert, and when."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from schemas.alerts import Spoke
from schemas.changes import Facts
from schemas.conditions import Notify, Severity
from schemas.time import instant_of
from services.alerts.core.calendar import Calendar
from services.alerts.core.route import Recipient, When, by_revenue_at_risk, when, who
from tests.services.alerts.core.lives import Life, condition

TOKYO = Calendar(ZoneInfo("Asia/Tokyo"))
MONDAY_NOON = instant_of(datetime(2026, 11, 23, 3, tzinfo=UTC))  # in Tokyo
MONDAY_NIGHT = instant_of(datetime(2026, 11, 23, 12, tzinfo=UTC))
SUNDAY_NOON = instant_of(datetime(2026, 11, 22, 3, tzinfo=UTC))
KNOWN = {
    name: Recipient(name, TOKYO, secondary="kato" if name == "sato" else None, team="kansai")
    for name in ("sato", "kato", "kansai", "segment:smb", "default")
}


def alert(**more):
    return Life().hear(condition(**more)).now


@pytest.mark.parametrize(
    ("severity", "now", "expected"),
    [
        (Severity.CRITICAL, MONDAY_NOON, When.AT_ONCE),
        (Severity.CRITICAL, MONDAY_NIGHT, When.AT_ONCE),
        (Severity.WARNING, MONDAY_NOON, When.AT_ONCE),
        (Severity.WARNING, MONDAY_NIGHT, When.IN_DIGEST),
        (Severity.WARNING, SUNDAY_NOON, When.IN_DIGEST),
        (Severity.INFO, MONDAY_NOON, When.IN_DIGEST),
    ],
)
def test_severity_and_the_hour_decide_what_waits(severity, now, expected):
    assert when(alert(severity=severity), Spoke.OPENED, TOKYO, now) is expected


def test_history_waits_whatever_its_severity_and_what_closed_is_not_told():
    assert when(alert(severity=Severity.CRITICAL, is_backfill=True), Spoke.OPENED, TOKYO, MONDAY_NOON) is When.IN_DIGEST
    assert when(alert(severity=Severity.CRITICAL), Spoke.CLOSED, TOKYO, MONDAY_NOON) is When.NEVER


@pytest.mark.parametrize(
    ("notify", "facts", "expected"),
    [
        ((Notify.OWNER,), Facts(owner="sato"), ["sato"]),
        ((Notify.OWNER, Notify.SECONDARY, Notify.TEAM), Facts(owner="sato"), ["sato", "kato", "kansai"]),
        ((Notify.SEGMENT,), Facts(segment="smb"), ["segment:smb"]),
        ((Notify.TEAM, Notify.TEAM), Facts(owner="sato"), ["kansai"]),
        ((Notify.OWNER,), Facts(owner="nobody we know"), ["default"]),
        ((Notify.SEGMENT,), Facts(), ["default"]),
        ((Notify.SECONDARY, Notify.TEAM), Facts(), ["default"]),
    ],
)
def test_a_rule_says_whom_and_what_would_reach_nobody_reaches_the_fallback(notify, facts, expected):
    assert who(alert(notify=notify, facts=facts), KNOWN) == expected


def test_without_a_fallback_nobody_is_reached():
    assert who(alert(facts=Facts()), {"sato": KNOWN["sato"]}) == []


def test_a_digest_begins_with_the_most_revenue_at_risk():
    def of(account: str, arr: int | None, score: float | None):
        facts = Facts(arr_cents=arr)
        return Life().hear(replace(condition(account_id=account, facts=facts), score=score)).now

    alerts = [of("small", 100, 90.0), of("large", 10_000, 50.0), of("unknown", None, 99.0), of("quiet", 10_000, None)]
    assert [one.condition.account_id for one in by_revenue_at_risk(alerts)] == ["large", "small", "unknown", "quiet"]


def test_a_digest_is_due_on_a_working_day_once_it_has_begun_there():
    early = instant_of(datetime(2026, 11, 22, 23, 59, tzinfo=UTC))  # Monday 08:59 in Tokyo
    assert TOKYO.digest_day(early) is None
    assert TOKYO.digest_day(early + 60_000) == datetime(2026, 11, 23).date()  # noqa: DTZ001 - a day has no zone
    assert TOKYO.digest_day(SUNDAY_NOON) is None
