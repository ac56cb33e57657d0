"""The reference job in Bytewax, as its documentation has it: `stateful_map` between Kafka operators, with recovery.

python -m benchmarks.keyed.bytewax_flow SERVERS TOPIC OUTPUTS TOTAL FOLDER
"""

import json
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from benchmarks.keyed.account import CLOSING, DAYS, EVERY, HOURS, hour_of, risk_of, roll
from benchmarks.keyed.meter import Meter

servers, topic, outputs, total, folder = sys.argv[1:]
meter = Meter(int(total))


@dataclass
class Account:
    """The state of an account."""

    hour: int
    total: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)
    days: list[int] = field(default_factory=lambda: [0] * DAYS)


def decoded(message: KafkaSourceMessage) -> tuple[str, dict[str, Any]]:
    """An event under its key."""
    return message.key.decode(), json.loads(message.value)


def count(account: Account | None, event: dict[str, Any]) -> tuple[Account, dict[str, Any] | None]:
    """The account, and what is to be told, if anything."""
    hour = hour_of(event["occurred_at"])
    if account is None:
        account = Account(hour)
    if hour > account.hour:
        roll(account.hours, account.days, account.hour, hour)
        account.hour = hour
    account.hours[hour % HOURS] += 1
    account.days[hour // 24 % DAYS] += 1
    account.total += 1
    in_hour = account.hours[hour % HOURS]
    meter.count()
    if in_hour % EVERY and event["event_name"] != CLOSING:
        return account, None
    return account, {
        "account_id": event["account_id"],
        "message_id": event["message_id"],
        "feature": event["feature"],
        "hour": hour,
        "hour_count": in_hour,
        "total": account.total,
        "score": risk_of(in_hour),
        "reason": "hour_count",
    }


def told(of_account: tuple[str, dict[str, Any] | None]) -> KafkaSinkMessage | None:
    """An output as a message."""
    account_id, output = of_account
    return None if output is None else KafkaSinkMessage(account_id.encode(), json.dumps(output).encode())


if __name__ == "__main__":
    flow = Dataflow("accounts")
    read = kop.input("read", flow, brokers=[servers], topics=[topic], tail=False)  # ends with the topic
    events = op.map("decode", read.oks, decoded)
    counted = op.stateful_map("count", events, count)
    kop.output("tell", op.filter_map("told", counted, told), brokers=[servers], topic=outputs)
    init_db_dir(Path(folder), 1)
    cli_main(flow, recovery_config=RecoveryConfig(folder), epoch_interval=timedelta(seconds=5))
    meter.end()
