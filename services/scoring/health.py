"""Whether a worker is ready: it reads, and what it reads gets flushed."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from services.runtime.health import Check

if TYPE_CHECKING:
    from services.scoring.worker import Worker

STALLED_SECONDS = 30.0


def checks(worker: "Worker") -> Mapping[str, Check]:
    """The checks of /readyz."""

    async def partitions() -> str | None:
        app = worker.app
        if app is None or not app.started or not app.has_joined:
            return "joining the other workers"
        if app.rebalancing or app.in_recovery:
            return "rebalancing" if app.rebalancing else "reading the changelog"
        return None

    async def flushes() -> str | None:
        now = asyncio.get_running_loop().time()
        stalled = [
            str(number)
            for number, owned in worker.owned.items()
            if owned.partition.position + 1 > owned.committable and now - owned.flushed_at > STALLED_SECONDS
        ]
        return f"partitions {', '.join(stalled)}: no flush for {STALLED_SECONDS:g} s" if stalled else None

    return {"partitions": partitions, "flushes": flushes}
