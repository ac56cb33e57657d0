import asyncio
import os
import subprocess
import sys

from services.cli.processes import Ports, choose_ports, services
from services.runtime.embedded.ports import LOOPBACK, claim, free_ports, is_free
from services.runtime.health import health_server
from services.runtime.settings import InstanceSettings


async def test_a_service_is_not_ready_because_somebody_else_answers_on_its_port():
    """Two instances were started at once, and each took the other's health port for its own."""
    async with health_server({}, LOOPBACK, 0) as port:
        ingest = services(Ports(api=1, ingest=port, scoring=(2,), alerts=3), {})[0]
        asked = [await asyncio.to_thread(ingest.is_ready, process) for process in (os.getpid(), os.getppid())]
    assert asked == [True, False]


def test_two_instances_that_start_at_once_do_not_choose_the_same_port():
    """Each found the port free, since the other's service listens there only seconds later."""
    (port,) = free_ports(1)
    choose = f"from services.runtime.embedded.ports import claim; print(claim({port}), flush=True); input()"
    command = (sys.executable, "-c", choose)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "True\n"
        assert not is_free(port)  # so that nothing is given it by chance
        assert not claim(port)
        first.communicate("\n")
    assert claim(port)


def test_whatever_port_a_service_is_given_is_claimed_so_that_no_two_have_the_same():
    """A worker was given, by chance, the port that the settings had for the API."""
    (api,) = free_ports(1)
    ports = choose_ports(InstanceSettings(api_port=api, ingest_port=0, scoring_port=0), workers=3)
    chosen = [ports.api, ports.ingest, *ports.scoring, ports.alerts]
    assert ports.api == api
    assert len(set(chosen)) == 6
    assert not any(map(is_free, chosen))
