"""The reference job in Quix Streams, as its documentation has it: a dataframe, `apply` with state, `to_topic`.

python -m benchmarks.keyed.quix SERVERS TOPIC OUTPUTS TOTAL FOLDER
"""

import sys
from typing import Any

from quixstreams import Application, State

from benchmarks.keyed.account import CLOSING, DAYS, EVERY, HOURS, hour_of, risk_of, roll
from benchmarks.keyed.meter import Meter

servers, topic, outputs, total, folder = sys.argv[1:]
meter = Meter(int(total))

app = Application(
    broker_address=servers,
    consumer_group=outputs,
    auto_offset_reset="earliest",
    state_dir=folder,
    loglevel="WARNING",
    producer_extra_config={"linger.ms": 50},
)


def count(event: dict[str, Any], state: State) -> dict[str, Any] | None:
    """Count; what is to be told, if anything."""
    hour = hour_of(event["occurred_at"])
    account = state.get("account") or {"total": 0, "hour": hour, "hours": [0] * HOURS, "days": [0] * DAYS}
    if hour > account["hour"]:
        roll(account["hours"], account["days"], account["hour"], hour)
        account["hour"] = hour
    account["hours"][hour % HOURS] += 1
    account["days"][hour // 24 % DAYS] += 1
    account["total"] += 1
    state.set("account", account)
    in_hour = account["hours"][hour % HOURS]
    if meter.count():
        app.stop()
    if in_hour % EVERY and event["event_name"] != CLOSING:
        return None
    return {
        "account_id": event["account_id"],
        "message_id": event["message_id"],
        "feature": event["feature"],
        "hour": hour,
        "hour_count": in_hour,
        "total": account["total"],
        "score": risk_of(in_hour),
        "reason": "hour_count",
    }


if __name__ == "__main__":
    events = app.dataframe(app.topic(topic, key_deserializer="str", value_deserializer="json"))
    told = events.apply(count, stateful=True).filter(lambda output: output is not None)
    told.to_topic(app.topic(outputs, key_serializer="str", value_serializer="json"))
    app.run()  # until stopped; then it commits
    meter.end()
