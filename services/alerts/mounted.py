"""The routes of alerts in somebody else's application."""

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.alerts.routes import accounts, alerts, settings, webhooks
from services.alerts.settings import AlertsBlock
from services.alerts.state import AlertsState
from services.runtime.sender import Sender


def mount(app: FastAPI, engine: AsyncEngine, sender: Sender, block: AlertsBlock) -> None:
    """Add the routes; the application has its key ring in `state.keys`, and a sender that runs beside it."""
    app.state.alerts = AlertsState(
        engine=engine, sender=sender, manner=block.manner, private_addresses=block.private_addresses
    )
    for module in (alerts, accounts, webhooks, settings):
        app.include_router(module.router)
