"""The strictness of the test run itself: each promise of pyproject.toml and tests/conftest.py seen to fail a test."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PLANTED = {
    "tests/services/test_unit.py": """
        import socket, warnings
        import pytest

        def test_opens_a_socket():
            socket.socket()

        def test_may_have_a_pair_of_unix_sockets():
            for end in socket.socketpair():
                end.close()

        def test_warns():
            warnings.warn("old")

        @pytest.mark.xfail
        def test_passes_though_it_should_not():
            pass

        async def test_needs_no_marker_to_be_awaited():
            pass
    """,
    "tests/integration/test_real.py": """
        import socket
        import pytest

        def test_is_marked(request):
            assert request.node.get_closest_marker("integration")

        def test_reaches_this_machine():
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname()).close()

        def test_reaches_another_machine():
            socket.create_connection(("192.0.2.1", 9), timeout=0.1)

        @pytest.mark.soak
        def test_is_not_run_unless_asked_for():
            assert False
    """,
    "services/scoring/core/days.py": '''
        def following(day):
            """
            >>> following(1)
            3
            """
            return day + 1
    ''',
}


def test_the_run_fails_what_it_should_and_passes_the_rest(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests/conftest.py", tmp_path / "tests")
    for path, source in PLANTED.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        lines = source.splitlines()
        (tmp_path / path).write_text("\n".join(line.removeprefix(" " * 8) for line in lines))
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    outcomes = {}
    for line in found.splitlines():
        outcome, _, rest = line.partition(" ")
        if outcome in ("PASSED", "FAILED"):
            outcomes[rest.split(" - ")[0].rpartition("::")[2]] = outcome
    assert outcomes == {
        "test_opens_a_socket": "FAILED",
        "test_may_have_a_pair_of_unix_sockets": "PASSED",
        "test_warns": "FAILED",
        "test_passes_though_it_should_not": "FAILED",
        "test_needs_no_marker_to_be_awaited": "PASSED",
        "test_is_marked": "PASSED",
        "test_reaches_this_machine": "PASSED",
        "test_reaches_another_machine": "FAILED",
        "services.scoring.core.days.following": "FAILED",
    }, found


def test_a_marker_nobody_declared_stops_the_run(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_it.py").write_text("import pytest\n\n@pytest.mark.fautls\ndef test_it(): pass\n")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "'fautls' not found in `markers`" in found
