"""`kizashi scorecard solve` and `fit` as a person types them."""

import json

import pytest
from typer.testing import CliRunner

from schemas.time import iso
from services.cli.app import app
from services.scoring.scorecard_file import read_scorecard
from tests.services.scoring.backtest.histories import book, day


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    events, outcomes = book(folder)
    rows = [
        f"{name},{iso(outcomes.churned_at[name]) if name in outcomes.churned_at else ''}" for name in outcomes.known
    ]
    (folder / "outcomes.csv").write_text("\n".join(["account_id,churned_at", *sorted(rows)]) + "\n")
    return "--events", str(events), "--outcomes", str(folder / "outcomes.csv")


def told(*arguments):
    return CliRunner().invoke(app, ["scorecard", *arguments], env={"COLUMNS": "200"})


def test_bands_are_solved_and_written_with_the_card(files, tmp_path):
    out = tmp_path / "solved.yaml"
    answer = told(
        "solve", *files, "--at", "2026-03-20", "--share-at-risk", "25%", "--share-not-green", "0.4", "--out", str(out)
    )
    assert answer.exit_code == 0, answer.output
    bands = read_scorecard(out).bands
    assert f"watch: {bands.watch}, at_risk: {bands.at_risk}" in answer.stdout
    assert 0 < bands.watch < bands.at_risk < 100


def test_a_solution_is_json_for_programs(files):
    answer = told("solve", *files, "--at", "2026-03-20", "--alerts", "10", "--json")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["rows"] > 100


def test_silence_rules_wait_as_long_as_a_budget_of_false_alarms_asks(files, tmp_path):
    out = tmp_path / "solved.yaml"
    answer = told("solve", *files, "--at", "2026-03-20", "--false-alarms", "0.05", "--out", str(out))
    assert answer.exit_code == 0, answer.output
    assert "For 0.05 false alarms per account and month, silence rules wait 0 days" in answer.stdout  # nobody came back
    assert read_scorecard(out).rules


def test_a_share_that_is_none_and_a_past_that_is_too_short_are_told(files):
    assert "'lots' is no share: write 5% or 0.05" in told("solve", *files, "--share-at-risk", "lots").stderr
    early = told("solve", *files, "--at", iso(day(-20)))
    assert (early.exit_code, "only 0 weekly scores" in early.stderr) == (2, True)


def test_too_few_churns_are_an_answer_and_no_fit(files):
    answer = told("fit", *files, "--at", "2026-03-02,2026-04-01", "--horizon", "30d", "--split", "2026-04-01")
    assert answer.exit_code == 1
    assert "only 11 churns were known by then: at least 20 are needed" in answer.stderr
