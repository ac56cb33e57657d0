"""A scorecard written as YAML that a person can read and edit."""

from pathlib import Path

import msgspec
import yaml

from schemas.scorecard import Scorecard
from services.scoring.backtest.refused import FileRefused


def card_text(card: Scorecard, said: str) -> str:
    """The YAML of a card, with what is said of it as comments at its head. Reading it gives the card again."""
    told = msgspec.to_builtins(card)
    head = "".join(f"# {line}\n" for line in said.splitlines())
    signals = "".join(f"  - {_flow(weighted)}\n" for weighted in told.pop("signals"))
    rest = yaml.safe_dump(
        {key: value for key, value in told.items() if key != "name"}, sort_keys=False, allow_unicode=True
    )
    return f"{head}name: {_flow(card.name)}\n\nsignals:\n{signals}\n{rest}"


def write_card(path: Path, card: Scorecard, said: str) -> None:
    """Write a card to a file. Raises FileRefused."""
    try:
        path.write_text(card_text(card, said), encoding="utf-8")
    except OSError as error:
        raise FileRefused(path, f"cannot be written: {error.strerror}") from error


def _flow(value: object) -> str:
    """A value on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("...").strip()
