"""Silences that have to last, and a snooze, while the accounts move from one scoring worker to two and back."""

import asyncio
import os
import signal
from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import pytest

from schemas.time import DAY, SECOND, Instant, instant_of, iso, parse_iso
from services.cli.demonstration.card import publish_demo_card
from services.cli.simulation.account import Happening
from services.cli.simulation.brink import end_at
from services.cli.simulator.files import write_history
from services.cli.simulator.importer import Importer
from services.cli.simulator.silence import deadline_of
from services.runtime.clock import now
from services.runtime.instance import find_run
from services.runtime.settings import Clock, KafkaSettings, read
from tests.faults.test_alerts_killed import MOMENT, add_webhook, ask, ready, until
from tests.faults.test_scoring_killed import verified
from tests.faults.workers import Worker
from tests.integration.alerts.conftest import receiving
from tests.integration.conftest import StartInstance

ACCOUNTS = 12  # in all partitions
SOON = 40 * SECOND  # until they are silent: time enough to bring their history in
SNOOZED = 240 * SECOND
RESTLESS = {"KIZASHI_ALERTS_PRIVATE_ADDRESSES": "true", "KIZASHI_SCORING_SESSION_SECONDS": "6"}


@pytest.mark.soak
async def test_a_dwell_and_a_snooze_outlast_two_rebalances_and_nothing_is_sent_again(
    start_instance: StartInstance, tmp_path: Path
) -> None:
    instance = await asyncio.to_thread(start_instance, environment=RESTLESS)
    run = find_run(instance.folder)
    dwell = await publish_demo_card(run, per_second=1.0)
    headers = {"Authorization": f"Bearer {instance.run['keys']['ingest']}"}
    async with receiving() as receiver, httpx.AsyncClient(headers=headers, trust_env=False) as client:
        add_webhook(instance, receiver)
        event = {"account_id": "snoozed", "event_name": MOMENT, "user_id": "u"}
        (await client.post(f"{run.ingest_url}/v1/events", json=event)).raise_for_status()
        await receiver.hears(1, seconds=60)
        (told,) = receiver.messages[0]["data"]["alerts"]
        later = {"until": iso(now() + SNOOZED), "reason": "after the holidays"}
        ask(instance, "POST", f"/v1/alerts/{told['alert']['id']}/snooze", later)

        silent_at = now() + SOON
        done = [one for number in range(ACCOUNTS) for one in past(f"quiet{number}", number, silent_at)]
        write_history(tmp_path / "events.csv", sorted(done, key=lambda one: one.occurred_at))
        kafka = read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers)
        await Importer(kafka, Clock.LIVE, lambda _: None).events(tmp_path / "events.csv", DAY)

        await until(lambda: now() > silent_at + SECOND, SOON / SECOND + 10, "they are silent")
        second = await asyncio.to_thread(Worker, instance, tmp_path / "second.log")
        with closing(second):
            os.kill(instance.run["pids"]["alerts"], signal.SIGTERM)
            assert await asyncio.to_thread(second.end, signal.SIGTERM) == 0
            assert now() < silent_at + dwell  # or nothing has moved while they waited
            await ready(instance, 60)

        await receiver.hears(1 + ACCOUNTS, seconds=dwell / SECOND + 90)
        await receiver.hears(2 + ACCOUNTS, seconds=SNOOZED / SECOND + 60)
        shown = {str(one["account_id"]): one for one in ask(instance, "GET", "/v1/alerts?limit=100")["items"]}
    verdict = await asyncio.to_thread(verified, instance)

    assert receiver.types == ["alert.opened"] * (1 + ACCOUNTS) + ["alert.returned"]
    assert {message["data"]["account_id"] for message in receiver.messages[1:-1]} == shown.keys() - {"snoozed"}
    assert receiver.messages[-1]["data"]["account_id"] == "snoozed"
    assert len(set(receiver.ids)) == len(receiver.ids)
    assert {parse_iso(one["since"]) for name, one in shown.items() if name != "snoozed"} == {silent_at}
    heard = [instant_of(at) for at in receiver.at[1:-1]]
    assert all(silent_at + dwell <= at <= silent_at + dwell + 60 * SECOND for at in heard)
    assert verdict["conditions"] == 1 + ACCOUNTS


def past(account: str, seed: int, silent_at: Instant) -> list[Happening]:
    """Five weeks of an account that comes every day or two, after which it is silent from then on."""
    chance, last = Random(seed), now() - 2 * DAY
    while True:  # not every rhythm can be moved there
        days = sorted(chance.sample(range(35), 25), reverse=True)
        done = [Happening(last - day * DAY, account, f"{account}/1", "report_viewed", "reports") for day in days]
        if moved := end_at(done, silent_at, deadline_of):
            return moved
