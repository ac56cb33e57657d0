"""Reads a scorecard from YAML, and says where it is wrong.

ScorecardRefused   which file and line, which field, what is wrong, and what may have been meant
"""

from hashlib import sha256
from pathlib import Path

from schemas.codec import encode
from schemas.scorecard import Scorecard
from schemas.time import Instant
from services.scoring.lint import LEAST_SILENCE, contradictions
from services.scoring.marked_yaml import Marked, Unclear, read_yaml
from services.scoring.shape import Flaw, shaped


class ScorecardRefused(ValueError):
    """The file is not a scorecard that could be published: a line for every flaw that was found."""


def read_scorecard(path: Path, least_silence: Instant = LEAST_SILENCE) -> Scorecard:
    """The scorecard in a file, whose silence rules wait for so long at least. Raises ScorecardRefused."""
    try:
        marked = read_yaml(path.read_text(encoding="utf-8"))
    except OSError as unreadable:
        msg = f"{path}: {unreadable.strerror}"
        raise ScorecardRefused(msg) from unreadable
    except UnicodeDecodeError as unreadable:
        msg = f"{path}: it is not text in UTF-8"
        raise ScorecardRefused(msg) from unreadable
    except Unclear as unclear:
        msg = f"{path}:{unclear.line}: {unclear}"
        raise ScorecardRefused(msg) from unclear
    scorecard, flaws = shaped(marked.value)
    if scorecard is not None:
        flaws = list(contradictions(scorecard, least_silence))
    if scorecard is None or flaws:
        raise ScorecardRefused("\n".join(_sentence(path, marked, flaw) for flaw in flaws))
    return scorecard


def _sentence(path: Path, marked: Marked, flaw: Flaw) -> str:
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in flaw.path).removeprefix(".")
    return f"{path}:{marked.line(flaw.path)}: {field}: {flaw.what}" if field else f"{path}: {flaw.what}"


def digest_of(scorecard: Scorecard) -> str:
    """SHA-256 of the scorecard's canonical JSON: the same for files that differ only in comments and layout."""
    return sha256(encode(scorecard)).hexdigest()
