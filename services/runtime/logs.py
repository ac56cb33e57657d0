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


def set_up(service: str, level: str = "INFO", stream: TextIO = sys.stdout) -> None:
    """Send every logger of this process to `stream`, in the one format."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Logfmt(service))
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
