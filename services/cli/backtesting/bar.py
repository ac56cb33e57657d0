"""How far a run through a history is, on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from services.scoring.backtest.run import Progress


@contextmanager
def bar(name: str) -> Iterator[Callable[[Progress], None]]:
    """A bar while this lasts, on a terminal."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, disable=not console.is_terminal) as shown:
        task = shown.add_task(f"{name}: reading", total=None)

        def step(progress: Progress) -> None:
            if progress.groups:
                doing = f"{name}: living through"
                shown.update(task, description=doing, completed=progress.lived, total=progress.groups)
            else:
                shown.update(task, completed=progress.events)

        yield step
