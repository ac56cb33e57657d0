"""The services of an instance as child processes: their command lines, ports and readiness."""

import http.client
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.cli.exits import Exit
from services.runtime.embedded.ports import LOOPBACK, claim, free_ports, listens, owner_of
from services.runtime.program import Program
from services.runtime.server import PortTaken
from services.runtime.settings import InstanceSettings
from services.runtime.supervise import Service

_ASK_SECONDS: Final = 6.0  # a check of readiness may take five
_SPARE: Final = 4  # times as many ports as are needed: an instance that starts now may claim one before us
_READY_SECONDS: Final = 180.0  # scoring reads its changelog first


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the services listen."""

    api: int
    ingest: int
    scoring: tuple[int, ...]  # one for each worker
    alerts: int


def choose_ports(settings: InstanceSettings, workers: int) -> Ports:
    """The ports of the settings, claimed. Raises PortTaken; what has only health takes any port instead."""
    for port, what, variable in (
        (settings.api_port, "the API", "KIZASHI_API_PORT"),
        (settings.ingest_port, "ingest", "KIZASHI_INGEST_PORT"),
    ):
        if port and not claim(port, settings.host):
            msg = (
                f"port {port}, for {what}, is in use by {owner_of(port) or 'another program'}. End that, or choose "
                f"another with {variable} (0: any free one)."
            )
            raise PortTaken(msg)
    first = settings.scoring_port
    wanted = [*(first + number if first else 0 for number in range(workers)), settings.alerts_port]
    health = [port if port and claim(port, settings.host) else 0 for port in wanted]
    # Only now, when those of the settings are claimed: a spare one may have been any of them.
    spare = filter(claim, free_ports(_SPARE * (workers + 3)))
    *scoring, alerts = (port or next(spare) for port in health)
    return Ports(
        api=settings.api_port or next(spare),
        ingest=settings.ingest_port or next(spare),
        scoring=tuple(scoring),
        alerts=alerts,
    )


def services(ports: Ports, environment: Mapping[str, str]) -> list[Service]:
    """Every service, with `environment` and its port."""
    workers = [
        ("scoring" if number == 1 else f"scoring-{number}", "scoring", "KIZASHI_SCORING_PORT", port)
        for number, port in enumerate(ports.scoring, start=1)
    ]
    return [
        _service(name, command, {**environment, variable: str(port)}, port)
        for name, command, variable, port in (
            ("ingest", "ingest", "KIZASHI_INGEST_PORT", ports.ingest),
            *workers,
            ("api", "api", "KIZASHI_API_PORT", ports.api),
            ("alerts", "alerts serve", "KIZASHI_ALERTS_PORT", ports.alerts),
        )
    ]


def readiness(port: int) -> dict[str, str] | None:
    """What a service says about itself: its checks with "ok" or a reason; None if it does not answer."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ASK_SECONDS)
    try:
        connection.request("GET", "/readyz")
        body = json.loads(connection.getresponse().read())
        return {str(name): str(reason) for name, reason in body["checks"].items()}
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()


def _service(name: str, command: str, environment: Mapping[str, str], port: int) -> Service:
    program = Program(
        name=name,
        argv=(sys.executable, "-m", "services.cli", *command.split()),
        environment={"PYTHONUNBUFFERED": "1", **environment},
    )
    return Service(
        program,
        is_ready=lambda process: _is_ready(process, port),
        ready_seconds=_READY_SECONDS,
        hopeless=frozenset({Exit.SETTINGS}),
        hopeless_at_first=frozenset({Exit.PORT_TAKEN}),  # later it may be had back
    )


def _is_ready(process: int, port: int) -> bool:
    if not listens(process, port):  # another instance may have taken the port in between, and answer well
        return False
    checks = readiness(port)
    return checks is not None and all(reason == "ok" for reason in checks.values())
