"""What was forgotten, told to people and to machines."""

import json
from collections.abc import Iterator

from services.cli.forgetting.act import Done

ELSEWHERE = (
    "Not reached: backups and the write-ahead log of PostgreSQL; what webhooks, Slack and mail delivered; what the "
    "product itself keeps, and sends again."
)


def sentences(done: Done) -> Iterator[str]:
    """For people."""
    removed = ", ".join(f"{number:,} {what.replace('_', ' ')}" for what, number in done.removed.items())
    yield f"Forgotten: {done.wanted.told}."
    yield f"Removed: {removed or 'no rows, for there were none'}; the state of scoring, and what waited in ingest."
    if done.left:
        left = ", ".join(f"{number:,} {what.replace('_', ' ')}" for what, number in done.left.items())
        yield f"LEFT: {left}. Something wrote them meanwhile: stop it, and say it again."
    yield "Remains in Kafka:"
    for one in done.remains:
        until = f"until {one.until}" if one.until else "for ever"
        yield f"  {one.topic:<20} {until:<26} {one.what} ({one.setting})"
    yield ELSEWHERE


def as_document(done: Done) -> str:
    """For machines."""
    return json.dumps(
        {
            "forgotten": done.wanted.subject._asdict(),
            "removed": dict(done.removed),
            "left": dict(done.left),
            "remains": [one._asdict() for one in done.remains],
            "not_reached": ELSEWHERE,
        }
    )
