"""The jars of the embedded Kafka: fetched once, checked against committed SHA-256 sums at every start."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext

from services.runtime.embedded.refusals import JarMismatch, JarsUnreachable

SUMS: Final = Path(__file__).with_name("kafka-jars.sha256")
_AT_ONCE = 8  # downloads; most of the time goes into waiting for answers
_TIMEOUT_SECONDS = 60  # for a server to say something

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Jar:
    """One file of a Maven repository."""

    path: PurePosixPath  # group/as/folders/artifact/version/file.jar
    sha256: str

    @property
    def coordinates(self) -> tuple[str, str, str]:
        """Group, artifact and version."""
        *group, artifact, version, _ = self.path.parts
        return ".".join(group), artifact, version


def wanted(sums: Path = SUMS) -> tuple[Jar, ...]:
    """The jars of the committed list, which has the format of `sha256sum`."""
    lines = (line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines())
    return tuple(Jar(PurePosixPath(path), sha256) for sha256, path in lines)


def available(jars: Sequence[Jar], cache: Path, report: Report, repository: str | None = None) -> list[Path]:
    """The paths of all `jars` in `cache`, each verified; those that are missing or damaged are fetched.

    Offline once all are there. Raises JarsUnavailable.
    """
    missing = [jar for jar in jars if _sum_of(cache / jar.path) != jar.sha256]
    if missing:
        _fetch(missing, cache, report, repository or MAVEN_CENTRAL_URL)
    return [cache / jar.path for jar in jars]


def _fetch(jars: Sequence[Jar], cache: Path, report: Report, repository: str) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    # Into a folder of our own first: a download cut short, or a second start at the same time, leaves no half jar.
    with (
        tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as folder,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        maven = MavenContext(
            repo_cache=Path(folder),
            local_repos=[],
            remote_repos={"repository": repository},
            timeout=_TIMEOUT_SECONDS,
        )
        report(f"Kafka: fetching {len(jars)} jars from {repository}")
        arrivals = pool.map(lambda jar: (jar, _fetched(maven, jar)), jars)
        try:
            for number, (jar, path) in enumerate(arrivals, start=1):
                _accept(jar, path, cache)
                report(f"Kafka: {number} of {len(jars)} jars")
        finally:
            pool.shutdown(cancel_futures=True)  # on Ctrl-C, too, nothing more is begun


def _fetched(maven: MavenContext, jar: Jar) -> Path:
    group, artifact, version = jar.coordinates
    try:
        return maven.project(group, artifact).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as problem:  # no network is an OSError, a 404 a RuntimeError
        msg = (
            f"{jar.path.name} could not be fetched ({problem}). The embedded Kafka needs its jars once, "
            "about 45 MB: connect to the internet for the first start, set KIZASHI_MAVEN_REPOSITORY to a "
            "mirror of Maven Central, or use a Kafka of your own with KIZASHI_KAFKA_BOOTSTRAP_SERVERS."
        )
        raise JarsUnreachable(msg) from problem


def _accept(jar: Jar, path: Path, cache: Path) -> None:
    found = _sum_of(path)
    if found != jar.sha256:
        msg = (
            f"{jar.path.name} was fetched with SHA-256 {found}, but {jar.sha256} is expected: it was "
            "changed on its way, or by a proxy or mirror. It has not been kept."
        )
        raise JarMismatch(msg)
    target = cache / jar.path
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)


def _sum_of(path: Path) -> str | None:
    """The SHA-256 of a file, or None if there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
