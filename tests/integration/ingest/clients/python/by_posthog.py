"""Plays a script, read from standard input, with PostHog's SDK for Python; its wire format is the argument."""

import json
import sys
from datetime import datetime
from typing import Any

from posthog import Posthog

script: dict[str, Any] = json.load(sys.stdin)
client = Posthog(
    script["key"], host=script["url"], flush_at=20, max_retries=5, capture_mode=sys.argv[1], gzip=sys.argv[1] == "v0"
)
for call in script["calls"]:
    user, groups = call["user"], {"company": call["account"]} if call.get("account") else None
    match call["call"]:
        case "identify":
            client.set(distinct_id=user, properties=call["traits"])
        case "group":
            client.group_identify("company", call["account"], call["traits"], distinct_id=user)
        case "page":
            client.capture(
                "$pageview",
                distinct_id=user,
                properties={"feature": call["name"]},
                groups=groups,
                timestamp=datetime.fromisoformat(call["at"]),
            )
        case _:  # track
            client.capture(
                call["event"],
                distinct_id=user,
                properties=call["properties"],
                groups=groups,
                timestamp=datetime.fromisoformat(call["at"]),
            )
client.shutdown()
