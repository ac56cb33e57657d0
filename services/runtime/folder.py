"""The data folder of an instance: what is where, who holds it, and whether this version can use it.

FolderRefused
├── AlreadyRunning   another `kizashi up` holds it
└── DiskFull         there is no room to work in
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.runtime.metrics import own_version
from services.runtime.settings import Clock, InstanceSettings

FORMAT: Final = 1  # another number when an older version's folder cannot be used as it is
_LEAST_FREE_BYTES: Final = 512 << 20  # Kafka and PostgreSQL allocate files ahead of use


class FolderRefused(Exception):
    """The folder cannot be used as it is; nothing in it was changed."""


class AlreadyRunning(FolderRefused):
    """An instance runs there."""


class DiskFull(FolderRefused):
    """Not enough room."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where the parts of an instance keep their files."""

    path: Path

    @property
    def kafka(self) -> Path:
        """The embedded Kafka's files."""
        return self.path / "kafka"

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL's files."""
        return self.path / "postgres"

    @property
    def logs(self) -> Path:
        """What each process says: <name>.log."""
        return self.path / "logs"

    @property
    def run_file(self) -> Path:
        """There while an instance runs and is ready."""
        return self.path / "run.json"

    @property
    def keys_file(self) -> Path:
        """The instance's own API keys."""
        return self.path / "keys.json"

    @property
    def identity_file(self) -> Path:
        """Which format the folder has, and whose clock the instance lives by."""
        return self.path / "instance.json"

    @property
    def lock_file(self) -> Path:
        """Locked by the process that runs the instance; it holds that process's number."""
        return self.path / "lock"


@contextmanager
def hold(path: Path, clock: Clock) -> Iterator[DataFolder]:
    """The data folder, made if it is new, for as long as nobody else may run on it. Raises FolderRefused."""
    folder = DataFolder(path.expanduser().resolve())
    check_identity(folder, clock)
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise _unusable(folder.path, refused) from refused
    with _locked(folder):
        check_identity(folder, clock)
        check_disk(folder)
        folder.logs.mkdir(exist_ok=True)
        _keep_identity(folder, clock)
        folder.run_file.unlink(missing_ok=True)  # of an instance that was killed
        yield folder


def holder(folder: DataFolder) -> int | None:
    """The process that runs an instance there, or None."""
    try:
        with folder.lock_file.open("r", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
            return None
    except FileNotFoundError:
        return None


def check_disk(folder: DataFolder) -> None:
    """Raises DiskFull if there is no room to work in."""
    free = shutil.disk_usage(folder.path).free
    if free < _LEAST_FREE_BYTES:
        msg = (
            f"{folder.path} has {free >> 20} MB free, {_LEAST_FREE_BYTES >> 20} MB are needed: make room, or choose a "
            "folder on another disk with --data or KIZASHI_DATA."
        )
        raise DiskFull(msg)


def check_identity(folder: DataFolder, clock: Clock) -> None:
    """Raises FolderRefused if the folder is something else, another version's, or of an instance with another clock."""
    identity = _identity(folder)
    if identity is None:
        strangers = [one.name for one in _entries(folder.path) if one not in (folder.lock_file, folder.logs)]
        if strangers:
            msg = (
                f"{folder.path} is not empty ({', '.join(sorted(strangers)[:3])}) and not a data folder of Kizashi. "
                "Choose another with --data or KIZASHI_DATA; if it is what is left of one, remove it."
            )
            raise FolderRefused(msg)
        return
    if identity["format"] != FORMAT:
        msg = (
            f"{folder.path} was written by Kizashi {identity['version']} in format {identity['format']}; this is "
            f"{own_version()}, which uses format {FORMAT}. Run that version on it, or start anew with --data."
        )
        raise FolderRefused(msg)
    if identity["clock"] == Clock.LIVE and clock is Clock.LOG:
        msg = f"{folder.path} lives by the real clock. An instance with --clock log needs a folder of its own: --data."
        raise FolderRefused(msg)


def with_remembered_clock(settings: InstanceSettings) -> InstanceSettings:
    """The settings, with the clock of the instance that lives in their folder unless another was asked for."""
    identity = _identity(DataFolder(settings.data))
    if identity is None or "clock" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"clock": Clock(str(identity["clock"]))})


def write_privately(file: Path, content: dict[str, object]) -> None:
    """Write JSON that only the owner may read, wholly or not at all."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as output:
        json.dump(content, output, indent=2)
        output.write("\n")
        output.flush()
        os.fsync(output.fileno())
    fresh.replace(file)


@contextmanager
def _locked(folder: DataFolder) -> Iterator[None]:
    """The kernel lets go of the lock when we die, however we die."""
    try:
        file = folder.lock_file.open("a+", encoding="utf-8")
    except OSError as refused:  # another user's folder
        raise _unusable(folder.path, refused) from refused
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            file.seek(0)
            msg = (
                f"an instance already runs on {folder.path} (process {file.read().strip() or 'unknown'}). `kizashi "
                "status` shows it, `kizashi down` ends it; for a second one beside it give another --data and ports."
            )
            raise AlreadyRunning(msg) from taken
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _identity(folder: DataFolder) -> dict[str, object] | None:
    try:
        found = json.loads(folder.identity_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as refused:
        raise _unusable(folder.path, refused) from refused
    except ValueError:
        found = None
    if not isinstance(found, dict) or not {"format", "clock", "version"} <= found.keys():
        msg = (
            f"{folder.identity_file} is damaged. If nothing in {folder.path} is worth keeping, remove that folder; "
            "otherwise restore the file from a backup."
        )
        raise FolderRefused(msg)
    return found


def _keep_identity(folder: DataFolder, clock: Clock) -> None:
    identity = {"format": FORMAT, "version": own_version(), "clock": clock.value}
    if _identity(folder) != identity:
        write_privately(folder.identity_file, dict(identity))


def _entries(path: Path) -> list[Path]:
    try:
        return list(path.iterdir())
    except FileNotFoundError:
        return []
    except OSError as refused:
        raise _unusable(path, refused) from refused


def _unusable(path: Path, refused: OSError) -> FolderRefused:
    return FolderRefused(f"{path} cannot be used: {refused.strerror}. Choose another with --data or KIZASHI_DATA.")
