"""What ingest counts."""

from bisect import bisect_left
from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate
from math import inf
from typing import Final

from prometheus_client import REGISTRY, Counter, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from schemas.dead_letters import DeadLetterReason


class Door(StrEnum):
    """Where something came in."""

    NATIVE = "native"
    SEGMENT = "segment"
    POSTHOG = "posthog"
    CLOUDEVENTS = "cloudevents"
    KAFKA = "kafka"


class GiveUp(StrEnum):
    """Why a dead letter waits for its user no longer."""

    TOO_LATE = "too_late"  # its event would be by now
    CROWDED = "crowded"  # newer letters need the memory


REFUSED = Counter("kizashi_ingest_refused_total", "Items that became dead letters.", ["door", "reason"])
NOT_KEPT = Counter("kizashi_ingest_not_kept_total", "Requests answered with 503, to be sent again.", ["door"])
SPOOLED = Counter("kizashi_ingest_spooled_total", "Records kept on this machine's disk, since Kafka was silent.")
SPOOL_RECORDS = Gauge("kizashi_ingest_spool_records", "Records in the spool: kept, and not in Kafka yet.")
SPOOL_BYTES = Gauge("kizashi_ingest_spool_bytes", "What the records in the spool take.")
SPOOL_AGE_SECONDS = Gauge("kizashi_ingest_spool_age_seconds", "For how long the oldest record in the spool has waited.")
SPOOL_FORGOTTEN = Counter("kizashi_ingest_spool_forgotten", "Records taken out of the spool: somebody is forgotten.")
SPOOLS_DAMAGED = Counter("kizashi_ingest_spools_damaged_total", "Spools that were set aside: see the log.")
ADMISSION_DELAY_SECONDS = Gauge(
    "kizashi_ingest_admission_delay_seconds", "Age of the record of events.v1 that was admitted last."
)
LINKED_USERS = Gauge("kizashi_ingest_linked_users", "Users whose account this process knows.")
WAITING_LETTERS = Gauge("kizashi_ingest_waiting_letters", "Dead letters that wait here for their user to be linked.")
PUT_BACK_TOTAL = Counter("kizashi_ingest_put_back_total", "Dead letters put into the log once their user was linked.")
GIVEN_UP = Counter("kizashi_ingest_given_up_total", "Dead letters that wait for their user no longer.", ["why"])
UNEXPECTED = Counter("kizashi_ingest_unexpected_total", "Items at which our own code failed: they are dead letters.")

_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, inf)  # seconds


class _AtDoor:
    """What came through a door, in plain numbers: Prometheus' own take a lock each, four times a request."""

    __slots__ = ("accepted", "body_bytes", "requests", "seconds")

    def __init__(self) -> None:
        self.accepted = 0
        self.body_bytes = 0
        self.seconds = 0.0
        self.requests = [0] * len(_BOUNDS)  # by how long they took: at most the bound, and more than the one before

    def buckets(self) -> list[tuple[str, float]]:
        """As a histogram has them: all that took at most so long."""
        bounds = [*map(str, _BOUNDS[:-1]), "+Inf"]
        return list(zip(bounds, accumulate(self.requests), strict=True))


class _AtDoors(Collector):
    """Shows it to Prometheus."""

    @override
    def collect(self) -> Iterator[Metric]:
        accepted = CounterMetricFamily(
            "kizashi_ingest_accepted", "Items answered with success: in Kafka, or in the spool.", labels=["door"]
        )
        body_bytes = CounterMetricFamily(
            "kizashi_ingest_body_bytes", "Bodies as they are once decompressed.", labels=["door"]
        )
        seconds = HistogramMetricFamily(
            "kizashi_ingest_request_seconds",
            "From a body that has arrived to its answer, Kafka's acknowledgement included.",
            labels=["door"],
        )
        for door, found in _at.items():
            accepted.add_metric([door], found.accepted)
            body_bytes.add_metric([door], found.body_bytes)
            seconds.add_metric([door], found.buckets(), found.seconds)
        yield from (accepted, body_bytes, seconds)


_at = {door: _AtDoor() for door in Door}
REGISTRY.register(_AtDoors())


def count(door: Door, accepted: int, refused: dict[DeadLetterReason, int]) -> None:
    """Count what was kept."""
    _at[door].accepted += accepted
    for reason, number in refused.items():
        REFUSED.labels(door, reason).inc(number)


def observe(door: Door, body_bytes: int, seconds: float) -> None:
    """Count a request."""
    found = _at[door]
    found.body_bytes += body_bytes
    found.seconds += seconds
    found.requests[bisect_left(_BOUNDS, seconds)] += 1
