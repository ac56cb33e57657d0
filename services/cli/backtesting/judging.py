"""From what was asked for to a report: files or the log, one history or several, kept where that is wished."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from services.cli.backtesting import kept, wishes
from services.cli.backtesting.bar import bar
from services.cli.where import Where, where
from services.scoring.backtest.backtest import Wish, backtest, studied
from services.scoring.backtest.report import Study
from services.scoring.backtest.scores_file import write_scores


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `kizashi backtest`."""

    events: Path | None
    outcomes: Path | None
    dates: tuple[str, ...]
    lengths: Mapping[str, str]
    split: str | None
    study: Path | None
    scorecards: tuple[Path, ...]
    from_log: bool
    store: bool
    data: Path | None
    leaves_one_out: bool
    counts_rules: bool
    scores: Path | None
    renamed: Mapping[str, str]


def judged(request: Request) -> Study:
    """Judge what is asked for, and keep what is to be kept. Raises BacktestRefused, ScorecardRefused, Trimmed."""
    instance = where(request.data) if request.from_log or request.store else None
    published = None if instance is None else kept.published_card(instance)
    cards = wishes.scorecards(request.scorecards, published)
    told = wishes.Told(cards, request.renamed, request.leaves_one_out, request.counts_rules)
    found = []
    with _histories(request, told, instance) as histories:
        for wish in histories:
            with bar(wish.name) as step:
                found.append(backtest(wish, step))
            if request.scores is not None:
                alone = len(histories) == 1
                path = request.scores if alone else request.scores.with_stem(f"{request.scores.stem}-{wish.name}")
                write_scores(path, found[-1].looked, wish.question, len(cards) - 1)
    report = studied(found)
    if instance is not None and request.store:
        kept.store(instance, report)
    return report


@contextmanager
def _histories(request: Request, told: wishes.Told, instance: Where | None) -> Iterator[list[Wish]]:
    """What is to be judged; the log's history is a file for as long as this lasts."""
    if request.study is not None:
        yield [wishes.wish(asked, told, request.study.parent) for asked in wishes.study(request.study)]
    elif instance is not None and request.from_log and request.dates:
        with TemporaryDirectory(prefix="kizashi-backtest-") as folder:
            events = Path(folder) / "log.parquet"
            recorded = kept.log_as_file(instance, events)
            plain = wishes.Told(told.scorecards, {}, told.leaves_one_out, told.counts_rules)
            asked = wishes.asked(events, Path(), request.dates, **request.lengths, split=request.split)
            yield [wishes.wish(asked, plain, wishes.HERE, recorded)]
    elif request.events is not None and request.outcomes is not None and request.dates:
        asked = wishes.asked(request.events, request.outcomes, request.dates, **request.lengths, split=request.split)
        yield [wishes.wish(asked, told, wishes.HERE)]
    else:
        msg = "say --events, --outcomes and --at, or --from-log and --at, or --study"
        raise typer.BadParameter(msg)
