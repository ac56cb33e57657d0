"""Files that belong to the product but are not Python modules: where they are in a checkout, and in an image."""

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]
_INSTALLED = Path(sys.prefix) / "share" / "kizashi"


class NotShipped(Exception):
    """A file of the product is missing: the installation is broken."""


def shipped(path: str) -> Path:
    """Where `path` (as in the repository, like "deploy/migrations") is here. Raises NotShipped."""
    for root in (_CHECKOUT, _INSTALLED):
        if (root / path).exists():
            return root / path
    msg = f"{path} is neither in {_CHECKOUT} nor in {_INSTALLED}"
    raise NotShipped(msg)
