"""`kizashi backtest` as a person types it."""

import csv
import json

import pytest
from typer.testing import CliRunner

from schemas.time import iso
from services.cli.app import app
from tests.services.scoring.backtest.histories import book

DATES = ("--at", "2026-03-02,2026-04-01", "--horizon", "30d")


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
    return CliRunner().invoke(app, ["backtest", *arguments], env={"COLUMNS": "200"})


def test_the_shipped_card_is_judged_and_every_score_written(files, tmp_path):
    answer = told(*files, *DATES, "--json", "--scores", str(tmp_path / "scores.csv"))
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)["sets"][0]
    assert (report["accounts"], report["churned"]) == (40, 22)
    assert [card["name"] for card in report["cards"]] == ["default"]
    with (tmp_path / "scores.csv").open() as file:
        assert len(list(csv.DictReader(file))) == report["parts"][0]["rows"] == 69


def test_a_person_reads_it_in_tables_and_sentences(files):
    answer = told(*files, *DATES, "--leave-one-out")
    assert answer.exit_code == 0, answer.output
    for said in ("How well it ranks", "recency alone", "Churn by band", "What each signal adds", "Worst misses"):
        assert said in answer.stdout


def test_every_rule_of_a_card_is_judged_on_the_terminal_and_on_the_page(files, tmp_path):
    page = tmp_path / "report.html"
    answer = told(*files, *DATES, "--rules", "--html", str(page))
    assert answer.exit_code == 0, answer.output
    [gone_quiet] = [line.split() for line in answer.stdout.splitlines() if line.strip().startswith("gone quiet")]
    opened = gone_quiet[2]
    assert int(opened) >= 20  # those who stopped
    assert f"<tr><td>gone quiet</td><td>{opened}</td>" in page.read_text()
    assert "Alerts by rule" not in told(*files, *DATES).stdout


def test_a_study_asks_the_same_of_several_histories_and_tells_the_means(files, tmp_path):
    _, events, _, outcomes = files
    asked = f"events: {events}, outcomes: {outcomes}, at: [2026-03-02, 2026-04-01], horizon: 30d, split: 2026-03-15"
    (tmp_path / "study.yaml").write_text(f"sets:\n- {{name: one, {asked}}}\n- {{name: two, {asked}}}\n")
    answer = told("--study", str(tmp_path / "study.yaml"), "--json")
    assert answer.exit_code == 0, answer.output
    assert [mean["part"] for mean in json.loads(answer.stdout)["means"]] == ["all", "earlier", "later"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--at", "someday"), "--at 'someday' is no date: write 2026-11-22"),
        (("--at", "2026-03-02", "--horizon", "long"), "--horizon: 'long' is no length of time"),
        (("--at", "2026-02-01", "--horizon", "1d"), "none of 40 accounts churned within the horizon"),
        (("--at", "2026-03-02", "--timestamp-column", "when"), "has no column 'when': name it with --timestamp-column"),
        (("--at", "2026-03-02", "--scores", "scores.txt"), "ends in '.txt': write .csv or .parquet"),
    ],
)
def test_what_cannot_be_asked_is_told_in_a_sentence(files, arguments, why):
    answer = told(*files, *arguments)
    assert answer.exit_code == 2
    assert why in answer.stderr


def test_a_question_without_files_is_wrong_usage():
    answer = told("--at", "2026-03-02")
    assert answer.exit_code == 2
    assert "--events, --outcomes and --at" in answer.stderr


def test_a_study_that_is_none_is_told(tmp_path):
    (tmp_path / "study.yaml").write_text("sets: [{name: one}]")
    answer = told("--study", str(tmp_path / "study.yaml"))
    assert answer.exit_code == 2
    assert "missing required field" in answer.stderr
