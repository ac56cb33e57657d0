"""A backtest as a whole."""

import csv
import dataclasses
import json

import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from schemas.scorecard import Weighted
from schemas.time import DAY
from services.scoring.backtest.backtest import Wish, backtest, studied
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question
from services.scoring.backtest.refused import FileRefused, QuestionRefused
from services.scoring.backtest.scores_file import write_scores
from tests.services.scoring.backtest.histories import CARD, EVENTS, WEEKLY, book, day


def untold(_):
    """Nobody looks on."""


def wish(folder, **changed):
    path, outcomes = book(folder)
    usual = Wish(
        name="book",
        events=path,
        columns=EVENTS,
        outcomes=outcomes,
        question=WEEKLY,
        scorecards={"plain": CARD, "level": replace(CARD, signals=CARD.signals[1:])},
        split=day(80),
    )
    return dataclasses.replace(usual, **changed)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return backtest(wish(tmp_path_factory.mktemp("book"), leaves_one_out=True), untold)


def test_the_report_judges_every_card_and_the_baselines_over_all_dates_and_each(found):
    report = found.report
    assert [(part.name, part.rows, part.positives) for part in report.parts] == [
        ("all", 69, 22),
        ("earlier", 40, 11),
        ("later", 29, 11),
        ("2026-03-02", 40, 11),
        ("2026-04-01", 29, 11),
    ]
    assert [ranking.name for ranking in report.parts[0].rankings] == [
        "plain",
        "level",
        "recency alone",
        "level alone",
    ]


def test_a_card_that_sees_silence_finds_those_who_stopped(found):
    plain = found.report.parts[0].rankings[0]
    assert plain.auc.value > 0.9
    assert plain.lift.value == pytest.approx(69 / 22)


def test_misses_and_false_alarms_come_with_reasons(found):
    card = found.report.cards[0]
    assert {case.account_id for case in card.misses[:2]} == {"busy0", "busy1"}
    assert card.misses[0].reasons[0].startswith("Last active")
    assert all(case.churned_at is None or case.churned_at > case.at for case in card.false_alarms)


def test_what_a_signal_adds_is_the_card_less_the_card_without_it(found):
    assert [it.signal for it in found.report.cards[0].leave_one_out] == ["recency", "level"]
    assert found.report.cards[1].leave_one_out == ()


def test_a_report_is_json(found):
    told = json.loads(msgspec.json.encode(studied([found])))
    assert told["sets"][0]["cards"][0]["alerts"]["alerts"] > 0
    assert told["means"] == []


def test_several_histories_have_means(found):
    study = studied([found, found])
    assert [(mean.part, mean.card) for mean in study.means][:2] == [("all", "plain"), ("all", "level")]
    assert study.means[0].auc.value == pytest.approx(found.report.parts[0].rankings[0].auc.value)


def test_scores_are_written_for_everyone_asked_about(found, tmp_path):
    write_scores(tmp_path / "s.csv", found.looked, found.plan.question, 0)
    write_scores(tmp_path / "s.parquet", found.looked, found.plan.question, 0)
    with (tmp_path / "s.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 69
    assert list(rows[0]) == ["account_id", "at", "score", "band"]
    assert (rows[0]["account_id"], rows[0]["at"]) == ("busy0", "2026-03-02")
    assert pq.read_table(tmp_path / "s.parquet").num_rows == 69
    with pytest.raises(FileRefused, match=r"write \.csv or \.parquet"):
        write_scores(tmp_path / "s.xlsx", found.looked, found.plan.question, 0)


def test_a_date_at_which_nobody_churned_has_no_figures_of_its_own_and_counts_in_the_whole(tmp_path):
    question = Question((day(30), day(60)), horizon=30 * DAY)
    report = backtest(wish(tmp_path, split=None, question=question), untold).report
    assert [(part.name, part.rows, part.positives) for part in report.parts] == [
        ("all", 80, 11),
        ("2026-03-02", 40, 11),
    ]
    assert report.warnings == (
        "2026-01-31T00:00:00.000Z has no figures of its own: none of 40 accounts churned within the horizon",
    )


@pytest.mark.parametrize(
    ("dates", "why"),
    [
        ((day(40),), r"2026-02-10T00:00:00.000Z: none of 40 accounts churned within the horizon"),
        ((day(39), day(40)), r"at none of 2 dates: none of 80 accounts churned"),
        ((day(-5),), "no account is old and active enough"),
    ],
)
def test_a_question_that_nothing_answers_is_refused(tmp_path, dates: tuple[int, ...], why: str):
    with pytest.raises(QuestionRefused, match=why):
        backtest(wish(tmp_path, question=Question(dates, horizon=10 * DAY)), untold)


def test_outcomes_of_other_accounts_are_refused_and_a_few_strangers_are_told(tmp_path):
    usual = wish(tmp_path)
    foreign = Outcomes({"17": day(5)}, {}, frozenset({"17", "18"}))
    with pytest.raises(QuestionRefused, match="2 of 2 accounts of the outcomes have no event, such as '17'"):
        backtest(wish(tmp_path, outcomes=foreign), untold)
    some = Outcomes(usual.outcomes.churned_at, {"busy3": day(61)}, usual.outcomes.known - {"busy4"} | {"new"})
    assert backtest(wish(tmp_path, outcomes=some), untold).report.warnings == (
        "accounts of the outcomes without an event, left out: new",
        "accounts with events but no outcome, counted as not churned: busy4",
        "accounts not observed until the end of a horizon, counted as not churned in it: busy3",
    )


def test_a_card_that_knows_nothing_of_anybody_ranks_them_alike(tmp_path):
    blind = replace(CARD, signals=(Weighted(signal="active_users", points=10),))
    report = backtest(wish(tmp_path, scorecards={"blind": blind}), untold).report
    assert report.parts[0].rankings[0].auc.value == 0.5
    assert report.cards[0].unknown == 1.0
