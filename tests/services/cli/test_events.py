"""`kizashi send`, `import` and `dead-letters`: what they refuse before they talk to anybody."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.runtime.instance import NotRunning


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["send", "acme", "login"], id="send"),
        pytest.param(["dead-letters"], id="dead-letters"),
        pytest.param(["import", __file__], id="import"),
    ],
)
def test_without_an_instance_there_is_nobody_to_talk_to(command, tmp_path: Path):
    assert isinstance(CliRunner().invoke(app, [*command, "--data", str(tmp_path)]).exception, NotRunning)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(["send", "acme"], "say ACCOUNT and EVENT, or --file", id="an event without a name"),
        pytest.param(["import", "nowhere.csv"], "does not exist", id="a file that is not there"),
        pytest.param(["import", __file__, "--tick", "soon"], "no length of time", id="no length"),
        pytest.param(["import", __file__, "--tick", "0s"], "a second at least", id="no time at all"),
        pytest.param(["import", __file__, "--at", "soon"], "write it as 2026-11-22", id="no time"),
        pytest.param(["import", __file__, "--column", "arr"], "write FIELD=COLUMN", id="half a column"),
        pytest.param(["import", __file__, "--kind", "rumours"], "rumours", id="no kind"),
        pytest.param(["dead-letters", "--reason", "weather"], "weather", id="no reason"),
    ],
)
def test_wrong_usage_says_what_is_right(command, words):
    answer = CliRunner().invoke(app, command)

    assert (answer.exit_code, words in " ".join(answer.output.replace("│", "").split())) == (2, True), answer.output
