"""`kizashi send`, `import` and `dead-letters` on a running instance."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.runtime.database import alone
from services.runtime.settings import DatabaseSettings


def answers(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_what_is_sent_and_imported_is_told_and_what_is_refused_is_found(shared_instance, tmp_path: Path):
    instance = shared_instance
    one = instance.kizashi("send", "acme", "login", "--user", "u-7", "--json")
    assert (one.returncode, answers(one.stdout)[0]["status"]) == (0, "accepted"), one.stderr

    lines = tmp_path / "events.jsonl"
    good = '{"account_id":"acme","event_name":"export"}'
    lines.write_text(f'{good}\n{{\n{{"account_id":"acme"}}\n\n{good}')
    several = instance.kizashi("send", "--file", str(lines), "--json")
    told = [(one["index"], one["status"], one.get("reason")) for one in answers(several.stdout)]
    assert (several.returncode, told) == (
        1,
        [(1, "accepted", None), (2, "refused", "malformed"), (3, "refused", "invalid"), (4, "accepted", None)],
    )

    letters = instance.kizashi("dead-letters", "--reason", "invalid", "--json")
    (letter,) = answers(letters.stdout)
    assert (letter["value"], letter["origin"], letter["source"]) == (
        '{"account_id":"acme"}',
        "http /v1/events",
        "instance",
    )
    assert "event_name is missing" in instance.kizashi("dead-letters", "--limit", "2").stdout

    history = tmp_path / "history.csv"
    history.write_text(
        "customer,event_name,timestamp\nacme,login,2026-01-01\nacme,,2026-01-02\nacme,login,2026-01-03\n"
    )
    command = ("import", str(history), "--account-id-column", "customer", "--json")
    first, second = instance.kizashi(*command), instance.kizashi(*command)
    (summary,), (again,) = answers(first.stdout), answers(second.stdout)
    assert (first.returncode, summary["written"], summary["refused"]) == (1, 2, 1)
    assert f"{history}:3: event_name is missing" in first.stderr
    assert (again["written"], again["already_there"]) == (0, 2)

    unknown = instance.kizashi("import", str(history))
    assert unknown.returncode == 2
    assert "--account-id-column" in unknown.stderr


async def test_a_second_import_waits_for_its_turn(shared_instance, tmp_path: Path):
    instance = shared_instance
    history = tmp_path / "history.csv"
    history.write_text("account_id,event_name,timestamp\nacme,login,2026-01-01\n")
    database = DatabaseSettings(url=SecretStr(instance.run["database_url"]))
    async with alone(database, "import", lambda: None):
        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", "import", str(history)), env=instance.environment, stderr=PIPE
        )
        assert second.stderr is not None
        assert b"Another import is running" in await second.stderr.readline()
    assert b"1 rows, 1 written" in await second.stderr.read()
    assert await second.wait() == 0
