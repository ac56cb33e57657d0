"""A file for what a process says, which does not grow for ever."""

from pathlib import Path
from typing import IO

_LARGEST_BYTES = 16 << 20  # twice that a process: this file and the one before


class LogFile:
    """Appends lines to `path`; when it is full it becomes `path`.1, in place of an older one."""

    def __init__(self, path: Path, largest_bytes: int = _LARGEST_BYTES) -> None:
        self._path = path
        self._largest_bytes = largest_bytes
        self._file: IO[bytes] = path.open("ab")

    def write(self, line: bytes) -> None:
        """Append a line, which ends with a newline."""
        if self._file.tell() + len(line) > self._largest_bytes:
            self._file.close()
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._file = self._path.open("ab")
        self._file.write(line)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
