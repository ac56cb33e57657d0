"""Looks after what time alone does: snoozes run out, cooldowns are over, incidents and mutes end."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final, NoReturn

from sqlalchemy.ext.asyncio import AsyncEngine

from services.alerts.core.wake import wake
from services.alerts.hearing import Manner, Minutes, surroundings
from services.alerts.looking import look_for_ever
from services.alerts.metrics import SAID
from services.alerts.queries import work
from services.runtime.database import transaction

_PAUSE_SECONDS: Final = 1.0
_AT_ONCE: Final = 500


class Waker:
    """Looks for as long as it runs, any number of them side by side."""

    def __init__(self, engine: AsyncEngine, manner: Manner, now: Callable[[], datetime], said: asyncio.Event) -> None:
        self._said = said  # rung when something was
        self._engine = engine
        self._manner = manner
        self._now = now

    async def run(self) -> NoReturn:
        """Look until cancelled, through outages of the database."""
        await look_for_ever(self.look, "waking", _PAUSE_SECONDS)

    async def look(self) -> int:
        """Wake what is due by the log's clock; how many alerts that were."""
        async with transaction(self._engine) as connection:
            now = await work.stream_time(connection)
            if now is None:
                return 0
            due = await work.waking_alerts(connection, now, _AT_ONCE)
            if not due:
                return 0
            around = await surroundings(connection, self._manner, {one.condition.account_id for one in due}, now)
            minutes = Minutes()
            for alert in due:
                found = wake(alert, now, around.around(alert.condition.account_id))
                if found is not None:
                    minutes.take(found, f"{alert.id} {now}")
            await minutes.write(connection, self._manner, self._now())
        SAID.inc(len(minutes.said))
        if minutes.said:
            self._said.set()
        return len(due)
