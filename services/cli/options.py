"""Options that many commands have, declared once."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(
        help="The instance's data folder. Default: .kizashi here.",
        envvar="KIZASHI_DATA",
        show_envvar=True,
        show_default=False,
        file_okay=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON on stdout; progress goes to stderr.")]
