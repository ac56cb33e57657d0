"""A network between a worker and its broker, which holds back what is sent and delivers it later."""

import selectors
import socket
import threading
from contextlib import suppress

_POLL_SECONDS = 0.05
_CHUNK = 1 << 18


class Proxy:
    """Passes connections to `port` on to `target`, both on this machine, until it is closed."""

    def __init__(self, port: int, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", port))
        self._peers: dict[socket.socket, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._passes = threading.Event()
        self._passes.set()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def hold(self) -> None:
        """Deliver nothing from now on. What is sent waits in the buffers of the machine; nobody is disconnected."""
        self._passes.clear()

    def release(self) -> None:
        """Deliver what waits, and everything after it."""
        self._passes.set()

    def close(self) -> None:
        """Disconnect everybody."""
        self._closed = True
        self._passes.set()
        self._thread.join()
        for one in [*self._peers, self._listener]:
            one.close()
        self._selector.close()

    def _serve(self) -> None:
        while not self._closed:
            self._passes.wait()
            for key, _ in self._selector.select(_POLL_SECONDS):
                if self._passes.is_set() and isinstance(key.fileobj, socket.socket):
                    self._handle(key.fileobj)

    def _handle(self, ready: socket.socket) -> None:
        if ready is self._listener:
            self._accept()
        elif ready in self._peers:
            self._pass_on(ready)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        for one, other in ((client, server), (server, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, ready: socket.socket) -> None:
        other = self._peers[ready]
        with suppress(OSError):
            received = ready.recv(_CHUNK)
            if received:
                other.sendall(received)
                return
        for one in (ready, other):
            del self._peers[one]
            self._selector.unregister(one)
            one.close()
