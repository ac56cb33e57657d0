"""The report as one page that needs nothing else: to be shown in a meeting, on paper, in light and in dark."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from math import isfinite

from services.scoring.backtest.budget import Budgeted
from services.scoring.backtest.markup import auc, counted, figure, lift, percent, share, table, tile
from services.scoring.backtest.measures import Estimate
from services.scoring.backtest.plots import Axis, Mark, bars, dots, shares
from services.scoring.backtest.report import Case, Mean, OfCard, OverDates, Report, Study, is_baseline
from services.scoring.backtest.sentences import alerts_told, leads_told

_AUC = Axis(0.4, 1.0, tuple((tick / 10, f"{tick / 10:.1f}") for tick in range(4, 11)), zero=0.5)
_SHARED = ("all", "earlier", "later")


def page(study: Study) -> str:
    """An HTML page of a study, or of one history."""
    names = ", ".join(report.name for report in study.sets)
    style = files("services.scoring.backtest").joinpath("page.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Backtest: {escape(names)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head><body><main>'
        f"<h1>Would the score have told us?</h1>"
        f'<p class="lead">A backtest of {counted(len(study.sets), "history", "histories")}: {escape(names)}. Every '
        f"account was lived through again, event by event, and scored at past dates with nothing known of what came "
        f"after. Then what became of it was looked up.</p>"
        f'<p class="quiet">An interval in brackets holds the figure in 95 of 100 draws of accounts. AUC is the chance '
        f"that an account that churned had ranked above one that did not: 0.5 is a coin. Lift is the churn rate of the "
        f"riskiest tenth over that of all: at 3, calling the top tenth finds three times as many as calling at random."
        f"</p>{_means(study.means)}{''.join(map(_report, study.sets))}</main></body></html>\n"
    )


def _means(means: Sequence[Mean]) -> str:
    if not means:
        return ""
    rows = [
        (
            it.part,
            it.card,
            auc(it.auc),
            lift(it.lift),
            auc(it.baseline_auc),
            auc(it.against_baseline, "+"),
            f"{it.worst:+.3f}",
        )
        for it in means
    ]
    marks = [
        mark
        for it in means
        for mark in (
            Mark(f"{it.card}, {it.part}", it.auc, f"{it.auc.value:.3f}"),
            Mark("best single measure", it.baseline_auc, f"{it.baseline_auc.value:.3f}", is_muted=True),
        )
    ]
    return (
        "<h2>Over all histories</h2><p>Each history counts the same. Beside each card stands the better of two single "
        "measures (days since the last event, events in four weeks), chosen for each history with hindsight.</p>"
        + figure(dots("Mean AUC", marks, _AUC), "Mean AUC over the histories; the dashed line is chance.")
        + table(
            "Means over the histories",
            ("dates", "card", "AUC", "lift at 10 %", "best single", "AUC less that", "worst history"),
            rows,
        )
    )


def _report(report: Report) -> str:
    asked, whole = report.question, report.parts[0]
    notes = "".join(f'<p class="quiet">Note: {escape(note)}.</p>' for note in report.warnings)
    parts = [part for part in report.parts if part.name in _SHARED]
    marks = [
        Mark(
            f"{it.name}, {part.name}" if len(parts) > 1 else it.name,
            it.auc,
            f"{it.auc.value:.3f}",
            is_muted=is_baseline(it.name),
        )
        for part in parts
        for it in part.rankings
    ]
    return (
        f"<h2>{escape(report.name)}</h2>"
        f"<p>{report.events:,} events of {report.accounts:,} accounts, {report.churned:,} of which churned "
        f"({escape(', '.join(report.label_kinds) or 'as told')}). The question, at {len(asked.dates)} dates: of the "
        f"accounts at least {asked.min_age_days:g} days old with an event in the last {asked.active_within_days:g} "
        f"days, which churn within {asked.horizon_days:g} days? It was asked {whole.rows:,} times; the answer was yes "
        f"{whole.positives:,} times.</p>{notes}"
        + figure(dots("AUC", marks, _AUC), "How well each ranks accounts by risk; the dashed line is chance.")
        + _rankings(report.parts)
        + "".join(_card(card, whole) for card in report.cards)
        + _budgets(report.budgets)
    )


def _rankings(parts: Sequence[OverDates]) -> str:
    rows = [
        (part.name, f"{part.rows:,}", f"{part.positives:,}", it.name, auc(it.auc), lift(it.lift))
        for part in parts
        for it in part.rankings
    ]
    differences = [
        (part.name, it.name, it.against, auc(it.auc, "+"), lift(it.lift, "+"))
        for part in parts
        for it in part.differences
    ]
    return (
        "<details><summary>All figures, date by date</summary>"
        + table("How well each ranks", ("dates", "asked", "churned", "by", "AUC", "lift at 10 %"), rows)
        + table("Differences, paired", ("dates", "card", "against", "AUC", "lift at 10 %"), differences)
        + "</details>"
    )


def _budgets(budgets: Sequence[Budgeted]) -> str:
    """The alerts of each ranking within each budget, beside as many random ones."""
    if not budgets:
        return ""
    rows = [
        (
            it.by,
            "-" if it.budget is None else f"{it.budget:g}",
            f"{it.alerts.per_100_accounts_and_month:.1f}",
            f"{it.months_within} of {len(it.months)}" if it.months else "-",
            share(it.alerts.precision.value),
            share(it.alerts.by_chance),
            share(it.alerts.covered),
            share(it.alerts.covered_by_chance),
        )
        for it in budgets
    ]
    columns = ("by", "budget", "realised", "months kept", "right", "by chance", "churns covered", "by chance")
    return (
        "<h3>Alerts within a budget</h3><p>Alerts per 100 accounts and month, thresholds solved every four weeks "
        "on the past alone. A churn is covered by an alert at least 14 days before it.</p>"
        + table("Alerts within a budget", columns, rows)
    )


def _card(card: OfCard, whole: OverDates) -> str:
    placed = next(it for it in whole.rankings if it.name == card.name)
    bands = [
        Mark(f"{it.name.replace('_', ' ')} ({it.rows:,})", it.churn, f"{it.churn.value:.1%}")
        for it in card.bands
        if it.rows
    ]
    tenths = [Mark(f"tenth {it.name}", it.churn, f"{it.churn.value:.1%}") for it in card.tenths if it.rows]
    highest = max((it.figure.high for it in (*bands, *tenths) if isfinite(it.figure.high)), default=1.0)
    told = "".join(f"<p>{escape(sentence)}</p>" for sentence in (*leads_told(card.leads), alerts_told(card.alerts)))
    return (
        f'<h3>Scorecard “{escape(card.name)}”</h3><p class="quiet">{card.hash[:8]}, watch from {card.watch}, at risk '
        f"from {card.at_risk} points; {card.unknown:.1%} of those asked about had no score.</p>"
        f'<div class="tiles">{tile("AUC", auc(placed.auc))}{tile("lift at 10 %", lift(placed.lift))}'
        f"{tile('alerts a week', f'{card.alerts.a_week:.1f}')}"
        f"{tile('of which right', share(card.alerts.precision.value))}</div>{told}"
        + figure(
            bars("Churn rate by tenth", tenths, shares(highest)),
            "Who churned, by tenth of the score from the calmest to the riskiest: the bars should rise.",
        )
        + figure(bars("Churn rate by band", bands, shares(highest)), "Who churned, by band.")
        + _before(card)
        + _rules(card)
        + _left_out(card)
        + _cases("Worst misses: churned, and had looked calm", card.misses)
        + _cases("Worst false alarms: looked at risk, and did not churn in time", card.false_alarms)
    )


def _before(card: OfCard) -> str:
    marks = [
        Mark(f"{it.days} days before", Estimate(it.share, float("nan"), float("nan")), f"{it.share:.0%}")
        for it in reversed(card.leads.not_green)
        if it.accounts
    ]
    if not marks:
        return ""
    return figure(bars("Not green before the churn", marks, shares(1.0)), "Churned accounts that were no longer green.")


def _rules(card: OfCard) -> str:
    if not card.rules:
        return ""
    rows = [
        (it.rule, f"{it.opened:,}", f"{it.known:,}", percent(it.precision), share(it.by_chance)) for it in card.rules
    ]
    return table("Alerts by rule", ("rule", "opened", "of known outcome", "right", "random accounts"), rows)


def _left_out(card: OfCard) -> str:
    if not card.leave_one_out:
        return ""
    widest = max(max(abs(it.auc.low), abs(it.auc.high)) for it in card.leave_one_out)
    reach = max(0.01, -(-widest // 0.01) * 0.01)
    axis = Axis(-reach, reach, tuple((at, f"{at:+.3f}") for at in (-reach, 0.0, reach)), zero=0.0)
    marks = [Mark(f"{it.signal} ({it.points})", it.auc, f"{it.auc.value:+.3f}") for it in card.leave_one_out]
    return figure(dots("What each signal adds", marks, axis), "AUC that goes when a signal is left out.")


def _cases(title: str, cases: Sequence[Case]) -> str:
    if not cases:
        return ""
    shown = "".join(
        f'<div class="case"><b>{escape(case.account_id)}</b> on {case.at}: {case.score:.1f}, '
        f"{escape(case.band.replace('_', ' '))}"
        + (f"; churned {case.churned_at[:10]}" if case.churned_at else "")
        + f'<br><span class="quiet">{escape(" ".join(case.reasons))}</span></div>'
        for case in cases
    )
    return f"<details><summary>{escape(title)}</summary>{shown}</details>"
