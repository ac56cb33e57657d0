"""Looks again and again at what time alone changes, through outages of the database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

from services.alerts.metrics import FAILURES

logger = logging.getLogger(__name__)


async def look_for_ever(look: Callable[[], Awaitable[object]], what: str, pause_seconds: float) -> NoReturn:
    """Look until cancelled, with a pause after each look. `what` is named in the log when a look fails."""
    while True:
        try:
            await look()
        except (SQLAlchemyError, OSError) as away:
            FAILURES.inc()
            logger.warning("%s interrupted", what, extra={"error": type(away).__name__})
        await asyncio.sleep(pause_seconds)
