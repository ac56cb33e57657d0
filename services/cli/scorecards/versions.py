"""`kizashi scorecard list`: every version, and which partitions are on it."""

from collections import Counter
from collections.abc import Iterable

import typer

from services.cli.options import Data, Json

_SECONDS = 5.0
_VERSION = "kizashi_scoring_scorecard_version"


def list_(*, data: Data = None, as_json: Json = False) -> None:
    """List the published versions, the newest first: when, by whom, and how many partitions score by each now."""
    import asyncio

    import msgspec
    from rich.console import Console
    from rich.table import Table

    from services.cli.scorecards.told import row
    from services.cli.where import where
    from services.scoring.publication import versions

    to = where(data)
    found = asyncio.run(versions(to.database))
    on = partitions_on(to.scoring_urls)
    if as_json:
        typer.echo(msgspec.json.encode([{**row(one), "partitions": on[one.version]} for one in found]))
        return
    table = Table("version", "name", "hash", "published", "by", "partitions", "waiver", box=None)
    for one in found:
        when, by = f"{one.published_at:%Y-%m-%d %H:%M} UTC", one.published_by or "-"
        count = str(on[one.version]) if one.complete_at else f"{on[one.version]} (half done)"
        table.add_row(str(one.version), one.scorecard.name, one.hash[:8], when, by, count, one.waiver or "")
    Console(highlight=False).print(table)


def partitions_on(urls: Iterable[str]) -> Counter[int]:
    """How many partitions score by each version, as the workers say; one that does not answer is left out."""
    import httpx
    from prometheus_client.parser import text_string_to_metric_families

    on: Counter[int] = Counter()
    with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
        for url in urls:
            try:
                text = client.get(f"{url}/metrics").text
            except httpx.TransportError:
                continue
            families = {family.name: family for family in text_string_to_metric_families(text)}
            on.update(int(sample.value) for sample in families[_VERSION].samples if _VERSION in families)
    return on
