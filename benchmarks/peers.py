"""The reference job (benchmarks/keyed/job.py) in Kizashi and its peers, in turn, on one broker.

python -m benchmarks.peers [--quick [--within 240]] [--rounds 5] [--only SYSTEM ...]

Processor seconds of the worker for an event, from its first event until everything is delivered and it has closed;
events a second by the wall clock. Medians of the rounds. What each system brought out is compared with what had to
come out, to the last event; a system that is wrong has no figures. Kafka Streams is measured from its last million
events, when its JVM is warm; its first million is told, too.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks import results
from benchmarks.broker import make_topics, remove_topics_but, running_broker, values_of
from benchmarks.keyed import systems
from benchmarks.keyed.job import Expected, check
from benchmarks.keyed.load import load
from benchmarks.keyed.systems import BYTEWAX, FAUST, FLOOR, KAFKA_STREAMS, KIZASHI, OWN_LOG, QUIX, Run, System
from schemas.topics import ACTIVITY, TOPICS
from services.runtime.settings import KafkaSettings

BENCH = "keyed-state-output"
MILLION = 1_000_000
FULL = {KIZASHI: MILLION, FLOOR: MILLION, FAUST: 50_000, QUIX: MILLION, BYTEWAX: MILLION, KAFKA_STREAMS: 3 * MILLION}
QUICK = {KIZASHI: 500_000, FLOOR: 500_000, FAUST: 20_000, QUIX: 200_000, BYTEWAX: 200_000, KAFKA_STREAMS: 2 * MILLION}

SILENT_SECONDS = 900.0  # after its last word a worker has stalled

Mark = dict[str, float]


def main() -> None:
    """Run the rounds, and write what they gave."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument(
        "--within", type=float, default=240.0, help="seconds, for as many rounds as they hold, if quick"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="of these systems")
    arguments = parser.parse_args()
    began = time.monotonic()
    taking_part = [one for one in systems.present() if not arguments.only or one.name in arguments.only]
    sizes = {one: (QUICK if arguments.quick else FULL)[one] for one in taking_part}
    found: dict[System, list[list[Mark]]] = defaultdict(list)
    with running_broker() as broker:
        wanted = asyncio.run(_load_all(broker, sizes))
        for number in range(arguments.rounds):
            round_began = time.monotonic()
            for system, total in sizes.items():
                marks = _measured(
                    broker, system, total, number, wanted[total], sorted(set(map(_topic, sizes.values())))
                )
                found[system].append(marks)
                print(f"round {number + 1}  {system.name:14}" + _sentence(_row(system, [marks])), flush=True)
            now = time.monotonic()
            if arguments.quick and now - began + now - round_began > arguments.within:
                break
    rows = [_row(system, rounds) for system, rounds in found.items()]
    if KAFKA_STREAMS in found:
        cold = [[marks[0], {**marks[1], "load": marks[-1]["load"]}] for marks in found[KAFKA_STREAMS]]
        rows.append({**_row(KAFKA_STREAMS, cold), "bench": f"{BENCH}-cold"})
    for row in rows:
        print(f"median   {row['system']:14}" + _sentence(row))
    results.merge(rows)


def _topic(total: int) -> str:
    return f"events-{total}"


async def _load_all(broker: KafkaSettings, sizes: dict[System, int]) -> dict[int, Expected]:
    """Make the topics and write the events; what each number of them must bring out."""
    totals = set(sizes.values())
    log = {topic.name: topic.configuration() for topic in TOPICS if topic is ACTIVITY}
    await make_topics(broker, log | {_topic(total): {} for total in totals})
    wanted = {}
    for total in sorted(totals):
        print(f"writing {total:,} events", flush=True)
        wanted[total] = await load(broker, total, _topic(total), ACTIVITY.name if total == sizes.get(KIZASHI) else None)
    return wanted


def _measured(
    broker: KafkaSettings, system: System, total: int, number: int, wanted: Expected, kept: list[str]
) -> list[Mark]:
    """Let a system do the job once. Raises Wrong.

    The outputs of each round have a topic of their own, which gives its name to the consumer group: offsets that were
    committed in the round before would leave nothing to read.
    """
    topic, outputs = OWN_LOG.get(system.name, (_topic(total), f"{system.name}-outputs-{number}"))
    settings = next((one.configuration() for one in TOPICS if one.name == outputs), {})
    asyncio.run(make_topics(broker, {outputs: settings}))
    with tempfile.TemporaryDirectory(prefix="kizashi-benchmark-", ignore_cleanup_errors=True) as folder:
        run = Run(broker.bootstrap_servers, topic, outputs, total, Path(folder))
        marks = marks_of(system.command(run), system.name, total)
    if system.tells:
        check(asyncio.run(_values(broker, outputs)), wanted)
    asyncio.run(remove_topics_but(broker, [ACTIVITY.name, *kept]))
    return marks


async def _values(broker: KafkaSettings, topic: str) -> list[bytes]:
    return [value async for value in values_of(broker, topic)]


def marks_of(command: Sequence[str], name: str, total: int) -> list[Mark]:
    """Start a worker, and end it when it has said that it has done it all."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True)
        assert process.stdout is not None
        marks: list[Mark] = []
        silent = _killing(process)
        try:
            for line in process.stdout:
                silent.cancel()
                silent = _killing(process)
                if line.startswith('{"events"'):
                    marks.append(json.loads(line))
                if marks and marks[-1]["events"] == total:
                    break
            else:
                complaints.seek(0)
                msg = f"{name} did not end its work:\n{complaints.read().decode()[-4_000:]}"
                raise AssertionError(msg)
        finally:
            silent.cancel()
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    marks[-1]["load"] = psutil.getloadavg()[0]  # of the minute that ends here
    return marks


def _killing(process: "subprocess.Popen[str]") -> threading.Timer:
    """Kill, after a while, a process that says nothing more: its output ends, and its reader can say what it wrote."""
    timer = threading.Timer(SILENT_SECONDS, process.kill)
    timer.daemon = True
    timer.start()
    return timer


def _row(system: System, rounds: list[list[Mark]]) -> results.Row:
    """Medians of the rounds, each from its last mark but one."""
    costs, rates, seconds = [], [], []
    for *_, first, last in rounds:
        events, passed = last["events"] - first["events"], last["wall_s"] - first["wall_s"]
        costs.append((last["cpu_s"] - first["cpu_s"]) / events * 1e6)
        rates.append(events / passed)
        seconds.append(passed)
    return {
        "bench": BENCH,
        "system": system.name,
        "cpu_us_per_event": round(statistics.median(costs), 2),
        "events_per_s": round(statistics.median(rates)),
        "rss_mb": round(statistics.median(marks[-1]["rss_mb"] for marks in rounds)),
        "seconds": round(statistics.median(seconds), 1),
        "rounds": len(rounds),
        "load": round(statistics.median(marks[-1]["load"] for marks in rounds), 1),
    }


def _sentence(row: results.Row) -> str:
    cost, rate = f"{row['cpu_us_per_event']:8.2f} µs an event", f"{row['events_per_s']:9,} events/s"
    return f"{cost}  {rate}  {row['rss_mb']:5} MB  {row['seconds']:6} s  {row['bench']}"


if __name__ == "__main__":
    main()
