"""Plays a script, read from standard input, with the CloudEvents SDK for Python; binary or structured, by argument.

The SDK makes requests and sends none: it is requests that sends them.
"""

import json
import sys
from datetime import datetime

import requests
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

script = json.load(sys.stdin)
to_message = to_binary_event if sys.argv[1] == "binary" else to_structured_event
with requests.Session() as session:
    session.headers["Authorization"] = f"Bearer {script['key']}"
    for number, call in enumerate(script["calls"]):
        attributes = {
            "id": f"{number} of today",
            "source": "tests/日",
            "specversion": "1.0",
            "type": call["event"],
            "time": datetime.fromisoformat(call["at"]),
            "datacontenttype": "application/json",
            "userid": call["user"],
        }
        if call["account"]:
            attributes["subject"] = call["account"]
        message = to_message(CloudEvent(attributes, call["properties"]))
        answer = session.post(f"{script['url']}/v1/events", data=message.body, headers=message.headers, timeout=30)
        if answer.status_code != requests.codes.accepted:
            sys.exit(f"{answer.status_code} {answer.text}")
