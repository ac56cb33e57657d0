"""Plays a script, read from standard input, with Segment's SDK for Python."""

import json
import sys
from datetime import datetime
from typing import Any

import segment.analytics as segment

script: dict[str, Any] = json.load(sys.stdin)
client = segment.Client(script["key"], host=script["url"], upload_size=20, on_error=lambda why, _: sys.exit(str(why)))
for call in script["calls"]:
    user, context = call["user"], {"groupId": call["account"]} if call.get("account") else {}
    match call["call"]:
        case "identify":
            client.identify(user, call["traits"])
        case "group":
            client.group(user, call["account"], call["traits"])
        case "page":
            client.page(user, "Account", call["name"], {}, context, datetime.fromisoformat(call["at"]))
        case _:  # track
            client.track(user, call["event"], call["properties"], context, datetime.fromisoformat(call["at"]))
client.shutdown()
