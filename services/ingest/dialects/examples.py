"""Requests of each dialect, as its SDKs send them, and what becomes of each: for the documentation, and tested.

A file of `examples/<dialect>/accepted` has a `route`, a `body` (JSON), and the records it `becomes`; one of `refused`
is named after the reason for which its only item is refused, and tells the `detail`.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from schemas.time import Instant

RECEIVED_AT: Instant = 1_795_309_323_000  # 2026-11-22T01:02:03Z: when each arrives, by the source `web`
SOURCE = "web"
MESSAGE_ID = "given-by-us"  # where there is none

_FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """A request, and what becomes of it."""

    name: str  # of its file
    dialect: str
    verdict: str  # accepted or refused
    summary: str
    route: str
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    becomes: list[dict[str, Any]] = field(default_factory=list)
    detail: str = ""


@cache
def examples() -> tuple[Example, ...]:
    """All of them, in the order of their paths."""
    return tuple(_read(path) for path in sorted(_FOLDER.rglob("*.json")))


def examples_of(route: str, verdict: str) -> list[Example]:
    """Those of a route."""
    return [one for one in examples() if (one.route, one.verdict) == (route, verdict)]


def _read(path: Path) -> Example:
    dialect, verdict, _ = path.relative_to(_FOLDER).parts
    return Example(name=path.stem, dialect=dialect, verdict=verdict, **json.loads(path.read_text(encoding="utf-8")))
