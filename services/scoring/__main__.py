"""`python -m services.scoring`, or `kizashi scoring`: one worker in the foreground."""

import logging

from services.runtime import collector, loop
from services.runtime.logs import set_up
from services.scoring import faust_internals
from services.scoring.app import main


def run() -> None:
    """Run the service until it is told to stop."""
    set_up("scoring")
    logging.getLogger(faust_internals.__name__).setLevel(logging.WARNING)  # Faust's own info, by classes of ours
    collector.spare()
    loop.run(main())


if __name__ == "__main__":
    run()
