"""What `kizashi forget` asks before anything is looked for."""

from typer.testing import CliRunner

from schemas.forgetting import Subject
from services.cli.app import app
from services.cli.forgetting.act import Done, Wanted
from services.cli.forgetting.remains import Remainder
from services.cli.forgetting.tell import sentences


def test_one_account_or_one_user_is_named():
    for given in ((), ("--account", "acme", "--user", "u-7"), ("--account", "a\x00"), ("--user", " ")):
        assert CliRunner().invoke(app, ["forget", "--yes", *given]).exit_code == 2


def test_who_does_not_confirm_forgets_nobody():
    asked = CliRunner().invoke(app, ["forget", "--account", "acme"], input="n\n")

    assert (asked.exit_code, "Forget the account acme? It cannot be taken back." in asked.output) == (1, True)


def test_it_is_told_what_is_gone_what_is_left_and_what_remains_until_when():
    wanted = Wanted(Subject("user_id", "p_1"), "ada")
    remains = [Remainder("a.v1", "what they did", None, "retention.ms=-1"), Remainder("b.v1", "c", "2027", "d=1")]
    told = "\n".join(sentences(Done(wanted, {"dead_letters": 1_000}, {"changes": 2}, remains)))

    assert "Forgotten: the user ada, whom the log calls p_1." in told
    assert "1,000 dead letters" in told
    assert "LEFT: 2 changes" in told
    assert [line.split()[:3] for line in told.splitlines() if ".v1" in line] == [
        ["a.v1", "for", "ever"],
        ["b.v1", "until", "2027"],
    ]
