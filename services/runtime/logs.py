"""One log line format for all processes: logfmt, UTC, an event and its fields.

2026-11-22T01:02:03.456Z level=info service=scoring event="partition recovered" partition=3
"""

import logging
import sys
from typing import TextIO

from typing_extensions import override

from schemas.time import iso

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_NOISY = ("aiokafka", "asyncio", "faust", "httpx", "httpcore", "mode", "uvicorn")
_QUIET_SECONDS = 60.0
_MOST_SAID = 1_000  # different messages remembered


class Logfmt(logging.Formatter):
    """Writes a record as one line; what was given as `extra` becomes fields."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    @override
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        pairs = (f"{name}={_quoted(value)}" for name, value in fields.items())
        return f"{iso(int(record.created * 1000))} {' '.join(pairs)}"


class Seldom(logging.Filter):
    """Lets what a library says again and again through once a minute; the next time it tells how often it was said.

    While Kafka is away its client says so two hundred times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}  # when it was let through, and what came since

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in _NOISY:
            return True
        what = record.name, record.getMessage()
        let_through, since = self._said.get(what, (float("-inf"), 0))
        if record.created - let_through < _QUIET_SECONDS:
            self._said[what] = let_through, since + 1
            return False
        if since:
            record.repeated = since
        if len(self._said) >= _MOST_SAID:
            self._said.clear()
        self._said[what] = record.created, 0
        return True


def set_up(service: str, level: str = "INFO", stream: TextIO = sys.stdout) -> None:
    """Send every logger of this process to `stream`, in the one format."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Logfmt(service))
    handler.addFilter(Seldom())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NOISY:  # their info is our debug
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)  # noqa: FBT003 - the standard library's signature


def _quoted(value: object) -> str:
    text = str(value)
    if text and not any(character in ' ="\\' or not character.isprintable() for character in text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
