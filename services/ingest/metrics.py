"""What ingest counts."""

from enum import StrEnum

from prometheus_client import Counter, Gauge, Histogram

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


ACCEPTED = Counter("kizashi_ingest_accepted_total", "Items answered with success: in Kafka, or in the spool.", ["door"])
REFUSED = Counter("kizashi_ingest_refused_total", "Items that became dead letters.", ["door", "reason"])
NOT_KEPT = Counter("kizashi_ingest_not_kept_total", "Requests answered with 503, to be sent again.", ["door"])
BODY_BYTES = Counter("kizashi_ingest_body_bytes_total", "Bodies as they are once decompressed.", ["door"])
REQUEST_SECONDS = Histogram(
    "kizashi_ingest_request_seconds",
    "From a body that has arrived to its answer, Kafka's acknowledgement included.",
    ["door"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
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


# A label is looked up under a lock: once for each door, not at each request.
_ACCEPTED = {door: ACCEPTED.labels(door) for door in Door}
_BODY_BYTES = {door: BODY_BYTES.labels(door) for door in Door}
_REQUEST_SECONDS = {door: REQUEST_SECONDS.labels(door) for door in Door}


def count(door: Door, accepted: int, refused: dict[DeadLetterReason, int]) -> None:
    """Count what was kept."""
    _ACCEPTED[door].inc(accepted)
    for reason, number in refused.items():
        REFUSED.labels(door, reason).inc(number)


def observe(door: Door, body_bytes: int, seconds: float) -> None:
    """Count a request."""
    _BODY_BYTES[door].inc(body_bytes)
    _REQUEST_SECONDS[door].observe(seconds)
