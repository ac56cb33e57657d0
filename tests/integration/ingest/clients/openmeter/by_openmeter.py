"""Plays a script, read from standard input, with OpenMeter's SDK for Python."""

import json
import sys
from datetime import datetime

from openmeter import Client
from openmeter.models import Event

script = json.load(sys.stdin)
events = [
    Event(
        id=f"{number} of today",
        source="tests/日",
        specversion="1.0",
        type=call["event"],
        subject=call["account"] or "",
        time=datetime.fromisoformat(call["at"]),
        data={**call["properties"], "user_id": call["user"]},
    )
    for number, call in enumerate(script["calls"])
]
client = Client(endpoint=script["url"], token=script["key"])
client.events.ingest_event(events[0])
client.events.ingest_events(events[1:50])
client.events.ingest_events_json(events[50:])
