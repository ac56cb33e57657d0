"""What the api measures. Labels are enums; ids are never labels."""

from enum import StrEnum

from prometheus_client import Counter, Gauge, Histogram


class Outcome(StrEnum):
    """What became of a record of score-changes.v1."""

    NEW = "new"
    AGAIN = "again"  # the same bytes, sent again
    CONFLICT = "conflict"  # the same id with other bytes
    UNUSABLE = "unusable"  # a dead letter
    FORGOTTEN = "forgotten"  # an account, with everything before it


CHANGES = Counter("kizashi_api_changes", "Records of score-changes.v1 by what became of them.", ["outcome"])
for outcome in Outcome:  # shown as 0 until there is one, so that an alert on it has something to look at
    CHANGES.labels(outcome)
BATCH_SECONDS = Histogram(
    "kizashi_api_batch_seconds",
    "How long a polled batch takes to be written, offsets included.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
KNOWN_TO_SERVED_SECONDS = Histogram(
    "kizashi_api_known_to_served_seconds",
    "From the instant a change was known at to its being served: stream time to wall clock, once a batch.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 3600),
)
PROJECTOR_FAILURES = Counter("kizashi_api_projector_failures", "Times projection was interrupted and tried again.")
LETTERS = Counter("kizashi_api_dead_letters", "Dead letters made findable.")
LAG_RECORDS = Gauge("kizashi_api_projection_lag_records", "Records of score-changes.v1 not served yet.")
CONFLICTS = Gauge("kizashi_api_conflicts", "Changes on record that came again with other content; 0, or look at them.")
ACCOUNTS = Gauge("kizashi_accounts", "Accounts by state.", ["state"])
REQUEST_SECONDS = Histogram(
    "kizashi_api_request_seconds",
    "How long a request takes, by route.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
