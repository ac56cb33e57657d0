"""What the services of a running instance say about themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from services.cli.processes import readiness
from services.runtime.embedded.ports import listens
from services.runtime.instance import Run


@dataclass(frozen=True, slots=True)
class State:
    """A process of the instance."""

    name: str
    pid: int
    checks: Mapping[str, str]  # "ok" or a reason
    is_ready: bool


def ask_services(run: Run) -> list[State]:
    """Every process of the instance, as it is now."""
    workers = [name for name in run.pids if name.startswith("scoring")]
    own = {"api": run.api_url, "ingest": run.ingest_url, "alerts": run.alerts_url}
    urls = {**own, **dict(zip(workers, run.scoring_urls, strict=True))}
    return [
        _service(name, pid, urls[name]) if name in urls else _part(name, pid, run.kafka_bootstrap_servers)
        for name, pid in run.pids.items()
    ]


def _part(name: str, pid: int, brokers: str) -> State:
    """What has no HTTP of its own. A broker that starts again runs for seconds before it listens."""
    if not _runs(pid):
        return State(name, pid, {"process": "it does not run"}, is_ready=False)
    if name == "kafka" and not listens(pid, int(brokers.rpartition(":")[2])):
        return State(name, pid, {"process": f"it does not listen at {brokers} yet"}, is_ready=False)
    return State(name, pid, {"process": "ok"}, is_ready=True)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _service(name: str, pid: int, url: str) -> State:
    checks = readiness(urlsplit(url).port or 80)
    if checks is None:
        return State(name, pid, {"http": f"{url} does not answer"}, is_ready=False)
    return State(name, pid, checks, all(reason == "ok" for reason in checks.values()))
