"""Keys by the command line, on a running instance."""

import json
import time
from collections.abc import Callable
from http import HTTPStatus

import httpx

from tests.integration.conftest import Instance

EVENT = {"account_id": "of-keys", "event_name": "login"}


def made(instance: Instance, *arguments: str) -> dict[str, str]:
    done = instance.kizashi("keys", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def status(instance: Instance, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.post(f"{instance.run['ingest_url']}/v1/events", json=EVENT, headers=headers).status_code


def of_api(instance: Instance, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{instance.run['api_url']}/v1/accounts", headers=headers).status_code


def becomes(instance: Instance, key: str, wanted: HTTPStatus, asked: Callable[[Instance, str], int] = status) -> float:
    """Seconds until a key is answered so."""
    begins = time.monotonic()
    while asked(instance, key) != wanted:
        assert time.monotonic() - begins < 10
        time.sleep(0.1)
    return time.monotonic() - begins


def test_a_key_lives_from_its_making_to_its_revocation(shared_instance: Instance) -> None:
    instance = shared_instance
    first = made(instance, "create", "web")
    assert becomes(instance, first["key"], HTTPStatus.ACCEPTED) < 5
    becomes(instance, first["key"], HTTPStatus.FORBIDDEN, of_api)  # a key that sends reads nothing

    again = instance.kizashi("keys", "create", "web")
    assert (again.returncode, "keys rotate" in again.stderr) == (1, True)

    second = made(instance, "rotate", "web")
    assert (second["replaces"], second["name"]) == (first["id"], "web")
    becomes(instance, second["key"], HTTPStatus.ACCEPTED)
    assert status(instance, first["key"]) == HTTPStatus.ACCEPTED  # both, until the old one is revoked
    third = instance.kizashi("keys", "rotate", "web")
    assert (third.returncode, f"keys revoke {first['id']}" in third.stderr) == (1, True)

    made(instance, "revoke", first["id"])
    assert becomes(instance, first["key"], HTTPStatus.UNAUTHORIZED) < 5
    assert status(instance, second["key"]) == HTTPStatus.ACCEPTED
    assert instance.kizashi("keys", "revoke", first["id"]).returncode == 1

    live = [json.loads(line) for line in instance.kizashi("keys", "list", "--json").stdout.splitlines()]
    every = [json.loads(line) for line in instance.kizashi("keys", "list", "--all", "--json").stdout.splitlines()]
    assert [one["id"] for one in live if one["name"] == "web"] == [second["id"]]
    assert [one["id"] for one in every if one["name"] == "web"] == [first["id"], second["id"]]

    written = "".join(log.read_text(errors="replace") for log in (instance.folder / "logs").glob("*"))
    secrets = [one["key"].split("_", 3)[3] for one in (first, second)]
    assert not any(secret in written + json.dumps(every) for secret in secrets)


def test_what_cannot_be_done_is_said(shared_instance: Instance) -> None:
    for arguments, code, told in (
        (("create", "web", "--scope", "write"), 2, "ingest, read, operate, admin"),
        (("create", "import"), 1, "another source"),
        (("create", "a\nb"), 1, "control characters"),
        (("rotate", "nobody"), 1, "keys list"),
        (("rotate", "instance"), 1, "several scopes"),
    ):
        done = shared_instance.kizashi("keys", *arguments)
        said = " ".join((done.stderr + done.stdout).replace("│", " ").split())
        assert (done.returncode, told in said) == (code, True), (arguments, said)
