"""Plays a script, read from standard input, with RudderStack's SDK for Python."""

import json
import sys
from datetime import datetime
from typing import Any

from rudderstack.analytics.client import Client

script: dict[str, Any] = json.load(sys.stdin)
client = Client(script["key"], script["url"], upload_size=20, gzip=True, on_error=lambda why, _: sys.exit(str(why)))
for call in script["calls"]:
    user, context = call["user"], {"groupId": call["account"]} if call.get("account") else {}
    match call["call"]:
        case "identify":
            client.identify(user, call["traits"])
        case "group":
            client.group(user, call["account"], call["traits"])
        case "page":
            at = datetime.fromisoformat(call["at"])
            client.page(user, "Account", call["name"], {}, context=context, timestamp=at)
        case _:  # track
            at = datetime.fromisoformat(call["at"])
            client.track(user, call["event"], call["properties"], context=context, timestamp=at)
client.shutdown()
