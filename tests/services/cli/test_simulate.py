import pytest
from typer.testing import CliRunner

from services.cli.app import app


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--duration", "a while"], "no length of time"),
        (["--rate", "0"], "greater than or equal to"),
        (["--accounts", "0"], "greater than or equal to"),
    ],
)
def test_options_that_cannot_be_are_refused(arguments: list[str], sentence: str):
    done = CliRunner().invoke(app, ["simulate", *arguments], env={"NO_COLOR": "1", "COLUMNS": "200"})
    assert (done.exit_code, sentence in done.stderr) == (2, True)
