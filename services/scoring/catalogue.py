"""The catalogue of signals for readers, made from the signals' own docstrings: docs/signals.md.

python -m services.scoring.catalogue           writes it
python -m services.scoring.catalogue --check   fails if it is not current
"""

import sys
from inspect import getdoc
from pathlib import Path
from typing import Final

from services.runtime.shipped import shipped
from services.scoring.core.signals import SIGNALS

PAGE: Final = "signals.md"
_INTRODUCTION: Final = """# Signals

Made from the code by `make contracts`: `services/scoring/core/signals` has each signal as a small pure function.

A signal looks at one account on one day and says `u`, from 0 (no risk) to 1 (all the risk it can see), and a
value for people in its own unit. A scorecard gives it points. What it adds to the score is points x u, scaled
so that all points together are 100. A signal whose facts are not known abstains: its points are shared out
among the others, and the change says how much of the card was known (`confidence`).
"""


def page() -> str:
    """The text of docs/signals.md."""
    sections = [f"## {name}\n\n{getdoc(function)}\n" for name, function in SIGNALS.items()]
    return "\n".join([_INTRODUCTION, *sections])


def main() -> int:
    """Write the page, or check it."""
    file: Path = shipped("docs") / PAGE
    if "--check" not in sys.argv:
        file.write_text(page(), encoding="utf-8")
        return 0
    if file.exists() and file.read_text(encoding="utf-8") == page():
        return 0
    sys.stderr.write(f"{file} is not what the signals say: make contracts\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
