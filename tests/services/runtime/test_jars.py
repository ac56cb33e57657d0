"""The jars of the embedded Kafka, with a Maven repository that is a fake: no test of this folder opens a socket."""

import hashlib
from pathlib import Path, PurePosixPath

import pytest

from services.runtime.embedded import jars
from services.runtime.embedded.jars import Jar, available, wanted
from services.runtime.embedded.refusals import JarMismatch, JarsUnreachable

CONTENT = b"a jar"
JAR = Jar(PurePosixPath("org/example/thing/1.0/thing-1.0.jar"), hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> dict[PurePosixPath, bytes]:
    """What the repository has, by path."""
    content: dict[PurePosixPath, bytes] = {}

    def fetched(maven, jar: Jar) -> Path:
        if jar.path not in content:
            raise JarsUnreachable(str(jar.path))
        path: Path = maven.repo_cache / "fetched.jar"
        path.write_bytes(content[jar.path])
        return path

    monkeypatch.setattr(jars, "_fetched", fetched)
    return content


def test_the_committed_list_names_kafka_and_every_sum_is_one():
    listed = wanted()
    assert ("org.apache.kafka", "kafka_2.13", "4.3.1") in {jar.coordinates for jar in listed}
    assert all(len(jar.sha256) == 64 for jar in listed)


def test_a_jar_is_fetched_once_and_then_nothing_is_needed(tmp_path: Path, repository: dict[PurePosixPath, bytes]):
    repository[JAR.path] = CONTENT
    assert available([JAR], tmp_path, lambda _: None) == [tmp_path / JAR.path]
    repository.clear()
    assert available([JAR], tmp_path, lambda _: None) == [tmp_path / JAR.path]
    assert (tmp_path / JAR.path).read_bytes() == CONTENT


def test_a_jar_that_is_not_the_committed_one_is_refused_and_not_kept(
    tmp_path: Path, repository: dict[PurePosixPath, bytes]
):
    repository[JAR.path] = b"something else"
    with pytest.raises(JarMismatch, match=f"but {JAR.sha256} is expected"):
        available([JAR], tmp_path, lambda _: None)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_jar_damaged_in_the_cache_is_fetched_again(tmp_path: Path, repository: dict[PurePosixPath, bytes]):
    repository[JAR.path] = CONTENT
    available([JAR], tmp_path, lambda _: None)
    (tmp_path / JAR.path).write_bytes(b"half a")
    available([JAR], tmp_path, lambda _: None)
    assert (tmp_path / JAR.path).read_bytes() == CONTENT
