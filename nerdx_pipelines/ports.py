"""Choosing a TCP port on loopback."""

import socket
from contextlib import closing


def free_port(wanted: int, host: str = "127.0.0.1") -> int:
    """`wanted` if nothing listens there, else the next free one within a hundred, else any."""
    for port in [*range(wanted, wanted + 100), 0]:
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port on {host}")
