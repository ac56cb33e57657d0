"""What alerts measure. Labels are enums; ids are never labels."""

from enum import StrEnum

from prometheus_client import Counter, Gauge, Histogram


class Received(StrEnum):
    """What became of a record of alert-conditions.v1."""

    NEW = "new"
    AGAIN = "again"
    UNUSABLE = "unusable"  # a dead letter
    FORGOTTEN = "forgotten"  # an account, with everything before it


class Channel(StrEnum):
    """How a message travels."""

    TOPIC = "topic"  # alerts.v1
    WEBHOOK = "webhook"
    SLACK = "slack"
    MAIL = "mail"
    LOG = "log"  # a verdict of the fleet guard


class Ended(StrEnum):
    """What became of an attempt to deliver."""

    DELIVERED = "delivered"
    RETRIED = "retried"
    GIVEN_UP = "given_up"


CONDITIONS = Counter("kizashi_alerts_conditions", "Records of alert-conditions.v1 by what became of them.", ["outcome"])
for received in Received:
    CONDITIONS.labels(received)
SAID = Counter("kizashi_alerts_said", "Alerts that somebody was to be told of.")
FAILURES = Counter("kizashi_alerts_failures", "Times a part of alerts was interrupted and tried again.")
ATTEMPTS = Counter("kizashi_alerts_attempts", "Attempts to deliver, by how they travel and end.", ["channel", "ended"])
for channel in Channel:
    for ended in Ended:
        ATTEMPTS.labels(channel, ended)
WAITING = Gauge("kizashi_alerts_deliveries_waiting", "Deliveries under way: not delivered, not given up.")
OLDEST_SECONDS = Gauge("kizashi_alerts_oldest_due_seconds", "How long the delivery that is due longest has been due.")
KEPT_TO_SENT_SECONDS = Histogram(
    "kizashi_alerts_kept_to_sent_seconds",
    "From a message's beginning to its first delivery: kept with the condition, then sent.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 60, 600),
)
INCIDENTS = Gauge("kizashi_alerts_incidents_open", "Incidents that are open: the tracking is broken somewhere.")
