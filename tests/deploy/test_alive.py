import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ALIVE = Path(__file__).parents[2] / "deploy" / "alive.py"
SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[1]) if self.path == "/livez" else 404)
        self.end_headers()

server = HTTPServer(("127.0.0.1", 0), Answer)
print(server.server_port, flush=True)
server.serve_forever()
"""  # in a process of its own: tests outside integration/ open no socket


@contextmanager
def service(answering: int) -> Iterator[str]:
    """The port of something that answers `/livez` with a status."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(answering)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def exit_code(port: str) -> int:
    nobody = "1"  # a port that nobody listens on
    others = dict.fromkeys(("KIZASHI_API_PORT", "KIZASHI_SCORING_PORT", "KIZASHI_ALERTS_PORT"), nobody)
    environment = {"KIZASHI_INGEST_PORT": port, **others}
    return subprocess.run([sys.executable, ALIVE], env=environment, check=False).returncode


@pytest.mark.parametrize(("answering", "code"), [(200, 0), (500, 1)], ids=["alive", "in trouble"])
def test_the_one_service_of_a_container_says_how_it_is(answering: int, code: int):
    with service(answering) as port:
        assert exit_code(port) == code


def test_where_nobody_listens_nobody_is_alive():
    assert exit_code("1") == 1
