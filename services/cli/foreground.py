"""Runs an instance in the foreground: starts everything in order, watches over it, ends everything."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

import typer

from services.cli.exits import Exit
from services.cli.interrupts import Interrupted, ignore_interrupts, interruptible
from services.cli.parts import EMBEDDED, start_parts
from services.cli.processes import choose_ports, services
from services.cli.progress import Progress
from services.runtime.folder import DataFolder, hold
from services.runtime.instance import Run, write_run
from services.runtime.prepare import ensure_keys, prepare
from services.runtime.scopes import Scope
from services.runtime.settings import InstanceSettings
from services.runtime.shipped import shipped
from services.runtime.supervise import Supervisor
from services.scoring.core import ENGINE
from services.scoring.publication import publish_first
from services.scoring.scorecard_file import read_scorecard

_SERVICES_SECONDS: Final = 4.0  # to end after they were asked to: requests answered, state flushed
_PARTS_SECONDS: Final = 2.5  # together well within the 10 s that we promise; kill -9 loses nothing


def run_here(settings: InstanceSettings, workers: int, *, as_json: bool) -> Exit:
    """Run the instance until somebody ends it. Raises what `services.cli.failures` explains."""
    progress = Progress()
    is_ready = False
    with interruptible(), hold(settings.data, settings.clock) as folder:
        supervisor = Supervisor(
            folder.logs,
            line=lambda name, line: None if name in EMBEDDED else progress.line(name, line),
            event=progress.line,
        )
        try:
            run = _start(settings, workers, folder, supervisor, progress)
            write_run(folder, run)
            is_ready = True
            _announce(run, as_json=as_json)
            supervisor.watch(lambda pids: write_run(folder, replace(run, pids=_with_own(pids))))
        except Interrupted:
            return Exit.OK if is_ready else Exit.INTERRUPTED
        finally:
            ignore_interrupts()
            folder.run_file.unlink(missing_ok=True)
            progress.say("ending")
            others = frozenset(supervisor.pids) - EMBEDDED
            supervisor.stop([(others, _SERVICES_SECONDS), (EMBEDDED, _PARTS_SECONDS)])
            progress.say("ended")


def _start(
    settings: InstanceSettings, workers: int, folder: DataFolder, supervisor: Supervisor, progress: Progress
) -> Run:
    """Start everything, in order, and return when all of it is ready."""
    ports = choose_ports(settings, workers)
    parts = start_parts(settings, folder, supervisor, progress)
    with progress.step("preparing topics and tables"):
        log = asyncio.run(prepare(parts.kafka, parts.database, ENGINE, settings.clock, progress.say))
        first = read_scorecard(shipped("scorecards/default.yaml"))
        asyncio.run(publish_first(parts.kafka, parts.database, log.partitions, first))
        keys = asyncio.run(ensure_keys(parts.database, folder.keys_file))
    environment = {**parts.environment, "KIZASHI_DATA": str(folder.path), "KIZASHI_CLOCK": settings.clock.value}
    with progress.step("starting the services"):
        supervisor.start(services(ports, environment))
        supervisor.await_ready(lambda name: progress.say(f"{name} is ready"))
    return Run(
        api_url=f"http://127.0.0.1:{ports.api}",
        ingest_url=f"http://127.0.0.1:{ports.ingest}",
        scoring_urls=tuple(f"http://127.0.0.1:{port}" for port in ports.scoring),
        alerts_url=f"http://127.0.0.1:{ports.alerts}",
        kafka_bootstrap_servers=parts.kafka.bootstrap_servers,
        database_url=parts.database.url.get_secret_value().replace("+asyncpg", "", 1),
        log_id=log.log_id,
        clock=settings.clock,
        keys=keys,
        pids=_with_own(supervisor.pids),
    )


def _with_own(pids: Mapping[str, int]) -> dict[str, int]:
    return {"up": os.getpid(), **pids}


def _announce(run: Run, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(run)))
        return
    typer.echo(
        f"\nKizashi is ready.\n"
        f"  API     {run.api_url}  (documentation at /docs)\n"
        f"  ingest  {run.ingest_url}\n"
        f"  try     curl -H 'Authorization: Bearer {run.keys[Scope.READ]}' {run.api_url}/v1/accounts\n"
        f"Ctrl-C ends it.\n"
    )
