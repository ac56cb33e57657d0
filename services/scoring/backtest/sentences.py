"""What a backtest found, in sentences that a terminal and a page share."""

from collections.abc import Iterator

from services.scoring.backtest.alerts import Alerts
from services.scoring.backtest.leads import Leads
from services.scoring.backtest.patience import Patience
from services.scoring.backtest.silence import STATED, Silences


def leads_told(leads: Leads) -> Iterator[str]:
    """How early churned accounts had left green."""
    for before in leads.not_green:
        if before.accounts:
            yield (
                f"{before.share:.0%} of {before.accounts:,} churned accounts were not green {before.days} days before."
            )
    if leads.median_days is not None:
        yield (
            f"{leads.left_green:,} of {leads.churned:,} churned accounts had left green for good, in the median "
            f"{leads.median_days:.0f} days before."
        )


def alerts_told(alerts: Alerts) -> str:
    """What a team would have been told each week, and what it would have been worth."""
    if not alerts.known:
        return "No account was at risk: there would have been no alert."
    lead = "" if alerts.median_lead_days is None else f", in the median {alerts.median_lead_days:.0f} days before"
    return (
        f"{alerts.a_week:.1f} alerts a week (accounts at risk, again after 30 days), "
        f"{alerts.per_100_accounts_and_month:.1f} per 100 accounts and month. {alerts.precision.value:.1%} "
        f"({alerts.precision.low:.1%} to {alerts.precision.high:.1%}) of {alerts.known:,} were followed by a churn "
        f"within the horizon; of random accounts {alerts.by_chance:.1%}. {alerts.covered:.0%} of churned accounts had "
        f"an alert at least 14 days before{lead}; as many random alerts would have covered "
        f"{alerts.covered_by_chance:.0%}."
    )


def silence_told(silences: Silences) -> str:
    """What silence deadlines would have cost, and whether the population they rest on is dying."""
    if silences.over_stated is None:
        return "No account had a rhythm of its own: there were no silence deadlines."
    dying = (
        "; more left without a word than came back: a dying population, trust no deadline" if silences.is_dying else ""
    )
    realised = f"{silences.came_back / silences.months:.3f} false alarms per account and month"
    return (
        f"Silence: {realised} where {STATED:.2f} are stated ({silences.over_stated:.2f} of it; {silences.accounts:,} "
        f"accounts). After a deadline {silences.churned:,} churned and {silences.gone:,} did not come back{dying}."
    )


def patience_told(found: Patience) -> str:
    """How long silence rules have to wait, and what such waiting cost where it could be tried."""
    tried = (
        "too little of a past to try it"
        if found.realised is None
        else f"solved every four weeks, {found.realised:.3f} in the weeks after ({found.over_budget:.2f} of the budget)"
    )
    return (
        f"For {found.budget:g} false alarms per account and month, silence rules wait {found.wait_days} days beyond "
        f"the deadline; {tried}."
    )
