import json
from pathlib import Path
from typing import Any

import httpx

from schemas.time import DAY, SECOND, parse_iso
from services.runtime.clock import now


def simulated(instance, *arguments: str) -> dict[str, Any]:
    """What `kizashi simulate --json` said."""
    done = instance.kizashi("simulate", "--json", *arguments)
    assert (done.returncode, done.stderr if done.returncode else "") == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def read(instance, path: str) -> Any:
    """An answer of the instance's API."""
    run = instance.run
    answer = httpx.get(run["api_url"] + path, headers={"Authorization": f"Bearer {run['keys']['read']}"}, timeout=30)
    answer.raise_for_status()
    return answer.json()


def test_a_simulation_brings_its_history_once_and_goes_on_where_it_was(instance):
    first = simulated(instance, "--accounts", "20", "--rate", "20", "--duration", "5s")
    second = simulated(instance, "--rate", "20", "--duration", "3s")
    assert (first["accounts"], first["rows_imported"] > 1_000, first["events_sent"] > 40) == (20, True, True)
    assert (second["accounts"], second["rows_imported"], second["events_sent"] > 20) == (20, 0, True)
    assert (first["events_refused"], second["events_refused"]) == (0, 0)
    assert now() - parse_iso(second["lived_until"]) < 60 * SECOND
    accounts = read(instance, "/v1/accounts?limit=50")["items"]
    assert (len(accounts), {account["owner"] is not None for account in accounts}) == (20, {True})


def test_a_log_with_its_own_clock_is_lived_through_faster_than_life(start_instance, folder: Path):
    instance = start_instance("--clock", "log", folder=folder / "log")
    found = simulated(instance, "--accounts", "20", "--speed", "1000000", "--duration", "5d")
    assert (found["rows_imported"] > 1_000, found["events_sent"]) == (True, 0)
    assert 0 <= now() - parse_iso(found["lived_until"]) < DAY
    accounts = read(instance, "/v1/accounts?limit=50")["items"]
    known_at = max(parse_iso(account["known_at"]) for account in accounts)
    assert (len(accounts), now() - known_at < 2 * DAY) == (20, True)
