"""Everything stops at once, and the supervisor alone: the next start has all of it, and nothing is left behind."""

import json
import os
import signal
import socket
from contextlib import closing, suppress
from typing import Any

import httpx
import pytest

from tests.integration.test_up import are_gone, get, wait_until


def somebody_elses(port: int) -> socket.socket:
    """A server on the port, as soon as the kernel has cleared away what was killed there."""
    taken: list[socket.socket] = []

    def take() -> bool:
        try:
            taken.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            return False
        return True

    wait_until(take, seconds=20)
    return taken[0]


def send_event(run: dict[str, Any], account: str) -> None:
    event = {"account_id": account, "event_name": "login", "message_id": f"first of {account}"}
    answer = httpx.post(
        f"{run['ingest_url']}/v1/events", json=event, headers={"Authorization": f"Bearer {run['keys']['ingest']}"}
    )
    assert answer.is_success, answer.text


def knows(run: dict[str, Any], account: str) -> bool:
    return get(run, f"/v1/accounts/{account}").status_code == 200


def test_nothing_is_lost_whatever_was_killed(start_instance, monkeypatch: pytest.MonkeyPatch):
    first = start_instance()
    before = first.run
    send_event(before, "acme")
    wait_until(lambda: knows(before, "acme"), seconds=20)
    for pid in before["pids"].values():  # everything at once: a machine that stops
        with suppress(ProcessLookupError):  # it ended with the supervisor, which was first
            os.kill(pid, signal.SIGKILL)
    first.process.wait()
    wait_until(lambda: are_gone(before["pids"]), seconds=10)

    # What is fetched once is not needed again, and the broker's port may be somebody else's by now.
    monkeypatch.setenv("KIZASHI_MAVEN_REPOSITORY", "http://127.0.0.1:1/maven2")
    with closing(somebody_elses(int(before["kafka_bootstrap_servers"].partition(":")[2]))):
        second = start_instance()
    after = second.run
    assert after["kafka_bootstrap_servers"] != before["kafka_bootstrap_servers"]
    assert (after["log_id"], after["keys"]) == (before["log_id"], before["keys"])
    assert knows(after, "acme")

    os.kill(after["pids"]["up"], signal.SIGKILL)  # the supervisor alone: what it started must not stay
    second.process.wait()
    wait_until(lambda: are_gone(after["pids"]), seconds=10)
    assert second.kizashi("status").returncode == 10

    third = second.kizashi("up", "--detach", "--json")
    assert third.returncode == 0, third.stderr
    assert json.loads(third.stdout)["log_id"] == before["log_id"]
    assert knows(json.loads(third.stdout), "acme")
    ended = second.kizashi("down", "--json")
    assert json.loads(ended.stdout) == {"was_running": True, "ended": True}
    assert are_gone(json.loads(third.stdout)["pids"])
