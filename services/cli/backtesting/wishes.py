"""What is to be judged, from options or from a study: a YAML file that asks the question of several histories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import yaml
from msgspec import Meta, Struct

from schemas.scorecard import Scorecard
from schemas.time import Instant, parse_iso
from services.cli.length import length
from services.runtime.shipped import shipped
from services.scoring.backtest.backtest import Wish
from services.scoring.backtest.columns import Columns
from services.scoring.backtest.outcomes import Outcomes, read_outcomes
from services.scoring.backtest.question import Question
from services.scoring.backtest.refused import QuestionRefused
from services.scoring.scorecard_file import read_scorecard

EVENT_FIELDS: Final = ("account_id", "event_name", "timestamp")
OPTIONAL_EVENT_FIELDS: Final = ("user_id", "feature")
OUTCOME_FIELDS: Final = ("churned_at", "outcome", "occurred_at", "observed_until", "label_kind")


HERE: Final = Path()
EVENTS: Final = Columns({field: field for field in EVENT_FIELDS}, {field: field for field in OPTIONAL_EVENT_FIELDS})


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One history and the question asked of it. Paths are relative to the study's file."""

    name: str
    events: str
    outcomes: str
    at: Annotated[tuple[Any, ...], Meta(min_length=1)]  # YAML has dates, a command line has text
    horizon: str
    active_within: str = "28d"
    min_age: str = "28d"
    split: Any = None


class _Study(Struct, frozen=True, forbid_unknown_fields=True):
    sets: Annotated[tuple[Asked, ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Told:
    """What is asked for whatever the history: the scorecards, renamed columns, what else is wanted."""

    scorecards: Mapping[str, Scorecard]
    renamed: Mapping[str, str]
    leaves_one_out: bool
    counts_rules: bool = False

    def columns(self, *fields: str) -> dict[str, str]:
        """Which column holds each field: the one of its own name, unless told."""
        return {field: self.renamed.get(field, field) for field in fields}


def study(path: Path) -> tuple[Asked, ...]:
    """The histories that a study names. Raises QuestionRefused."""
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), _Study)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as flaw:
        msg = f"{path}: {flaw}"
        raise QuestionRefused(msg) from flaw
    return found.sets


def asked(  # noqa: PLR0913 - each option is one
    events: Path,
    outcomes: Path,
    dates: tuple[str, ...],
    *,
    horizon: str,
    active_within: str,
    min_age: str,
    split: str | None,
) -> Asked:
    """The question of one history, as options tell it. A file that is only called events is told by its folder."""
    return Asked(
        name=events.absolute().parent.name if events.stem == "events" else events.stem,
        events=str(events),
        outcomes=str(outcomes),
        at=dates,
        horizon=horizon,
        active_within=active_within,
        min_age=min_age,
        split=split,
    )


def wish(asked: Asked, told: Told, folder: Path, recorded: Outcomes | None = None) -> Wish:
    """What is to be judged in one history; its outcomes are read here, unless they are told. Raises BacktestRefused."""
    columns = Columns(told.columns("account_id"), told.columns(*OUTCOME_FIELDS))
    return Wish(
        name=asked.name,
        events=folder / asked.events,
        columns=Columns(told.columns(*EVENT_FIELDS), told.columns(*OPTIONAL_EVENT_FIELDS)),
        outcomes=recorded or read_outcomes(folder / asked.outcomes, columns),
        question=Question(
            tuple(sorted({instant("at", at) for at in asked.at})),
            period("horizon", asked.horizon),
            period("active-within", asked.active_within),
            period("min-age", asked.min_age),
        ),
        scorecards=told.scorecards,
        split=None if asked.split is None else instant("split", asked.split),
        leaves_one_out=told.leaves_one_out,
        counts_rules=told.counts_rules,
    )


def scorecards(files: Sequence[Path], published: Scorecard | None = None) -> dict[str, Scorecard]:
    """The published card first, or the shipped one where none is, and then those of the files, by distinct names.

    Raises ScorecardRefused.
    """
    found = (
        {"published": published} if published else {"default": read_scorecard(shipped("scorecards") / "default.yaml")}
    )
    for file in files:
        card = read_scorecard(file)
        if card in found.values():
            continue  # the shipped card, named again
        name = card.name if card.name not in found else file.stem
        number = 2
        while name in found:
            name, number = f"{card.name} ({number})", number + 1
        found[name] = card
    return found


def base(file: Path | None) -> Scorecard:
    """The card that is to be changed: the shipped one, unless told. Raises ScorecardRefused."""
    return read_scorecard(file or shipped("scorecards") / "default.yaml")


def became(path: Path | None) -> Outcomes:
    """What became of accounts; without a file nobody left. Raises FileRefused."""
    if path is None:
        return Outcomes({}, {}, frozenset())
    return read_outcomes(path, Columns({"account_id": "account_id"}, {field: field for field in OUTCOME_FIELDS}))


def instant(field: str, text: object) -> Instant:
    """The instant that an option tells. Raises QuestionRefused."""
    try:
        return parse_iso(str(text).strip())
    except ValueError as wrong:
        msg = f"--{field} {str(text)!r} is no date: write 2026-11-22 or 2026-11-22T01:02:03Z"
        raise QuestionRefused(msg) from wrong


def period(field: str, text: str) -> Instant:
    """The length of time that an option tells, in milliseconds. Raises QuestionRefused."""
    try:
        return length(text)
    except ValueError as wrong:
        msg = f"--{field}: {wrong}"
        raise QuestionRefused(msg) from wrong
