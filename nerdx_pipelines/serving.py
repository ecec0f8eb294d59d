"""Running an ASGI application on a socket until the process is told to stop.

What it answers, and on which port, is its package's part.
"""

import signal
import socket
from collections.abc import Callable

import uvicorn


def run(config: uvicorn.Config, listener: socket.socket, ready: Callable[[], None]) -> bool:
    """Serve until SIGTERM or SIGINT, calling `ready` once it answers; whether it ever did."""
    # uvicorn raises the signal that stopped it again once it is down; that is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server = _Server(config, ready)
    server.run(sockets=[listener])
    return server.started


def listening(host: str, port: int, backlog: int) -> socket.socket:
    """A socket that listens there (port 0: any). Raises OSError or OverflowError if it cannot."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(backlog)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
