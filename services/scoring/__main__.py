"""`python -m services.scoring`, or `kizashi scoring`: one worker in the foreground."""

import asyncio
import sys

import uvloop

from services.runtime.logs import set_up
from services.runtime.settings import SettingsRefused
from services.scoring.app import main


def run() -> None:
    """Run the service until it is told to stop. Exits with 2 when the environment lacks something."""
    set_up("scoring")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())
    except SettingsRefused as refused:
        sys.exit(f"kizashi scoring: {refused}")


if __name__ == "__main__":
    run()
