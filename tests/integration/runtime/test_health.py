import socket
from contextlib import closing

import httpx
import pytest

from services.runtime.embedded.ports import is_free
from services.runtime.health import health_server
from services.runtime.server import PortTaken


async def ready() -> str | None:
    return None


async def test_a_process_without_http_of_its_own_serves_health_on_any_free_port():
    async with health_server({"partitions": ready}, "127.0.0.1", 0) as port, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "checks": {"partitions": "ok"}})
    assert is_free(port)


async def test_a_port_that_is_taken_is_named():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} cannot be listened on"):
            async with health_server({}, "127.0.0.1", port):
                pass
