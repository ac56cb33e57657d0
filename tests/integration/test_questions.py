"""What `kizashi status` says of a part that has no HTTP of its own."""

import os
import socket
import subprocess
import sys

from services.cli.questions import ask_services
from services.runtime.instance import Run
from services.runtime.settings import Clock


def running(brokers: str, **pids: int) -> Run:
    return Run("", "", (), "", brokers, "", "", Clock.LIVE, {}, pids)


def said(run: Run) -> dict[str, str]:
    return {state.name: state.checks["process"] for state in ask_services(run)}


def test_a_broker_that_runs_and_does_not_listen_yet_is_not_ready() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        run = running(address, kafka=os.getpid())
        assert said(run) == {"kafka": f"it does not listen at {address} yet"}
        listener.listen()
        assert said(run) == {"kafka": "ok"}


def test_a_process_that_nobody_has_buried_yet_does_not_run() -> None:
    with subprocess.Popen((sys.executable, "-c", "")) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert said(running("127.0.0.1:1", postgres=ended.pid)) == {"postgres": "it does not run"}


def test_a_process_that_runs_is_ready() -> None:
    assert said(running("127.0.0.1:1", postgres=os.getpid())) == {"postgres": "ok"}
