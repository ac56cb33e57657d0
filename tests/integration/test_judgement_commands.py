"""`kizashi override` and `account --known-at` on a running instance."""

import json
from datetime import UTC, datetime, timedelta

import httpx

from tests.integration.test_account_commands import until


def test_an_override_is_served_with_who_and_why_and_what_was_known_before_it_can_be_asked(shared_instance):
    instance = shared_instance
    assert instance.kizashi("send", "overruled", "login").returncode == 0

    def detail(*options: str):
        asked = instance.kizashi("account", "overruled", "--json", *options)
        return json.loads(asked.stdout) if asked.returncode == 0 else None

    first = until(detail)
    assert (first["state"], first["override"]) == ("unknown", None)
    known_at = first["freshness"]["known_at"]

    ends = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%d")
    told = instance.kizashi(
        "override", "overruled", "at_risk", "--until", ends, "--reason", "Their sponsor left.", "--by", "sato"
    )
    assert told.returncode == 0, told.stderr
    judged = until(lambda: (found := detail()) and found["override"] and found)
    assert (judged["state"], judged["band"], judged["override"]["author"]) == ("at_risk", "at_risk", "sato")
    assert judged["sentence"].endswith("Their sponsor left.")

    then = detail("--known-at", known_at)
    assert then is not None
    assert then["last_change"]["id"] == first["last_change"]["id"]
    long_ago = instance.kizashi("account", "overruled", "--known-at", "2020-01-01")
    assert (long_ago.returncode, "Nothing was known of an account 'overruled' by 2020-01-01" in long_ago.stderr) == (
        1,
        True,
    )

    assert instance.kizashi("override", "overruled", "--lift").returncode == 0
    until(lambda: (found := detail()) and found["override"] is None and found)
    today = instance.kizashi("why", "overruled")
    assert (today.returncode, "its risk was not known. Too new to score" in today.stdout) == (0, True), today.stderr

    url = f"{instance.run['api_url']}/v1/accounts/overruled/override"
    keys = instance.run["keys"]
    body = {"band": "watch", "reason": "r", "by": "b", "until": "2020-01-01T00:00:00Z"}

    def put(change: dict[str, str], scope: str = "operate") -> httpx.Response:
        return httpx.put(url, json={**body, **change}, headers={"Authorization": f"Bearer {keys[scope]}"})

    assert put({}, "read").status_code == 403
    assert put({}).json()["errors"][0]["field"] == "until"
    assert put({"band": "doomed"}).json()["errors"][0]["field"] == "band"
    assert put({"reason": "x" * 20_000}).status_code == 413
    assert instance.kizashi("override", "overruled", "watch").returncode == 2
    assert instance.kizashi("override", "overruled", "watch", "--until", "soon", "--reason", "r").returncode == 2
