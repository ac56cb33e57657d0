"""`python -m services.api`: the api in the foreground."""

import asyncio

import uvloop

from services.api.app import run
from services.api.settings import ApiSettings
from services.runtime import logs

if __name__ == "__main__":
    logs.set_up("api")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(ApiSettings.read()))
