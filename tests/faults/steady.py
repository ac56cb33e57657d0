"""Sends events at a steady rate with the SDK that is named, and says which of them it was not told to have failed.

Read from standard input: {"sdk": "segment", "url": …, "key": …, "rate": 200, "seconds": 60}. Written: a list of ids.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import segment.analytics as segment
from posthog import Posthog
from rudderstack.analytics.client import Client as RudderStack

ACCOUNTS = 40
MOST_WAITING = 1_000_000  # in an SDK's queue, which drops what does not fit
RETRIES = 10

failed: set[str] = set()


def fails(_: object, batch: list[dict[str, Any]]) -> None:
    """The SDK has given up on these."""
    failed.update(str(one.get("messageId") or one.get("uuid")) for one in batch)


def opened(wanted: dict[str, Any]) -> tuple[Callable[[str, str], object], Callable[[], object]]:
    """How an event is sent, by its id and account, and how the SDK is made to deliver all."""
    url, key = wanted["url"], wanted["key"]
    if wanted["sdk"] == "posthog":
        posthog = Posthog(key, host=url, on_error=fails, max_queue_size=MOST_WAITING, max_retries=RETRIES)
        return (
            lambda one, account: posthog.capture("used", distinct_id="u", uuid=one, groups={"company": account}),
            posthog.shutdown,
        )
    kind = segment.Client if wanted["sdk"] == "segment" else RudderStack
    client = kind(key, url, on_error=fails, max_queue_size=MOST_WAITING, max_retries=RETRIES)
    return (
        lambda one, account: client.track("u", "used", {}, {"groupId": account}, message_id=one),
        client.shutdown,
    )


def main() -> None:
    """Send for as long as it is asked."""
    wanted: dict[str, Any] = json.load(sys.stdin)
    send, end = opened(wanted)
    sent: list[str] = []
    begins = time.monotonic()
    while (passed := time.monotonic() - begins) < wanted["seconds"]:
        for number in range(len(sent), int(passed * wanted["rate"])):
            sent.append(str(uuid.uuid4()))
            send(sent[-1], f"a{number % ACCOUNTS}")
        time.sleep(0.01)
    end()
    json.dump([one for one in sent if one not in failed], sys.stdout)


if __name__ == "__main__":
    main()
