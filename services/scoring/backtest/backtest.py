"""A backtest from files to its report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from msgspec.structs import replace

from schemas.scorecard import Scorecard
from schemas.time import Instant, iso
from services.scoring.backtest import cases
from services.scoring.backtest.alerts import Caseload, alerts, at_risk, caseload_of
from services.scoring.backtest.buckets import Spread
from services.scoring.backtest.budget import budgeted
from services.scoring.backtest.columns import Columns
from services.scoring.backtest.doubts import strangers, unobserved
from services.scoring.backtest.judge import Part, barren, by_band, by_tenth, can_be_judged, part, ranked
from services.scoring.backtest.leads import leads
from services.scoring.backtest.look import Plan
from services.scoring.backtest.looks import NO_SCORE, Looked
from services.scoring.backtest.measures import rated
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question
from services.scoring.backtest.report import Case, OfCard, Report, Study, Without, asking, date, means, over_dates
from services.scoring.backtest.rules import Lived, of_rules, opened
from services.scoring.backtest.run import Progress, of_each, run, spread_out, weeks
from services.scoring.scorecard_file import digest_of

_SHARED = ("all", "earlier", "later")
_Reduced = tuple[str, str, Scorecard]  # of which card, without which signal, what is left


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be judged. `scorecards` by the name they are told by; the others are set beside the first.

    `split`: dates before it are also judged apart from those since.
    """

    name: str
    events: Path
    columns: Columns
    outcomes: Outcomes
    question: Question
    scorecards: Mapping[str, Scorecard]
    split: Instant | None = None
    leaves_one_out: bool = False
    counts_rules: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A report, and what it was made from."""

    report: Report
    parts: tuple[Part, ...]
    looked: Looked
    plan: Plan


def backtest(wish: Wish, step: Callable[[Progress], None]) -> Found:
    """Live through a history and judge the cards by what became of its accounts. Raises BacktestRefused."""
    reduced = list(_reduced(wish.scorecards)) if wish.leaves_one_out else []
    with spread_out(wish.events, wish.columns, step) as history:
        warnings = tuple(strangers(wish.outcomes, history))
        plan = Plan(
            wish.question,
            (*wish.scorecards.values(), *(card for _, _, card in reduced)),
            followed=len(wish.scorecards),
            weeks=weeks(history, wish.question.dates[-1]),
            churned_at=wish.outcomes.churned_at,
        )
        looked = run(history, plan, step)
        warnings = (*warnings, *barren(looked.asked, wish.question))
        wrong = _cases(wish, plan, history, looked)
        lived = [
            Lived(card, wish.question, wish.outcomes.left_at, history.last_at) for card in wish.scorecards.values()
        ]
        raised = [of_each(history, opened, one, step) for one in lived] if wish.counts_rules else []
    parts = tuple(_parts(wish, looked))
    names = tuple(wish.scorecards)
    caseload = caseload_of(looked, plan.weeks, wish.question, wish.outcomes, history.last_at)
    judge = _Judge(wish, plan, looked, caseload)
    report = Report(
        name=wish.name,
        events=history.events,
        accounts=len(history.accounts),
        churned=len(wish.outcomes.churned_at.keys() & history.accounts),
        first_event_at=iso(history.first_at),
        last_event_at=iso(history.last_at),
        label_kinds=wish.outcomes.label_kinds,
        question=asking(wish.question),
        parts=tuple(over_dates(it, names) for it in parts),
        cards=tuple(
            replace(judge.card(column), misses=wrong[column, True], false_alarms=wrong[column, False])
            for column in range(len(names))
        ),
        budgets=tuple(budgeted(caseload, looked, names)),
        warnings=(*warnings, *unobserved(wish.outcomes, wish.question, looked)),
    )
    if raised:
        counted = [
            of_rules(chain.from_iterable(found), one, wish.outcomes, caseload)
            for found, one in zip(raised, lived, strict=True)
        ]
        cards = [replace(card, rules=rules) for card, rules in zip(report.cards, counted, strict=True)]
        report = replace(report, cards=tuple(cards))
    if reduced:
        added = judge.without(reduced)
        report = replace(report, cards=tuple(replace(card, leave_one_out=added[card.name]) for card in report.cards))
    return Found(report, parts, looked, plan)


def studied(found: Sequence[Found]) -> Study:
    """Several histories as one report; of what all of them have, the means."""
    every = [{it.name: it for it in one.parts} for one in found]
    shared = [name for name in _SHARED if all(name in parts for parts in every)] if len(found) > 1 else []
    return Study(
        tuple(one.report for one in found),
        tuple(means([parts[name] for parts in every], card.name) for name in shared for card in found[0].report.cards),
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """What was lived through, and what is found in it of single cards."""

    wish: Wish
    plan: Plan
    looked: Looked
    caseload: Caseload

    def card(self, column: int) -> OfCard:
        """Everything but its cases and what its signals add."""
        scorecard, asked = self.plan.scorecards[column], self.looked.asked
        question = self.wish.question
        asked_about = self.caseload.between(question.dates[0], question.dates[-1] + question.horizon)
        return OfCard(
            name=tuple(self.wish.scorecards)[column],
            hash=digest_of(scorecard),
            watch=scorecard.bands.watch,
            at_risk=scorecard.bands.at_risk,
            unknown=float((asked.score[:, column] == NO_SCORE).mean()),
            bands=by_band(asked, column),
            tenths=by_tenth(asked, column),
            leads=leads(self.looked, column, self.plan.weeks, self.wish.outcomes.churned_at),
            alerts=alerts(asked_about, at_risk(self.looked, column)),
        )

    def without(self, reduced: list[_Reduced]) -> dict[str, tuple[Without, ...]]:
        """What each signal adds to its card."""
        asked, whole = self.looked.asked, len(self.wish.scorecards)
        scores = {(name, ""): ranked(asked.score[:, column]) for column, name in enumerate(self.wish.scorecards)}
        for column, (name, signal, _) in enumerate(reduced, start=whole):
            scores[name, signal] = ranked(asked.score[:, column])
        found = rated(scores, asked.churns, asked.account)
        return {
            name: tuple(
                Without(
                    it.signal,
                    it.points,
                    found[name, ""].auc.minus(found[name, it.signal].auc).estimate(),
                    found[name, ""].lift.minus(found[name, it.signal].lift).estimate(),
                )
                for it in card.signals
                if (name, it.signal) in found
            )
            for name, card in self.wish.scorecards.items()
        }


def _reduced(scorecards: Mapping[str, Scorecard]) -> Iterator[_Reduced]:
    for name, card in scorecards.items():
        for left_out in card.signals:
            rest = tuple(it for it in card.signals if it is not left_out)
            if rest:
                yield name, left_out.signal, replace(card, signals=rest)


def _parts(wish: Wish, looked: Looked) -> Iterator[Part]:
    """All dates, those before and since the split, then each date."""
    dates, split = wish.question.dates, wish.split
    groups = {"all": dates}
    if split is not None:
        groups |= {
            "earlier": tuple(at for at in dates if at < split),
            "later": tuple(at for at in dates if at >= split),
        }
    if len(dates) > 1:
        groups |= {date(at): (at,) for at in dates}
    cards = {name: column for column, name in enumerate(wish.scorecards)}
    for name, group in groups.items():
        if can_be_judged(looked.asked, wish.question, group):
            yield part(name, looked.asked, wish.question, cards, group)


def _cases(wish: Wish, plan: Plan, history: Spread, looked: Looked) -> dict[tuple[int, bool], tuple[Case, ...]]:
    """For each card, and for misses and false alarms, the worst ones."""
    columns = range(len(wish.scorecards))
    wrong = [it for column in columns for it in cases.most_wrong(looked, plan.question.dates, column)]
    changes = cases.changes(history, wrong, plan.scorecards)
    told = {
        it: Case(
            account_id=it.account_id,
            at=date(it.at),
            score=change.score or 0.0,
            band=change.state,
            churned_at=None if (gone := wish.outcomes.churned_at.get(it.account_id)) is None else date(gone),
            reasons=cases.reasons(change, it.is_miss),
        )
        for it, change in changes.items()
    }
    return {
        (column, is_miss): tuple(
            told[it] for it in wrong if it.column == column and it.is_miss is is_miss and it in told
        )
        for column in columns
        for is_miss in (True, False)
    }
