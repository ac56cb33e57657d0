"""What is said of a version that has been published."""

from typing import TYPE_CHECKING, Any

import msgspec
import typer

if TYPE_CHECKING:
    from services.scoring.queries import Published


def told(version: "Published", *, as_json: bool) -> None:
    """Say which version is in force now."""
    if as_json:
        typer.echo(msgspec.json.encode(row(version)))
    else:
        typer.echo(f"Version {version.version} ({version.scorecard.name}, {version.hash[:8]}) is in force.")


def row(version: "Published") -> dict[str, Any]:
    """A version for machines."""
    return {
        "version": version.version,
        "name": version.scorecard.name,
        "hash": version.hash,
        "published_at": version.published_at,
        "published_by": version.published_by,
        "waiver": version.waiver,
        "is_complete": version.complete_at is not None,
    }
