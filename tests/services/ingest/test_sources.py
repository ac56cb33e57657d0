"""Who sends, gathered and written."""

from contextlib import asynccontextmanager

import pytest

from schemas.dead_letters import DeadLetterReason
from schemas.time import MINUTE
from services.ingest.sources import Sources, sdk_of


class Database:
    """Takes statements, unless it is away."""

    def __init__(self):
        self.away = False
        self.rows = []

    async def execute(self, _statement, rows=()):
        self.rows += rows

    @asynccontextmanager
    async def transaction(self):
        if self.away:
            raise ConnectionRefusedError
        yield self


@pytest.fixture
def database():
    return Database()


async def test_what_was_gathered_is_written_once(database):
    sources = Sources()
    sources.saw("web", 7 * MINUTE + 5, 7 * MINUTE, b"{}", {"user-agent": "curl/8.5"})
    sources.counted("web", 7 * MINUTE + 5, 2, {DeadLetterReason.INVALID: 1})
    await sources.write(database.transaction)
    written, database.rows = database.rows, []
    await sources.write(database.transaction)

    assert [(row["sdk"], row["sdk_version"], row["skew_ms"]) for row in written if "sdk" in row] == [("curl", "8.5", 5)]
    assert [(row["outcome"], row["events"]) for row in written if "events" in row] == [("accepted", 2), ("invalid", 1)]
    assert {row["minute"].minute for row in written if "events" in row} == {7}
    assert database.rows == []


async def test_while_the_database_is_away_it_is_kept(database):
    sources = Sources()
    sources.counted("web", 0, 2, {})
    database.away = True
    await sources.write(database.transaction)
    database.away = False
    sources.counted("web", 1, 3, {})
    await sources.write(database.transaction)

    assert [row["events"] for row in database.rows if "events" in row] == [5]


@pytest.mark.parametrize(
    ("body", "headers", "sdk"),
    [
        (b'{"context":{"library":{"version":"2.4","name":"a"}}}', {}, ("a", None)),
        (b'{"context":{"library":{"name":"a","version":"2.4"}}}', {"user-agent": "x/1"}, ("a", "2.4")),
        (b'{"$lib":"web"}', {}, ("web", None)),
        (b'{"$lib":"\x1b[2J\xff"}', {}, ("[2J\\xff", None)),
        (b"{}", {"user-agent": "Mozilla/5.0 (X11)"}, ("Mozilla", "5.0")),
        (b"{}", {}, None),
    ],
    ids=["version first", "the body wins", "PostHog without a version", "odd bytes", "User-Agent", "nothing"],
)
def test_an_sdk_is_recognised(body, headers, sdk):
    assert sdk_of(body, headers) == sdk
