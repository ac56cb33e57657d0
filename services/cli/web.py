"""The API as one application: its own routes, and those of alerts, which know nothing of each other."""

from fastapi import FastAPI

from services.alerts.answers import SHAPES
from services.alerts.mounted import mount
from services.alerts.settings import AlertsBlock
from services.api.app import Mount, run
from services.api.settings import ApiSettings
from services.api.state import ApiState
from services.runtime.settings import read


def with_alerts(block: AlertsBlock) -> Mount:
    """The routes of alerts, as the api mounts them."""

    def install(app: FastAPI, state: ApiState) -> None:
        mount(app, state.engine, state.sender, block)

    return Mount(install, SHAPES)


async def serve() -> None:
    """Serve until told to end. Configured by KIZASHI_* alone."""
    await run(ApiSettings.read(), with_alerts(read(AlertsBlock)))
