"""The floor of the reference job in Python: consume, decode, update. No framework, no changelog, no output.

python -m benchmarks.keyed.floor SERVERS TOPIC TOTAL
"""

import sys
from array import array

import msgspec
import uvloop

from benchmarks.keyed.account import hour_of
from benchmarks.keyed.meter import Meter
from services.runtime.kafka import consumer
from services.runtime.settings import KafkaSettings

_NOBODY = array("I", bytes(240))


class Event(msgspec.Struct, gc=False):
    """What the job needs of an event; the rest is skipped."""

    account_id: str
    event_name: str
    occurred_at: str
    message_id: str
    feature: str


_many = msgspec.json.Decoder(list[Event])
TOTAL, AT_HOUR, HOURS, DAYS = 0, 3, 5, 29


async def main(servers: str, topic: str, total: int) -> None:
    """Do it, and tell the totals' sum, which is the number of events."""
    states: dict[str, array[int]] = {}
    meter = Meter(total)
    async with consumer(
        KafkaSettings(bootstrap_servers=servers),
        "floor",
        topic,
        group_id=f"floor-{topic}",
        isolation_level="read_uncommitted",
    ) as client:
        while meter.events < total:
            for records in (await client.getmany(timeout_ms=1_000)).values():
                for event in _many.decode(b"[" + b",".join([record.value for record in records]) + b"]"):
                    _count(states, event)
                meter.count(len(records))
    meter.end()
    assert sum(state[TOTAL] for state in states.values()) == total


def _count(states: "dict[str, array[int]]", event: Event) -> None:
    hour = hour_of(event.occurred_at)
    state = states.get(event.account_id)
    if state is None:
        state = states[event.account_id] = _NOBODY[:]
        state[AT_HOUR] = hour
    before = state[AT_HOUR]
    if hour > before:
        for passed in range(max(before + 1, hour - 23), hour + 1):
            state[HOURS + passed % 24] = 0
        for passed in range(max(before // 24 + 1, hour // 24 - 29), hour // 24 + 1):
            state[DAYS + passed % 30] = 0
        state[AT_HOUR] = hour
    state[HOURS + hour % 24] += 1
    state[DAYS + hour // 24 % 30] += 1
    state[TOTAL] += 1


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
