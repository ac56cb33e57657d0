"""What the services of a running instance say about themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from services.cli.processes import readiness
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
    return [_state(name, pid, urls.get(name)) for name, pid in run.pids.items()]


def _state(name: str, pid: int, url: str | None) -> State:
    if url is None:  # no HTTP of its own
        is_alive = psutil.pid_exists(pid)
        return State(name, pid, {"process": "ok" if is_alive else "it does not run"}, is_alive)
    checks = readiness(urlsplit(url).port or 80)
    if checks is None:
        return State(name, pid, {"http": f"{url} does not answer"}, is_ready=False)
    return State(name, pid, checks, all(reason == "ok" for reason in checks.values()))
