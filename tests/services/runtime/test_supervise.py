"""Supervision of real child processes: small Python programs that behave, crash, hang and linger."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from services.runtime import supervise
from services.runtime.program import Program
from services.runtime.supervise import Service, ServiceFailed, Supervisor


class Heard:
    """What a supervisor said."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.events: list[tuple[str, str]] = []

    def line(self, service: str, text: str) -> None:
        self.lines.append((service, text))

    def event(self, service: str, text: str) -> None:
        self.events.append((service, text))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def supervisor(tmp_path: Path, heard: Heard) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, heard.line, heard.event)
    yield supervisor
    supervisor.stop([])


def service(name: str, code: str, ready: Path | None = None, ready_seconds: float = 20) -> Service:
    program = Program(name, (sys.executable, "-u", "-c", code))
    return Service(program, is_ready=lambda _: ready is None or ready.exists(), ready_seconds=ready_seconds)


def wait_until(holds, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_service_is_ready_when_it_says_so(tmp_path: Path, supervisor: Supervisor):
    ready = tmp_path / "ready"
    code = f"import pathlib, time; time.sleep(0.3); pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    reported: list[str] = []
    supervisor.start([service("one", code, ready)])
    assert not ready.exists()
    supervisor.await_ready(reported.append)
    assert ready.exists()
    assert reported == ["one"]


def test_whether_it_is_ready_is_asked_of_the_process_that_was_started(supervisor: Supervisor):
    sleeping = service("one", "import time; time.sleep(60)").program
    supervisor.start([Service(sleeping, is_ready=lambda process: process == supervisor.pids["one"])])
    supervisor.await_ready(lambda _: None)


def test_what_a_service_says_is_heard_and_kept(tmp_path: Path, supervisor: Supervisor, heard: Heard):
    supervisor.start([service("one", "import time; print('hello'); time.sleep(60)")])
    wait_until(lambda: heard.lines == [("one", "hello")])
    assert (tmp_path / "one.log").read_text() == "hello\n"


def test_a_service_that_crashes_while_starting_is_given_up_with_its_last_lines(
    tmp_path: Path, supervisor: Supervisor, heard: Heard
):
    supervisor.start([service("one", "raise SystemExit('no such thing')", ready=tmp_path / "never")])
    with pytest.raises(ServiceFailed, match=r"one ended 5 times while starting \(exit code 1\)(.|\n)*no such thing"):
        supervisor.await_ready(lambda _: None)
    assert [text for _, text in heard.events] == [
        "ended (exit code 1), starting it again in 0.2 s",
        "ended (exit code 1, 2 times in a row), starting it again in 0.4 s",
        "ended (exit code 1, 3 times in a row), starting it again in 0.8 s",
        "ended (exit code 1, 4 times in a row), starting it again in 1.6 s",
    ]


def test_a_service_that_never_becomes_ready_is_given_up(tmp_path: Path, supervisor: Supervisor):
    supervisor.start([service("one", "import time; time.sleep(60)", ready=tmp_path / "never", ready_seconds=0.3)])
    with pytest.raises(ServiceFailed, match=r"one was not ready after 0\.3 s"):
        supervisor.await_ready(lambda _: None)


def test_a_killed_service_is_started_again(supervisor: Supervisor):
    class Restarted(Exception):
        pass

    def stop(pids) -> None:
        raise Restarted(pids["one"])

    supervisor.start([service("one", "import time; time.sleep(60)")])
    supervisor.await_ready(lambda _: None)
    first = supervisor.pids["one"]
    os.kill(first, signal.SIGKILL)
    with pytest.raises(Restarted) as restarted:
        supervisor.watch(stop)
    assert restarted.value.args[0] != first
    assert psutil.pid_exists(supervisor.pids["one"])


class Enough(Exception):
    """The test has seen what it wanted to see."""


def after(starts: int) -> Callable[[object], None]:
    """Ends a watch after so many new starts."""
    left = iter(range(starts - 1))

    def changed(_: object) -> None:
        if next(left, None) is None:
            raise Enough

    return changed


def test_a_service_that_was_ready_is_tried_for_ever_after_longer_and_longer_pauses(
    supervisor: Supervisor, heard: Heard, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervise, "_FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(supervise, "_LONGEST_PAUSE_SECONDS", 0.08)
    crashing = service("one", "import time; time.sleep(0.1); raise SystemExit(4)")
    supervisor.start([Service(crashing.program, crashing.is_ready, hopeless_at_first=frozenset({4}))])
    supervisor.await_ready(lambda _: None)
    with pytest.raises(Enough):
        supervisor.watch(after(6))
    assert [text.rpartition(" in ")[2] for _, text in heard.events] == [
        *("0.01 s", "0.02 s", "0.04 s", "0.08 s", "0.08 s", "0.08 s"),
    ]


def test_a_service_that_ran_for_long_starts_with_the_first_pause_again(
    supervisor: Supervisor, heard: Heard, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervise, "_STEADY_SECONDS", 0.0)
    supervisor.start([service("one", "import time; time.sleep(0.1); raise SystemExit(1)")])
    supervisor.await_ready(lambda _: None)
    with pytest.raises(Enough):
        supervisor.watch(after(2))
    assert [text for _, text in heard.events] == ["ended (exit code 1), starting it again in 0.2 s"] * 2


def test_before_each_start_what_a_crash_left_is_cleared_away(supervisor: Supervisor, tmp_path: Path):
    cleared: list[str] = []
    crashing = service("one", "raise SystemExit(1)", ready=tmp_path / "never")
    supervisor.start(
        [Service(crashing.program, crashing.is_ready, before_start=lambda: cleared.append("once"))],
    )
    with pytest.raises(ServiceFailed):
        supervisor.await_ready(lambda _: None)
    assert cleared == ["once"] * 5


def test_services_end_stage_by_stage_each_in_its_time(tmp_path: Path, supervisor: Supervisor):
    log = tmp_path / "order"
    code = """
import pathlib, signal, sys, time
def end(*_):
    with open({log!r}, "a") as file: file.write({name!r} + " ")
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path({ready!r}).touch()
while True: time.sleep(0.01)
"""
    names = ("part", "service")
    supervisor.start(
        [
            service(name, code.format(log=str(log), name=name, ready=str(tmp_path / name)), ready=tmp_path / name)
            for name in names
        ]
    )
    supervisor.await_ready(lambda _: None)
    supervisor.stop([(frozenset({"service"}), 5.0), (frozenset({"part"}), 5.0)])
    assert log.read_text() == "service part "


def test_a_service_that_does_not_want_to_end_is_killed(tmp_path: Path, supervisor: Supervisor):
    ready = tmp_path / "ready"
    code = f"""
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path({str(ready)!r}).touch()
time.sleep(60)
"""
    supervisor.start([service("deaf", code, ready)])
    supervisor.await_ready(lambda _: None)
    pid = supervisor.pids["deaf"]
    began = time.monotonic()
    supervisor.stop([(frozenset({"deaf"}), 0.5)])
    assert not psutil.pid_exists(pid)
    assert time.monotonic() - began < 3


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
def test_children_do_not_outlive_a_supervisor_that_was_killed(tmp_path: Path):
    code = f"""
import pathlib, sys, time
from services.runtime.program import Program
from services.runtime.supervise import Service, Supervisor
supervisor = Supervisor(pathlib.Path({str(tmp_path)!r}), lambda *_: None, lambda *_: None)
child = Program("child", (sys.executable, "-c", "import time; time.sleep(60)"))
supervisor.start([Service(child, lambda _: True)])
print(supervisor.pids["child"], flush=True)
time.sleep(60)
"""
    with subprocess.Popen((sys.executable, "-c", code), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = psutil.Process(int(process.stdout.readline()))
        assert child.is_running()
        process.kill()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_service_that_says_it_cannot_run_is_not_tried_again(tmp_path: Path, supervisor: Supervisor, heard: Heard):
    refusing = service("one", "raise SystemExit(9)", ready=tmp_path / "never")
    supervisor.start([Service(refusing.program, refusing.is_ready, hopeless=frozenset({9}))])
    with pytest.raises(ServiceFailed, match=r"one cannot run \(exit code 9\)"):
        supervisor.await_ready(lambda _: None)
    assert heard.events == []


def test_a_service_that_cannot_have_its_port_at_its_first_start_is_not_tried_again(
    tmp_path: Path, supervisor: Supervisor, heard: Heard
):
    refusing = service("one", "raise SystemExit('somebody listens there')", ready=tmp_path / "never")
    supervisor.start([Service(refusing.program, refusing.is_ready, hopeless_at_first=frozenset({1}))])
    with pytest.raises(ServiceFailed, match=r"one cannot run \(exit code 1\)(.|\n)*somebody listens there"):
        supervisor.await_ready(lambda _: None)
    assert heard.events == []
