"""The health check of the image: whether the one service that runs in this container answers `/livez`.

Exit 0 if it does, 1 if it does not. Which service it is, its port says: the others have nobody listening.
"""

# ruff: noqa: INP001 - run by its path

import os
import sys
from urllib.request import urlopen

PORTS = {
    "KIZASHI_API_PORT": "8600",
    "KIZASHI_INGEST_PORT": "8601",
    "KIZASHI_SCORING_PORT": "8602",
    "KIZASHI_ALERTS_PORT": "8620",
}


def is_alive(port: str) -> bool:
    """Whether something on this port says that it lives."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/livez", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - OK
    except OSError:  # nobody listens, or answers in time, or it is an error that is answered
        return False


if __name__ == "__main__":
    ports = [os.environ.get(name, default) for name, default in PORTS.items()]
    sys.exit(0 if any(map(is_alive, ports)) else 1)
