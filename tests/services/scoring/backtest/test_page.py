"""The page of a report: it holds what was found, and nothing that a browser would have to fetch."""

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace
from typing_extensions import override

from services.scoring.backtest.backtest import studied
from services.scoring.backtest.budget import Budgeted
from services.scoring.backtest.measures import Estimate
from services.scoring.backtest.page import page
from services.scoring.backtest.plots import Axis, Mark, bars, dots, shares
from services.scoring.backtest.rules import OfRule
from tests.services.scoring.backtest.test_backtest import found

__all__ = ["found"]  # the fixture of a small book, judged once

_VOID = {"meta", "line", "circle", "rect", "br"}


class _Shape(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str | None] = []
        self.images: list[dict[str, str | None]] = []

    @override
    def handle_starttag(self, tag, attrs):
        if tag not in _VOID:
            self.open.append(tag)
        self.fetched += [value for name, value in attrs if name in {"src", "href"}]
        if tag == "svg":
            self.images.append(dict(attrs))

    @override
    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    @override
    def handle_startendtag(self, tag, attrs):
        """What closes itself opens nothing."""


@pytest.fixture
def shown(found):
    return page(studied([found]))


def test_a_page_is_whole_and_needs_nothing_else(shown):
    shape = _Shape()
    shape.feed(shown)
    assert (shape.open, shape.fetched) == ([], [])
    assert "url(" not in shown
    assert "<script" not in shown


def test_every_plot_says_in_words_what_it_shows(shown):
    shape = _Shape()
    shape.feed(shown)
    assert len(shape.images) >= 7
    assert all(image["role"] == "img" and len(image["aria-label"] or "") > 20 for image in shape.images)


def test_it_holds_the_figures_the_sentences_and_the_cases(found, shown):
    report = found.report
    assert f"{report.parts[0].rankings[0].auc.value:.3f}" in shown
    assert report.cards[0].misses[0].account_id in shown
    assert "churned accounts were not green 30 days before" in shown
    assert re.search(r"What each signal adds", shown)


def test_alerts_by_rule_and_within_a_budget_are_tables(found):
    alerts = found.report.cards[0].alerts
    spent = Budgeted("plain", 5.0, 1.2, (0.5, 1.1), replace(alerts, per_100_accounts_and_month=6.04, covered=0.25))
    card = replace(found.report.cards[0], rules=(OfRule("gone quiet", 9, 4, Estimate(0.5, 0.2, 0.8), 0.1),))
    report = replace(found.report, cards=(card,), budgets=(spent,))
    shown = page(studied([type(found)(report, found.parts, found.looked, found.plan)]))
    assert "<td>gone quiet</td><td>9</td><td>4</td><td>50.0% (20.0% to 80.0%)</td><td>10.0%</td>" in shown
    assert "<td>plain</td><td>5</td><td>6.0</td><td>1 of 2</td>" in shown
    without = replace(found.report, budgets=())
    assert "Alerts " not in page(studied([type(found)(without, found.parts, found.looked, found.plan)]))


def test_means_stand_first_where_there_are_several(found):
    shown = page(studied([found, found]))
    assert shown.index("Over all histories") < shown.index("<h2>book</h2>")


def test_names_of_others_are_text_and_not_markup(found):
    evil = replace(found.report, name="<b>book</b>", warnings=("<i>",))
    shown = page(studied([type(found)(evil, found.parts, found.looked, found.plan)]))
    assert "<b>book" not in shown
    assert "&lt;b&gt;book" in shown


def test_a_dot_stands_where_its_figure_is_and_a_line_where_its_interval():
    axis = Axis(0.0, 1.0, ((0.0, "0"), (1.0, "1")))
    plot = dots("AUC", [Mark("card", Estimate(0.5, 0.25, 0.75), ".5")], axis)
    [x] = re.findall(r'<circle class="mark" cx="([\d.]+)"', plot)
    [ends] = re.findall(r'<line class="interval" x1="([\d.]+)" x2="([\d.]+)"', plot)
    assert (float(x), [float(end) for end in ends]) == (360.0, [265.0, 455.0])


def test_a_bar_without_an_interval_has_no_whisker():
    nan = float("nan")
    assert "whisker" not in bars("rate", [Mark("all", Estimate(0.5, nan, nan), "50 %")], shares(0.5))
    assert "bar" not in bars("rate", [Mark("none", Estimate(nan, nan, nan), "-")], shares(0.5)).replace("aria", "")


@pytest.mark.parametrize(("highest", "ends"), [(0.03, 0.03), (0.07, 0.08), (0.42, 0.5), (1.0, 1.0)])
def test_an_axis_of_shares_ends_at_a_round_one(highest, ends):
    assert shares(highest).high == pytest.approx(ends)
