"""`kizashi up` as a newcomer meets it: whole instances, started, asked, killed and started again."""

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from services.runtime.settings import DatabaseSettings, KafkaSettings

SERVICES = {"kafka", "postgres", "ingest", "scoring", "api", "alerts"}


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def are_gone(pids: dict[str, int]) -> bool:
    return all(is_gone(pid) for pid in pids.values())


def get(run: dict[str, Any], path: str) -> httpx.Response:
    return httpx.get(f"{run['api_url']}{path}", headers={"Authorization": f"Bearer {run['keys']['read']}"})


def test_an_instance_is_found_asked_mended_and_ended(instance):
    run = instance.run
    assert run.keys() == {
        *("api_url", "ingest_url", "scoring_urls", "alerts_url", "kafka_bootstrap_servers", "database_url"),
        *("log_id", "clock", "keys", "pids"),
    }
    assert stat.S_IMODE((instance.folder / "run.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((instance.folder / "keys.json").stat().st_mode) == 0o600
    assert run["keys"].keys() == {"ingest", "read", "operate", "admin"}
    assert run["pids"].keys() == {"up", *SERVICES}
    assert get(run, "/v1/accounts").status_code == 200
    assert httpx.get(f"{run['api_url']}/v1/accounts").status_code == 401
    assert httpx.get(f"{run['scoring_urls'][0]}/livez").status_code == 200

    status = instance.kizashi("status", "--json")
    assert (status.returncode, json.loads(status.stdout)["ready"]) == (0, True)
    doctor = instance.kizashi("doctor", "--json")
    assert (doctor.returncode, json.loads(doctor.stdout)["well"]) == (0, True), doctor.stdout

    second = instance.kizashi("up")
    assert (second.returncode, "already runs on" in second.stderr) == (5, True)

    os.kill(run["pids"]["scoring"], signal.SIGKILL)
    wait_until(lambda: instance.run["pids"]["scoring"] != run["pids"]["scoring"], seconds=10)
    assert {name for name, pid in instance.run["pids"].items() if pid != run["pids"][name]} == {"scoring"}
    wait_until(lambda: instance.kizashi("status").returncode == 0, seconds=40)

    began = time.monotonic()
    assert instance.stop() == 0
    assert time.monotonic() - began < 10
    assert are_gone(run["pids"])
    assert not (instance.folder / "run.json").exists()
    assert instance.kizashi("status").returncode == 10
    assert instance.kizashi("down").returncode == 0


def test_a_port_in_use_is_named_with_what_to_do(run_up, folder: Path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = run_up(folder / "data", KIZASHI_API_PORT=str(port))
    assert done.returncode == 4
    assert f"port {port}, for the API, is in use by" in done.stderr
    assert f"(process {os.getpid()})" in done.stderr
    assert "KIZASHI_API_PORT" in done.stderr


def test_without_a_network_the_first_start_says_what_to_do(run_up, folder: Path):
    done = run_up(
        folder / "data",
        KIZASHI_CACHE=str(folder / "cache"),
        KIZASHI_MAVEN_REPOSITORY="http://127.0.0.1:1/maven2",
    )
    assert done.returncode == 6
    assert "connect to the internet for the first start" in done.stderr


def test_a_folder_of_something_else_is_refused(run_up, folder: Path):
    (folder / "thesis.odt").touch()
    assert run_up(folder).returncode == 5


@pytest.mark.parametrize("part", ["kafka", "postgres"])
def test_a_data_folder_that_is_half_there_is_refused_with_what_to_do(run_up, folder: Path, part: str):
    (folder / "data" / part / "data").mkdir(parents=True)
    (folder / "data" / "instance.json").write_text('{"format": 1, "version": "0.1.0", "clock": "live"}')
    done = run_up(folder / "data")
    assert (done.returncode, "is not whole: it lacks" in done.stderr) == (5, True), done.stderr


def test_a_service_that_cannot_start_is_given_up_with_its_last_words(run_up, folder: Path):
    done = run_up(folder / "data", KIZASHI_INGEST_EVENT_BYTES="many")
    assert done.returncode == 8
    assert "ingest cannot run" in done.stderr
    assert "KIZASHI_INGEST_EVENT_BYTES: Input should be a valid integer" in done.stderr


def test_with_ones_own_kafka_and_postgresql_nothing_is_embedded(
    kafka: KafkaSettings, empty_database: DatabaseSettings, start_instance, run_up, folder: Path
):
    own = {
        "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "KIZASHI_DATABASE_URL": empty_database.url.get_secret_value(),
    }
    careless = run_up(folder / "careless", **own)
    assert careless.returncode == 7
    assert "KIZASHI_KAFKA_REPLICATION" in careless.stderr

    instance = start_instance(environment={**own, "KIZASHI_KAFKA_REPLICATION": "1"})
    assert instance.run["pids"].keys() == {"up", *SERVICES} - {"kafka", "postgres"}
    assert not (instance.folder / "kafka").exists()
    assert instance.kizashi("doctor").returncode == 0
    assert instance.stop() == 0
