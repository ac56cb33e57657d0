"""A backtest's report on a terminal."""

import re
from math import isnan
from typing import Final

from rich.console import Console
from rich.table import Table

from services.scoring.backtest.budget import Budgeted
from services.scoring.backtest.judge import Group
from services.scoring.backtest.measures import Estimate
from services.scoring.backtest.report import Case, Mean, OfCard, OverDates, Report, Study
from services.scoring.backtest.sentences import alerts_told, leads_told

_ZERO: Final = re.compile(r"^(-?)0\.")  # the one before the point, not the last of a ten


def tell(study: Study, console: Console) -> None:
    """Print everything a person asked for, set by set, then the means."""
    for report in study.sets:
        _report(report, console)
    if study.means:
        _means(study.means, console)


def figure(estimate: Estimate, digits: int = 3) -> str:
    """A figure with its interval, such as 0.650 (.596 to .701)."""
    if isnan(estimate.value):
        return "-"
    low, high = (_ZERO.sub(r"\1.", f"{bound:.{digits}f}") for bound in (estimate.low, estimate.high))
    return f"{estimate.value:.{digits}f} ({low} to {high})"


def share(estimate: Estimate) -> str:
    """A share in percent with its interval."""
    if isnan(estimate.value):
        return "-"
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"


def _report(report: Report, console: Console) -> None:
    asked = report.question
    console.rule(f"[bold]{report.name}")
    console.print(
        f"{report.events:,} events of {report.accounts:,} accounts, {report.churned:,} of which churned "
        f"({', '.join(report.label_kinds) or 'as told'}). Asked at {len(asked.dates)} dates: who churns within "
        f"{asked.horizon_days:g} days, of those at least {asked.min_age_days:g} days old with an event in the last "
        f"{asked.active_within_days:g} days?"
    )
    for warning in report.warnings:
        console.print(f"[yellow]note:[/yellow] {warning}")
    _rankings(report.parts, console)
    _differences(report.parts, console)
    for card in report.cards:
        _card(card, console)
    _budgets(report.budgets, console)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    return table


def _rankings(parts: tuple[OverDates, ...], console: Console) -> None:
    table = _table("\nHow well it ranks", "dates", "asked", "churned", "by", "AUC", "lift at 10 %")
    for part in parts:
        for place, ranking in enumerate(part.rankings):
            first = (part.name, f"{part.rows:,}", f"{part.positives:,}") if place == 0 else ("", "", "")
            table.add_row(*first, ranking.name, figure(ranking.auc), figure(ranking.lift, 2))
    console.print(table)


def _differences(parts: tuple[OverDates, ...], console: Console) -> None:
    table = _table("\nDifferences, in the same draws of accounts", "dates", "card", "against", "AUC", "lift at 10 %")
    for part in parts:
        if part.name in {"all", "earlier", "later"}:
            for it in part.differences:
                table.add_row(part.name, it.name, it.against, figure(it.auc), figure(it.lift, 2))
    console.print(table)


def _card(card: OfCard, console: Console) -> None:
    console.print(f"\n[bold]{card.name}[/bold] ({card.hash[:8]}), watch from {card.watch}, at risk from {card.at_risk}")
    _groups(_table("Churn by band", "band", "asked", "mean score", "churn rate"), card.bands, console)
    tenths = _table("Churn by tenth of the score, calmest first", "tenth", "asked", "mean score", "churn rate")
    _groups(tenths, card.tenths, console)
    for sentence in (*leads_told(card.leads), alerts_told(card.alerts)):
        console.print(sentence)
    if card.rules:
        table = _table("Alerts by rule", "rule", "opened", "right", "of known", "random")
        for rule in card.rules:
            figures = (f"{rule.opened:,}", share(rule.precision), f"{rule.known:,}", f"{rule.by_chance:.1%}")
            table.add_row(rule.rule, *figures)
        console.print(table)
    if card.leave_one_out:
        table = _table("What each signal adds", "signal", "points", "AUC", "lift at 10 %")
        for it in card.leave_one_out:
            table.add_row(it.signal, str(it.points), figure(it.auc), figure(it.lift, 2))
        console.print(table)
    _cases("Worst misses", card.misses, console)
    _cases("Worst false alarms", card.false_alarms, console)


def _budgets(budgets: tuple[Budgeted, ...], console: Console) -> None:
    title = "\nAlerts per 100 accounts and month, thresholds solved every four weeks on the past alone"
    columns = ("by", "budget", "realised", "kept", "right", "random", "times", "covered", "random", "lead")
    table = _table(title, *columns)
    for it in budgets:
        alerts = it.alerts
        table.add_row(
            it.by,
            "-" if it.budget is None else f"{it.budget:g}",
            f"{alerts.per_100_accounts_and_month:.1f}",
            f"{it.months_within} of {len(it.months)}" if it.months else "-",
            f"{alerts.precision.value:.1%}",
            f"{alerts.by_chance:.1%}",
            f"{alerts.times_chance:.2f}",
            f"{alerts.covered:.1%}",
            f"{alerts.covered_by_chance:.1%}",
            "-" if alerts.median_lead_days is None else f"{alerts.median_lead_days:.0f} d",
        )
    if budgets:
        console.print(table)


def _groups(table: Table, groups: tuple[Group, ...], console: Console) -> None:
    for group in groups:
        if group.rows:
            mean = "-" if group.mean_score is None else f"{group.mean_score:.1f}"
            table.add_row(group.name, f"{group.rows:,}", mean, share(group.churn))
    console.print(table)


def _cases(title: str, cases: tuple[Case, ...], console: Console) -> None:
    if cases:
        console.print(title)
    for case in cases:
        gone = f", churned {case.churned_at[:10]}" if case.churned_at else ""
        console.print(f"  {case.account_id} on {case.at}: {case.score:.1f} ({case.band}){gone}")
        console.print("    " + " ".join(case.reasons), style="dim")


def _means(means: tuple[Mean, ...], console: Console) -> None:
    console.rule("[bold]mean over the histories")
    table = _table("", "dates", "card", "AUC", "lift at 10 %", "best baselines", "AUC less theirs", "worst history")
    for it in means:
        table.add_row(
            it.part,
            it.card,
            figure(it.auc),
            figure(it.lift, 2),
            figure(it.baseline_auc),
            figure(it.against_baseline),
            f"{it.worst:+.3f}",
        )
    console.print(table)
