"""`kizashi forget` on a running instance: who was forgotten is looked for in every store, and found in none."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from aiokafka import TopicPartition
from pydantic import SecretStr
from sqlalchemy import select

from schemas.tables import metadata
from schemas.topics import USER_LINKS
from services.runtime.database import open_engine, snapshot
from services.runtime.kafka import consumer
from services.runtime.settings import DatabaseSettings, KafkaSettings
from services.scoring.app import CHANGELOG
from tests.integration.conftest import Instance

GONE, USER, KEY = "globex-4711", "ada.4711@example.com", "k" * 40
COMPACTED = (CHANGELOG, USER_LINKS.name)


async def rows_of(instance: Instance) -> list[bytes]:
    """Every row of every table, as bytes in which an id would stand."""
    engine = open_engine(DatabaseSettings(url=SecretStr(instance.run["database_url"])))
    try:
        async with snapshot(engine) as connection:
            found = [row for table in metadata.sorted_tables for row in await connection.execute(select(table))]
    finally:
        await engine.dispose()
    return [b" ".join(one if isinstance(one, bytes) else str(one).encode() for one in row) for row in found]


async def compacted_of(instance: Instance) -> list[bytes]:
    """What is left of compacted topics: the last record of each key, if it has a value."""
    kafka = KafkaSettings(bootstrap_servers=instance.run["kafka_bootstrap_servers"])
    last: dict[tuple[str, bytes], bytes | None] = {}
    async with consumer(kafka, "tests") as client:
        await client._client.force_metadata_update()
        places = [TopicPartition(name, one) for name in COMPACTED for one in client.partitions_for_topic(name)]
        client.assign(places)
        ends = await client.end_offsets(places)
        await client.seek_to_beginning()
        for place in places:
            while await client.position(place) < ends[place]:
                for record in (await client.getmany(place, timeout_ms=1_000)).get(place, []):
                    last[place.topic, record.key] = record.value
    return [key + b" " + value for (_, key), value in last.items() if value is not None]


def stores_of(instance: Instance) -> list[bytes]:
    """Every store that keeps state: PostgreSQL, the changelog, the links, and the spool's files."""
    spooled = [file.read_bytes() for file in (instance.folder / "spool").iterdir()]
    return [*asyncio.run(rows_of(instance)), *asyncio.run(compacted_of(instance)), *spooled]


def found(instance: Instance, name: str) -> list[bytes]:
    return [one[:300] for one in stores_of(instance) if name.encode() in one]


def until(holds: Callable[[], Any], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not (held := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return held


@pytest.mark.soak
def test_who_is_forgotten_is_in_no_store_any_more_and_the_log_still_gives_what_is_served(start_instance):
    instance = start_instance(environment={"KIZASHI_PSEUDONYM_KEY": KEY})
    keys = instance.run["keys"]
    sending = httpx.Client(
        base_url=instance.run["ingest_url"], headers={"Authorization": f"Bearer {keys['ingest']}"}, trust_env=False
    )

    def send(account: str | None, name: str, user: str | None = None) -> None:
        told = {"account_id": account, "event_name": name, "user_id": user}
        assert sending.post("/v1/events", json=[{k: v for k, v in told.items() if v}]).status_code == 202

    for account in (GONE, "acme"):
        send(account, "payment_failed", USER)
        send(account, "login", "bob")
    sending.post("/v1/group", json={"userId": "bob", "groupId": GONE, "traits": {"plan": "pro"}})
    sending.post("/v1/group", json={"userId": USER, "groupId": "acme"})
    sending.post("/v1/events", json=[{"account_id": GONE, "user_id": USER}])  # no event name: a dead letter
    sending.post("/v1/events", json=[{"account_id": "acme", "user_id": USER}])
    operating = httpx.Client(
        base_url=f"{instance.run['api_url']}/v1/accounts",
        headers={"Authorization": f"Bearer {keys['operate']}"},
        trust_env=False,
    )
    assert operating.post(f"/{GONE}/contacts", json={"kind": "call", "by": "sato"}).status_code == 202
    assert operating.post(f"/{GONE}/outcomes", json={"outcome": "renewed", "by": "sato"}).status_code == 202
    assert operating.put(f"/{GONE}/mute", json={"reason": "Closed.", "by": "sato"}).status_code == 202

    def is_everywhere() -> bool:
        stores = stores_of(instance)
        alerts = [one for one in stores if GONE.encode() in one and b"payment failed" in one]
        return len(alerts) > 3 and sum(USER.encode() in one for one in stores) == 2

    until(is_everywhere)

    account = instance.kizashi("forget", "--account", GONE, "--yes", "--json")
    assert account.returncode == 0, account.stdout + account.stderr
    done = json.loads(account.stdout)
    assert done["left"] == {}
    assert done["removed"].keys() >= {
        "accounts",
        "changes",
        "alerts",
        "contacts",
        "mutes",
        "dead_letters",
        "user links",
    }
    until_of = {one["topic"]: one["until"] for one in done["remains"]}
    assert (until_of["activity.v1"], until_of["dead-letters.v1"] is None) == (None, False)
    assert until_of[CHANGELOG] is not None

    user = instance.kizashi("forget", "--user", USER, "--yes")
    assert user.returncode == 0, user.stdout + user.stderr
    pseudonym = user.stdout.partition("whom the log calls ")[2].partition(".")[0]
    assert pseudonym.startswith("p_")

    until(lambda: not found(instance, GONE))  # the second flush deletes what the first one emptied
    until(lambda: not found(instance, pseudonym))
    assert found(instance, USER) == []
    assert found(instance, "acme") != []

    send(GONE, "login")

    def is_back() -> Any:
        again = operating.get(f"/{GONE}", headers={"Authorization": f"Bearer {keys['read']}"})
        return again.status_code == 200 and again.json()

    assert until(is_back)["last_change"]["sequence"] == 1
    verified = instance.kizashi("verify", "--json")
    assert verified.returncode == 0, verified.stdout
