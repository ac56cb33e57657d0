"""README.md promises that its commands work: they are run here as they are printed, on an instance of the test."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text()
FIRST_EVENT = README[README.index("## A first event") : README.index("## How it works")]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", FIRST_EVENT, re.DOTALL)


def run(instance, language: str, block: str) -> str:
    """What a block of the page prints, run beside the instance's data folder as if that were `.kizashi`."""
    ingest = instance.run["ingest_url"]
    text = block.replace("http://127.0.0.1:8601", ingest).replace(".kizashi/", f"{instance.folder}/")
    argv = [sys.executable, "-c", text] if language == "python" else ["bash", "-euc", text]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        argv, env={**instance.environment, "PATH": path}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr if done.returncode else "") == (0, "")
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl")
def test_a_newcomers_first_events_go_in_as_the_page_says(instance):
    assert [language for language, _ in BLOCKS] == ["sh", "sh", "python"]
    commands, by_http, by_sdk = (run(instance, language, block) for language, block in BLOCKS)
    assert ("accepted" in commands, "acme" in commands) == (True, True)
    assert '"status":"accepted"' in by_http
    assert by_sdk == ""
    refused = instance.kizashi("dead-letters", "--json")
    assert (refused.returncode, refused.stdout) == (0, "")
