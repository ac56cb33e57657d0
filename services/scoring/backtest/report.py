"""What a backtest found, as it is printed, shown and stored. Instants are milliseconds; NaN is written as null."""

from msgspec import Struct

from schemas.time import DAY, Instant, iso
from services.scoring.backtest.alerts import Alerts
from services.scoring.backtest.budget import Budgeted
from services.scoring.backtest.judge import BASELINES, Group, Part
from services.scoring.backtest.leads import Leads
from services.scoring.backtest.measures import Draws, Estimate, mean_of
from services.scoring.backtest.question import Question
from services.scoring.backtest.rules import OfRule


class Placed(Struct, frozen=True):
    """A card or a baseline and how well it ranks: AUC, and churn in the riskiest tenth over that of all."""

    name: str
    auc: Estimate
    lift: Estimate


class Difference(Struct, frozen=True):
    """How much better one ranking is than another, in the same draws of accounts."""

    name: str
    against: str
    auc: Estimate
    lift: Estimate


class OverDates(Struct, frozen=True):
    """The rankings over the rows of some dates, and how the cards compare with what they have to beat."""

    name: str
    dates: tuple[str, ...]
    rows: int
    positives: int
    rankings: tuple[Placed, ...]
    differences: tuple[Difference, ...]


class Without(Struct, frozen=True):
    """What a signal adds: the card's AUC and lift less those of the card without it."""

    signal: str
    points: int
    auc: Estimate
    lift: Estimate


class Case(Struct, frozen=True):
    """An account that the card was most wrong about at a date, and why in plain sentences."""

    account_id: str
    at: str
    score: float
    band: str
    churned_at: str | None
    reasons: tuple[str, ...]


class OfCard(Struct, frozen=True):
    """What one card would have told a team."""

    name: str
    hash: str
    watch: int
    at_risk: int
    unknown: float  # the share of rows without a score
    bands: tuple[Group, ...]
    tenths: tuple[Group, ...]
    leads: Leads
    alerts: Alerts
    rules: tuple[OfRule, ...] = ()
    leave_one_out: tuple[Without, ...] = ()
    misses: tuple[Case, ...] = ()
    false_alarms: tuple[Case, ...] = ()


class Asking(Struct, frozen=True):
    """The question, in words of a command line."""

    dates: tuple[str, ...]
    horizon_days: float
    active_within_days: float
    min_age_days: float


class Report(Struct, frozen=True):
    """Everything about one history."""

    name: str
    events: int
    accounts: int
    churned: int
    first_event_at: str
    last_event_at: str
    label_kinds: tuple[str, ...]
    question: Asking
    parts: tuple[OverDates, ...]
    cards: tuple[OfCard, ...]
    budgets: tuple[Budgeted, ...]
    warnings: tuple[str, ...]


class Mean(Struct, frozen=True):
    """A card over several histories: each counts the same. `against`: the best baseline of each, with hindsight."""

    part: str
    card: str
    auc: Estimate
    lift: Estimate
    baseline_auc: Estimate
    against_baseline: Estimate
    worst: float  # the card's AUC less the best baseline's, where that is least


class Study(Struct, frozen=True):
    """Several histories and the means over them."""

    sets: tuple[Report, ...]
    means: tuple[Mean, ...]


def asking(question: Question) -> Asking:
    """The question as it is told."""
    return Asking(
        tuple(date(at) for at in question.dates),
        question.horizon / DAY,
        question.active_within / DAY,
        question.min_age / DAY,
    )


def over_dates(part: Part, cards: tuple[str, ...]) -> OverDates:
    """A part as it is told. Each card is set beside the first card, and beside the best baseline."""
    compared = [(card, against) for card in cards for against in (cards[0], part.best_baseline) if card != against]
    return OverDates(
        part.name,
        tuple(date(at) for at in part.dates),
        part.rows,
        part.positives,
        tuple(Placed(name, it.auc.estimate(), it.lift.estimate()) for name, it in part.rated.items()),
        tuple(
            Difference(
                card,
                against,
                part.rated[card].auc.minus(part.rated[against].auc).estimate(),
                part.rated[card].lift.minus(part.rated[against].lift).estimate(),
            )
            for card, against in compared
        ),
    )


def means(parts: list[Part], card: str) -> Mean:
    """One card over the same part of several histories."""
    of_card = [part.rated[card] for part in parts]
    baselines = [part.rated[part.best_baseline].auc for part in parts]
    auc, baseline = mean_of([rated.auc for rated in of_card]), mean_of(baselines)
    return Mean(
        parts[0].name,
        card,
        auc.estimate(),
        mean_of([rated.lift for rated in of_card]).estimate(),
        baseline.estimate(),
        auc.minus(baseline).estimate(),
        min(_less(rated.auc, best) for rated, best in zip(of_card, baselines, strict=True)),
    )


def is_baseline(name: str) -> bool:
    """Whether a ranking is not a card."""
    return name in BASELINES


def date(at: Instant) -> str:
    """An instant as people write it: a date, where it is midnight."""
    return iso(at)[:10] if at % DAY == 0 else iso(at)


def _less(one: Draws, other: Draws) -> float:
    return one.value - other.value
