"""An account that is forgotten leaves the tables of both projectors, and whoever else was told of with it stays."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy import select

from schemas.activity import Contact, ContactKind, Forget, Mute, Outcome, OutcomeKind
from schemas.alerts import Alert, Digest, DigestData, Spoke, ToldAlert
from schemas.codec import encode
from schemas.conditions import Status
from schemas.tables import metadata
from schemas.topics import ALERT_CONDITIONS, SCORE_CHANGES
from services.alerts.queries import outbox
from services.runtime.database import snapshot, transaction
from services.runtime.kafka import producer
from tests.integration.alerts.conftest import eventually
from tests.integration.api.conftest import change
from tests.services.alerts.core.lives import condition

GONE = "globex"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def rows_naming(engine, name: str) -> dict[str, int]:
    """How many rows of each table hold a name, in text or in bytes."""
    found = {}
    async with snapshot(engine) as connection:
        for table in metadata.sorted_tables:
            rows = [
                b" ".join(one if isinstance(one, bytes) else str(one).encode() for one in row)
                for row in await connection.execute(select(table))
            ]
            found[table.name] = sum(name.encode() in row for row in rows)
    return {table: number for table, number in found.items() if number}


def said_of(account_id: str) -> list[Contact | Outcome | Mute]:
    times: dict[str, Any] = {"account_id": account_id, "occurred_at": NOW, "received_at": NOW}
    until = NOW.replace(year=2027)
    return [
        Contact(**times, kind=ContactKind.NOTE),
        Outcome(**times, outcome=OutcomeKind.RENEWED),
        Mute(**times, reason="Closed.", author="sato", expires_at=until),
    ]


def digest_of(*alerts: dict[str, object]) -> bytes:
    told = tuple(ToldAlert(told=Spoke.OPENED, alert=msgspec.convert(one, Alert)) for one in alerts)
    data = DigestData(recipient="sato", day=date(2026, 11, 22), url="http://api", alerts=told)
    return encode(Digest(timestamp=NOW, data=data))


async def test_nothing_of_an_account_is_left_and_all_of_the_others(alerts, hears, says, settings):
    for account in (GONE, "acme"):
        await hears(condition(Status.OPENED, account_id=account, id=f"log:0:9:{account}:0:quiet"))
        await says(said_of(account))
    async with producer(settings.kafka, "tests") as client:
        for account in (GONE, "acme"):
            await client.send_and_wait(SCORE_CHANGES.name, encode(change(account)), account.encode())
            conflict = encode(change(account, score=43.0))
            await client.send_and_wait(SCORE_CHANGES.name, conflict, account.encode())
        both = [await alerts.alert(one) for one in (GONE, "acme")]
        async with transaction(alerts.engine) as connection:
            await outbox.begin_sealed(connection, "msg_both", digest_of(*both), [], NOW)
            lanes = [outbox.Outgoing("nobody", "mail")]
            await outbox.begin_sealed(connection, "msg_one", digest_of(both[0]), lanes, NOW)
        there = {
            "changes",
            "accounts",
            "conflicts",
            "conditions",
            "alerts",
            "messages",
            "contacts",
            "outcomes",
            "mutes",
        }

        async def is_everywhere() -> bool:
            return there <= (await rows_naming(alerts.engine, GONE)).keys()

        await eventually(is_everywhere)
        before = await rows_naming(alerts.engine, "acme")
        await says([Forget(account_id=GONE, received_at=NOW, author="kato")])
        for topic in (SCORE_CHANGES, ALERT_CONDITIONS):
            await client.send_and_wait(topic.name, None, GONE.encode())
        await client.send_and_wait(SCORE_CHANGES.name, encode(change(GONE, 2)), GONE.encode())  # it comes back
    await says(said_of(GONE)[:1])

    async def is_gone() -> bool:
        return await rows_naming(alerts.engine, GONE) == {"changes": 1, "accounts": 1, "contacts": 1}

    await eventually(is_gone)
    assert await rows_naming(alerts.engine, "acme") == before
    assert await alerts.rows("SELECT message_id FROM messages WHERE account_id IS NULL") == [("msg_both",)]
    assert await alerts.rows("SELECT sequence FROM changes WHERE account_id <> 'acme'") == [(2,)]
