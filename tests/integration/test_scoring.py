"""The whole way, in a live instance: history in, silence out, and everything as the log gives it."""

import csv
import time
from pathlib import Path
from typing import Any

import httpx

from schemas.time import DAY, SECOND, day_of, iso
from services.runtime.clock import now
from services.scoring.core.rhythm import silence_deadline
from services.scoring.core.windows import Days
from tests.integration.conftest import Instance

ACTIVE_DAYS = 40
AHEAD = 20 * SECOND  # of the deadline, when the history is written


def test_an_account_gone_quiet_scores_higher_at_its_own_deadline_without_any_event(
    shared_instance: Instance, tmp_path: Path
) -> None:
    instance = shared_instance
    write_daily_visits(tmp_path / "history.csv", "quiet", deadline=now() + AHEAD)
    assert instance.kizashi("import", str(tmp_path / "history.csv")).returncode == 0
    before = shown(instance, "quiet")
    deadline = before["silence_deadline"]
    after = before
    while after["at"] < deadline:
        time.sleep(0.5)
        after = shown(instance, "quiet")
    assert (before["cause"]["kind"], after["cause"]["kind"]) == ("import", "tick")
    assert points_of(after, "silence") > points_of(before, "silence")
    assert after["score"] > before["score"]
    assert after["last_event_at"] == before["last_event_at"]
    verdict = instance.kizashi("verify", "--json")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def write_daily_visits(path: Path, account_id: str, deadline: int) -> None:
    """One visit a day up to a last one, placed so that the account's silence becomes news at `deadline`."""
    today = day_of(deadline)
    active = Days()
    for day in range(today - ACTIVE_DAYS, today):
        active.add(day)
    patience = silence_deadline(active, 0) or 0
    last = deadline - patience
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("timestamp", "account_id", "user_id", "event_name", "feature"))
        for passed in reversed(range(ACTIVE_DAYS)):
            writer.writerow((iso(last - passed * DAY), account_id, "u1", "visited", "home"))


def shown(instance: Instance, account_id: str) -> dict[str, Any]:
    """The newest change of an account."""
    run = instance.run
    headers = {"Authorization": f"Bearer {run['keys']['read']}"}
    deadline = time.monotonic() + 30
    while True:
        answer = httpx.get(f"{run['api_url']}/v1/accounts/{account_id}/changes", headers=headers, params={"limit": 1})
        if answer.status_code == httpx.codes.OK and answer.json()["items"]:
            change: dict[str, Any] = answer.json()["items"][0]
            return change
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)


def points_of(change: dict[str, Any], signal: str) -> float:
    """What a signal adds."""
    return next(float(one["points"]) for one in change["contributions"] if one["signal"] == signal)
