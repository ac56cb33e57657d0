"""Whether a worker is ready: it owns partitions or waits for some, and what it reads gets committed."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from services.runtime.health import Check

if TYPE_CHECKING:
    from services.scoring.worker import Worker

STALLED_SECONDS = 30.0  # six flushes


def checks(worker: "Worker") -> Mapping[str, Check]:
    """The checks of /readyz."""

    async def partitions() -> str | None:
        app = worker.app
        if app is None or not app.started or not app.has_joined:
            return "joining the other workers"
        if app.rebalancing or app.in_recovery:
            unread = app.unread_changelog
            return "rebalancing" if app.rebalancing else f"reading the changelog: {unread:,} records to go"
        return None

    async def commits() -> str | None:
        now = asyncio.get_running_loop().time()
        stalled = [
            str(number)
            for number, owned in sorted(worker.owned.items())
            if owned.behind_since is not None and now - owned.behind_since > STALLED_SECONDS
        ]
        return f"partitions {', '.join(stalled)}: no commit for {STALLED_SECONDS:g} s" if stalled else None

    return {"partitions": partitions, "commits": commits}
