"""Metrics of any process, and how they are shown.

Each service has a `metrics.py` of its own with names `kizashi_<service>_…`, units in the name, help texts, and enums
for labels. All are in prometheus_client's process-wide registry, so a metric is made once, at import, at module level.
"""

import sys
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CONTENT_TYPE_LATEST, Info, generate_latest
from starlette.requests import Request
from starlette.responses import Response


def own_version() -> str:
    """The version of Kizashi that runs; "0" in a checkout that was not installed."""
    try:
        return version("kizashi")
    except PackageNotFoundError:
        return "0"


BUILD = Info("kizashi_build", "Which version runs, on which Python.")
BUILD.info({"version": own_version(), "python": sys.version.split()[0]})


async def show_metrics(_: Request) -> Response:
    """Everything in the registry, as Prometheus reads it."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
