"""What a running instance tells those who want to use it: `DIR/run.json`.

NotRunning   there is no instance to talk to
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from services.runtime.folder import DataFolder, holder, write_privately
from services.runtime.scopes import Scope
from services.runtime.settings import Clock


class NotRunning(Exception):
    """No instance runs in this folder, or it is not ready yet."""


@dataclass(frozen=True, slots=True)
class Run:
    """Where a running instance is, and the keys to it."""

    api_url: str
    ingest_url: str
    scoring_urls: tuple[str, ...]  # health and metrics of each worker
    alerts_url: str  # the same of alerts, whose routes are the API's
    kafka_bootstrap_servers: str
    database_url: str
    log_id: str
    clock: Clock
    keys: Mapping[Scope, str]
    pids: Mapping[str, int]


def write_run(folder: DataFolder, run: Run) -> None:
    """Say that the instance is ready. It holds keys, so only its owner may read it."""
    write_privately(folder.run_file, asdict(run))


def find_run(data: Path) -> Run:
    """The instance that runs in a folder. Raises NotRunning."""
    folder = DataFolder(data.expanduser().resolve())
    is_held = holder(folder) is not None
    try:
        found = json.loads(folder.run_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        found = None
    if found is None or not is_held:
        state = "is starting and not ready yet" if is_held else "is running"
        msg = (
            f"the instance in {folder.path} {state}: try again in a moment, or see `kizashi status`."
            if is_held
            else f"no instance {state} in {folder.path}. Start one with `kizashi up`, or name it with --data or "
            "KIZASHI_DATA."
        )
        raise NotRunning(msg)
    try:
        return Run(
            **{
                **found,
                "clock": Clock(found["clock"]),
                "keys": {Scope(scope): key for scope, key in found["keys"].items()},
                "scoring_urls": tuple(found["scoring_urls"]),
            }
        )
    except (KeyError, TypeError, ValueError) as strange:
        msg = (
            f"the instance in {folder.path} was started by another version of Kizashi, which tells other things of "
            f"itself: `kizashi down` ends it, `kizashi up` starts this one on the same data."
        )
        raise NotRunning(msg) from strange
