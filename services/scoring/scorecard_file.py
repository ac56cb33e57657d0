"""Reads a scorecard from YAML, and says where it is wrong.

ScorecardRefused   which file, which field, what is wrong
"""

from hashlib import sha256
from pathlib import Path

import msgspec
import yaml

from schemas.codec import encode
from schemas.scorecard import Scorecard
from services.scoring.core.card import UnknownSignal, card_of


class ScorecardRefused(ValueError):
    """The file is not a scorecard that could be published."""


def read_scorecard(path: Path) -> Scorecard:
    """The scorecard in a file. Raises ScorecardRefused."""
    try:
        scorecard = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Scorecard)
        card_of(scorecard, version=1, digest="")
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError, UnknownSignal) as flaw:
        msg = f"{path}: {flaw}"
        raise ScorecardRefused(msg) from flaw
    return scorecard


def digest_of(scorecard: Scorecard) -> str:
    """SHA-256 of the scorecard's canonical JSON: the same for files that differ only in comments and layout."""
    return sha256(encode(scorecard)).hexdigest()
