"""What arrives and what does not, on a running instance: dead letters, replay, sources."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from tests.integration.conftest import Instance


def until(look: Callable[[], Any], is_so: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + 30
    while not is_so(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


def asked(instance: Instance, path: str, **parameters: Any) -> Any:
    headers = {"Authorization": f"Bearer {instance.run['keys']['read']}"}
    answer = httpx.get(f"{instance.run['api_url']}{path}", params=parameters, headers=headers)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.json()


def test_every_refusal_is_found_and_replayed_and_every_sender_is_seen(instance: Instance) -> None:
    key = json.loads(instance.kizashi("keys", "create", "shop", "--json").stdout)["key"]
    instance.kizashi("keys", "create", "silent")
    web = httpx.Client(
        base_url=instance.run["ingest_url"],
        headers={"Authorization": f"Bearer {key}", "User-Agent": "shop-backend/1.2"},
    )
    until(lambda: web.post("/v1/events", json={}).status_code, lambda status: status != HTTPStatus.UNAUTHORIZED)
    big = {"account_id": "acme", "event_name": "export", "message_id": "big", "x": "y" * 40_000}
    sent_at = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    web.post("/v1/events", json=[big, {"account_id": "acme", "event_name": "login"}])
    web.post("/v1/events", content=b"[\xff")
    web.post("/v1/batch", json={"batch": [{"type": "track", "event": "x", "groupId": "acme"}], "sentAt": sent_at})

    page = until(lambda: asked(instance, "/v1/dead-letters"), lambda found: len(found["items"]) >= 3)
    by_reason = {one["reason"]: one for one in page["items"]}
    assert (by_reason["too_large"]["source"], json.loads(by_reason["too_large"]["value"])) == ("shop", big)
    assert (by_reason["malformed"]["value"], by_reason["malformed"]["value_base64"]) == (None, "W/8=")
    assert all(one["advice"] and one["detail"] and one["origin"] for one in page["items"])
    assert {one["reason"] for one in page["reasons"]} == by_reason.keys()

    first = asked(instance, "/v1/dead-letters", limit=1)
    rest = asked(instance, "/v1/dead-letters", limit=50, cursor=first["next_cursor"])
    assert [*first["items"], *rest["items"]] == page["items"]
    assert [one["reason"] for one in asked(instance, "/v1/dead-letters", reason="too_large")["items"]] == ["too_large"]

    senders = until(
        lambda: {one["source"]: one for one in asked(instance, "/v1/sources")["items"]},
        lambda found: found["shop"]["accepted"] == 2 and "too_large" in found["shop"]["refused"],
    )
    shop = senders["shop"]
    assert (shop["sdk"], shop["sdk_version"], shop["live_keys"]) == ("shop-backend", "1.2", 1)
    assert 7_100 < shop["clock_skew_seconds"] < 7_300
    assert (shop["refused"]["too_large"], shop["events_a_minute"] > 0) == (1, True)
    assert (senders["silent"]["last_seen_at"], senders["silent"]["live_keys"]) == (None, 1)
    assert "shop-backend 1.2" in instance.kizashi("sources").stdout

    same = instance.kizashi("dead-letters", "replay", "--reason", "too_large", "--json")
    assert (same.returncode, json.loads(same.stdout)["refused"]) == (1, 1)
    instance.environment["KIZASHI_INGEST_EVENT_BYTES"] = "65536"  # the repair
    repaired = instance.kizashi("dead-letters", "replay", "--reason", "too_large", "--json")
    again = instance.kizashi("dead-letters", "replay", "--reason", "too_large", "--json")
    assert [json.loads(one.stdout)["admitted"] for one in (repaired, again)] == [1, 0]
    assert (repaired.returncode, json.loads(again.stdout)["already"]) == (0, 1)
    until(lambda: asked(instance, "/v1/dead-letters", reason="too_large")["items"][0]["put_back_at"], bool)
    assert "too_large" not in {one["reason"] for one in asked(instance, "/v1/dead-letters")["reasons"]}
    told = instance.kizashi("dead-letters").stdout
    assert "put back" in told
    assert "Send strict JSON" in told
