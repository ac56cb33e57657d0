"""`kizashi import`: history, the roster, outcomes and contacts from files into a running instance."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.time import SECOND, Instant, iso, parse_iso
from services.cli.exits import Exit
from services.cli.length import length
from services.cli.options import Data, Json
from services.ingest.history.kinds import Kind
from services.ingest.history.summary import RefusedRow, Reporter, Summary

_CLIENT = "kizashi-import"
_SHOWN = 20  # refused lines of a file that are shown; the rest is counted
_BATCH_BYTES = 262_144  # compresses well, and is far below the broker's limit


def _instant(text: str) -> Instant:
    try:
        return parse_iso(text)
    except ValueError as wrong:
        msg = "write it as 2026-11-22 or 2026-11-22T01:02:03Z"
        raise typer.BadParameter(msg) from wrong


def _period(text: str) -> Instant:
    try:
        period = length(text)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    if period < SECOND:
        msg = "--tick is a second at least"
        raise typer.BadParameter(msg)
    return period


def import_(  # noqa: PLR0913 - each option is one
    files: Annotated[list[Path], typer.Argument(help="CSV, JSON lines or Parquet.", exists=True, dir_okay=False)],
    *,
    kind: Annotated[Kind, typer.Option(help="What the rows are.")] = Kind.EVENTS,
    account_id_column: Annotated[str, typer.Option(help="The column of the account.")] = "account_id",
    user_id_column: Annotated[str, typer.Option(help="The column of the user.")] = "user_id",
    event_name_column: Annotated[str, typer.Option(help="The column of what happened.")] = "event_name",
    feature_column: Annotated[str, typer.Option(help="The column of the feature.")] = "feature",
    timestamp_column: Annotated[str, typer.Option(help="The column of the time, of events.")] = "timestamp",
    column: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=COLUMN", help="Any other column, such as arr=ARR_USD.")
    ] = None,
    tick: Annotated[str, typer.Option(metavar="LENGTH", help="With --clock log: how often time is told.")] = "1d",
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When a sheet's facts were true. Default: now.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of a CSV file, such as cp932.")] = "utf-8-sig",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Bring files into the log: each row once, however often it is asked. What was stopped goes on where it was.

    A line that cannot be used is reported with its number and left out; the exit code is 1 then.
    """
    from services.ingest.history.rows import FileUnusable
    from services.ingest.history.write import NotAcknowledged

    renamed = {
        "account_id": account_id_column,
        "user_id": user_id_column,
        "event_name": event_name_column,
        "feature": feature_column,
        "timestamp": timestamp_column,
        **_pairs(column or []),
    }
    wish = _Wish(kind, renamed, _period(tick), None if at is None else _instant(at), encoding)
    with _screen() as screen:
        try:
            summaries = asyncio.run(_import(files, wish, data, screen))
        except FileUnusable as unusable:
            screen.fail(str(unusable))
            raise typer.Exit(Exit.USAGE) from unusable
        except NotAcknowledged as silence:
            screen.fail(str(silence))
            raise typer.Exit(Exit.REFUSED) from silence
    for summary in summaries:
        if as_json:
            typer.echo(msgspec.json.encode(_told(summary)))
        else:
            screen.say(_sentence(summary))
    if any(summary.refused for summary in summaries):
        raise typer.Exit(Exit.FAILED)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked of every file."""

    kind: Kind
    renamed: dict[str, str]
    tick: Instant
    at: Instant | None
    encoding: str


async def _import(files: list[Path], wish: _Wish, data: Path | None, screen: "_Screen") -> list[Summary]:
    from services.cli.where import where
    from services.ingest.core.privacy import EVERYTHING
    from services.ingest.history.bring_in import Import, bring_in
    from services.runtime.clock import now
    from services.runtime.database import alone
    from services.runtime.kafka import consumer, producer
    from services.runtime.log import clock_of, read_log
    from services.runtime.pseudonyms import name_of
    from services.runtime.settings import PrivacySettings, read

    kafka, database, _ = where(data)
    privacy = EVERYTHING._replace(name_of=name_of(read(PrivacySettings)))
    partitions = (await read_log(kafka)).partitions
    clock = await clock_of(database)
    summaries = []
    async with (
        # Two of one file would both write the rows that the log lacks; two of a log's own clock would both move it.
        alone(database, "import", lambda: screen.say("Another import is running: waiting until it has ended")),
        producer(kafka, _CLIENT, max_batch_size=_BATCH_BYTES) as writing,
    ):
        for path in files:
            wanted = Import(path, clock=clock, now=now(), privacy=privacy, **asdict(wish))
            async with consumer(kafka, _CLIENT) as reading:
                summaries.append(await bring_in(wanted, writing, reading, partitions, screen.reporter(path)))
    return summaries


class _Screen:
    """What a person sees of an import, on stderr."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._refused = 0

    def reporter(self, path: Path) -> Reporter:
        """What is to be told of one file."""
        self._refused = 0
        task = self._progress.add_task(f"reading {path.name}", total=None)

        def step(doing: str, done: int, total: int | None) -> None:
            self._progress.update(task, description=f"{doing} {path.name}", completed=done, total=total)

        return Reporter(refused=self._refuse, step=step, warning=self.warn)

    def say(self, text: str) -> None:
        """A sentence."""
        self._console.print(escape(text))

    def warn(self, text: str) -> None:
        """Something to know."""
        self._console.print(f"[yellow]warning:[/yellow] {escape(text)}")

    def fail(self, text: str) -> None:
        """Why it ends here."""
        self._console.print(f"kizashi: {escape(text)}")

    def _refuse(self, row: RefusedRow) -> None:
        self._refused += 1
        if self._refused <= _SHOWN:
            self.say(f"{row.path}:{row.line}: {row.why}")
        elif self._refused == _SHOWN + 1:
            self.say(f"{row.path}: more lines cannot be used; they are counted, and not shown")


@contextmanager
def _screen() -> Iterator[_Screen]:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield _Screen(console, progress)


def _pairs(columns: list[str]) -> dict[str, str]:
    pairs = {}
    for pair in columns:
        field, separator, column = pair.partition("=")
        if not separator:
            msg = f"--column {pair!r}: write FIELD=COLUMN"
            raise typer.BadParameter(msg)
        pairs[field] = column
    return pairs


def _told(summary: Summary) -> dict[str, object]:
    """A summary for machines."""
    return {
        "file": str(summary.path),
        "sha256": summary.file,
        "kind": summary.kind,
        "rows": summary.rows,
        "written": summary.written,
        "already_there": summary.found_there,
        "refused": summary.refused,
        "silent": summary.silent,
        "first": None if summary.first is None else iso(summary.first),
        "last": None if summary.last is None else iso(summary.last),
    }


def _sentence(summary: Summary) -> str:
    parts = [f"{summary.written:,} written"]
    for number, what in (
        (summary.found_there, "already in the log"),
        (summary.silent, "with nothing to say"),
        (summary.refused, "left out"),
    ):
        if number:
            parts.append(f"{number:,} {what}")
    span = "" if summary.first is None or summary.last is None else f", {iso(summary.first)} to {iso(summary.last)}"
    return f"{summary.path}: {summary.rows:,} rows, {', '.join(parts)}{span}"
