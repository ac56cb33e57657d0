"""`kizashi ingest|scoring|api`: one service in the foreground, as `kizashi up` starts it and as production runs it."""

import runpy


def ingest() -> None:
    """Run the front door for events. Configured by KIZASHI_* alone."""
    runpy.run_module("services.ingest", run_name="__main__")


def scoring() -> None:
    """Run one scoring worker; start more of them to share the accounts. Configured by KIZASHI_* alone."""
    runpy.run_module("services.scoring", run_name="__main__")


def api() -> None:
    """Run the API, with the routes of alerts, and the projection of scores. Configured by KIZASHI_* alone."""
    from services.cli import web
    from services.runtime import logs, loop

    logs.set_up("api")
    loop.run(web.serve())
