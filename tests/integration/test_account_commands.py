"""`kizashi accounts`, `account` and `explain` on a running instance, from the first event to the last exit code."""

import json
import time

import httpx


def until(holds, seconds: float = 30):
    """What it returns once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def test_who_is_at_risk_can_be_asked_from_the_command_line(instance):
    empty = instance.kizashi("accounts")
    assert (empty.returncode, "kizashi send" in empty.stdout) == (0, True), empty.stderr

    assert instance.kizashi("send", "acme", "login", "--user", "u-7").returncode == 0
    operate = {"Authorization": f"Bearer {instance.run['keys']['operate']}"}
    stated = {"name": "NewCo KK", "owner": "sato", "renewal_on": "2027-03-31"}
    answer = httpx.put(f"{instance.run['api_url']}/v1/accounts/newco", json=stated, headers=operate)
    assert answer.status_code == 202, answer.text

    def listed():
        items = json.loads(instance.kizashi("accounts", "--json").stdout)["items"]
        return {item["id"]: (item["state"], item["reason"]) for item in items} if len(items) == 2 else None

    assert until(listed) == {"acme": ("unknown", "too_new"), "newco": ("unknown", "never_seen")}
    table = instance.kizashi("accounts", "--owner", "sato")
    assert "NewCo KK" in table.stdout
    assert "acme" not in table.stdout
    assert "\x1b[" not in table.stdout  # no colours where nobody looks
    assert "without filters" in instance.kizashi("accounts", "--state", "healthy").stdout

    account = instance.kizashi("account", "newco")
    assert ("2027-03-31" in account.stdout, account.returncode) == (True, 0), account.stderr
    explained = instance.kizashi("explain", "newco", "--lang", "ja")
    assert "顧客名簿にありますが" in explained.stdout
    whole = json.loads(instance.kizashi("explain", "newco", "--json").stdout)
    assert whole["facts"]["name"] == "NewCo KK"

    nobody = instance.kizashi("explain", "nobody")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "No account 'nobody' is known" in nobody.stderr
    assert instance.kizashi("accounts", "--state", "doomed").returncode == 2

    instance.stop()
    away = instance.kizashi("accounts")
    assert away.returncode == 10
    assert "kizashi up" in away.stderr
