"""The story that Kizashi is for: nothing happens, and that is told in time."""

import json
from pathlib import Path
from random import Random
from typing import Any

import httpx
from pydantic import SecretStr

from schemas.time import DAY, SECOND, instant_of, parse_iso
from services.cli.demonstration.card import publish_demo_card
from services.cli.simulation.account import Happening
from services.cli.simulation.brink import end_at
from services.cli.simulator.files import write_history
from services.cli.simulator.importer import Importer
from services.cli.simulator.silence import deadline_of
from services.cli.verification.compare import verify
from services.runtime.clock import now
from services.runtime.database import open_engine
from services.runtime.instance import find_run
from services.runtime.scopes import Scope
from services.runtime.settings import Clock, DatabaseSettings, KafkaSettings, read
from tests.integration.alerts.conftest import receiving

SOON = 30 * SECOND  # until the deadline: time enough to bring the history in, on a machine that is busy, too


def past() -> list[Happening]:
    """Five weeks of an account that comes every day or two, ending so that its silence is news soon."""
    chance = Random(7)
    last, days = now() - 2 * DAY, sorted(chance.sample(range(35), 25), reverse=True)
    done = [Happening(last - day * DAY, "acme", "acme/1", "report_viewed", "reports") for day in days]
    moved = end_at(done, now() + SOON, deadline_of)
    assert moved
    return moved


async def test_silence_becomes_one_alert(start_instance, tmp_path: Path):
    instance = start_instance(environment={"KIZASHI_ALERTS_PRIVATE_ADDRESSES": "true"})
    run = find_run(instance.folder)
    dwell = await publish_demo_card(run, per_second=4.0)
    async with receiving() as receiver, httpx.AsyncClient(base_url=run.api_url, trust_env=False) as client:

        async def ask(method: str, path: str, scope: Scope = Scope.READ, body: object = None) -> dict[str, Any]:
            answer = await client.request(
                method, path, json=body, headers={"Authorization": f"Bearer {run.keys[scope]}"}
            )
            found: dict[str, Any] = answer.raise_for_status().json()
            return found

        made = await ask("POST", "/v1/webhooks", Scope.ADMIN, {"url": receiver.url})
        receiver.secret = made["secret"]
        done = past()
        deadline = deadline_of([one.occurred_at for one in done])
        assert deadline is not None
        write_history(tmp_path / "events.csv", done)
        kafka = read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers)
        await Importer(kafka, Clock.LIVE, print).events(tmp_path / "events.csv", DAY)

        await receiver.hears(1, seconds=(SOON + dwell) / SECOND + 60)  # and nothing came meanwhile
        (told,) = receiver.messages[0]["data"]["alerts"]
        alert = told["alert"]
        late = instant_of(receiver.at[0]) - (deadline + dwell)
        assert (alert["account_id"], alert["rule"], dwell) == ("acme", "gone quiet", 30 * SECOND)
        assert (0 <= late <= 60 * SECOND, bool(alert["reasons"])) == (True, True)
        assert parse_iso(alert["since"]) == deadline

        taken = instance.kizashi("ack", alert["id"], "--json")
        assert json.loads(taken.stdout)["alert"]["status"] == "acknowledged", taken.stderr
        event = {"account_id": "acme", "user_id": "acme/1", "event_name": "report_viewed"}
        headers = {"Authorization": f"Bearer {run.keys[Scope.INGEST]}"}
        (await client.post(f"{run.ingest_url}/v1/events", json=event, headers=headers)).raise_for_status()
        await receiver.hears(2, seconds=60)
        known = (await ask("GET", "/v1/alerts?status=any"))["items"]
        shown = await ask("GET", f"/v1/alerts/{alert['id']}")
    engine = open_engine(read(DatabaseSettings, url=SecretStr(run.database_url)))
    verdict = await verify(kafka, engine, 120, print)
    await engine.dispose()

    assert [(one["id"], one["status"]) for one in known] == [(alert["id"], "closed")]
    assert (receiver.types, receiver.forged) == (["alert.opened", "alert.closed"], 0)
    assert [step["kind"] for step in shown["steps"]] == ["opened", "acknowledged", "closed"]
    assert (verdict.has_alerts, verdict.conditions, verdict.shown) == (True, 2, [])
