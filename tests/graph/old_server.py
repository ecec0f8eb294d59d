"""A server that speaks just enough Bolt to say who it is: any version, without installing it.

It answers every statement with no rows. What real servers do is tested on real ones.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BOLT_4_4 = b"\x00\x00\x04\x04"  # what Neo4j 4.4 and later still speak
HELLO, GOODBYE = 0x01, 0x02


@contextmanager
def server(agent: str, handshake: bytes = BOLT_4_4) -> Iterator[str]:
    """The URI of a server that calls itself `agent` and begins by sending `handshake`."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError, EOFError):
                        _talk(connection, agent, handshake)

        threading.Thread(target=serve, daemon=True).start()
        yield f"bolt://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def _talk(connection: socket.socket, agent: str, handshake: bytes) -> None:
    _exactly(connection, 20)
    connection.sendall(handshake)
    while (message := _message(connection))[1] != GOODBYE:
        about = {"server": agent, "connection_id": "bolt-1"} if message[1] == HELLO else {}
        success = b"\xb1\x70" + bytes([0xA0 + len(about) + 1]) + _text("fields") + b"\x90"
        success += b"".join(_text(key) + _text(value) for key, value in about.items())
        connection.sendall(len(success).to_bytes(2) + success + b"\x00\x00")


def _message(connection: socket.socket) -> bytes:
    message = b""
    while True:
        size = int.from_bytes(_exactly(connection, 2))
        if size == 0 and message:
            return message
        message += _exactly(connection, size)


def _text(text: str) -> bytes:
    return b"\xd0" + bytes([len(text)]) + text.encode()


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data
