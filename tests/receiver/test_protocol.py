"""Senders that never come to the point: they are cut off, and nothing of theirs is kept."""

import pytest

from nerdx_pipelines.receiver.protocol import BoundedProtocol
from tests.receiver.conftest import Start
from tests.receiver.running import Receiver, request, status_of

MEGABYTES = 20
START = b"POST /v1/track HTTP/1.1\r\nHost: x\r\n"
BODY = b'{"id": 1}'


class HastyProtocol(BoundedProtocol):
    patience_s = 0.2


def chunked(body: bytes = BODY) -> bytes:
    """A signed webhook in chunks of one byte, without the end of its trailers."""
    head = request(body, Transfer_Encoding="chunked").partition(b"\r\n\r\n")[0]
    length = f"\r\nContent-Length: {len(body)}".encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    return head.replace(length, b"") + b"\r\n\r\n" + chunks + b"0\r\n"


@pytest.mark.parametrize(
    ("start", "endless"),
    [
        (START + b"X-Long: ", b"x" * 10_000),
        (START, b"X-Short: x\r\n" * 800),
        (b"POST /", b"x" * 10_000),
        (chunked() + b"X-Trailer: ", b"x" * 10_000),
        (chunked(), b"X-Trailer: x\r\n" * 800),
        (chunked().rpartition(b"0\r\n")[0] + b"1;", b"x" * 10_000),
    ],
)
def test_what_comes_beside_a_body_has_an_end(
    receiver: Receiver, start: bytes, endless: bytes
) -> None:
    sent = 0
    with receiver.connect() as connection, pytest.raises(OSError, match=r"Broken pipe|reset"):
        connection.sendall(start)
        while sent < MEGABYTES * 2**20:
            connection.sendall(endless)
            sent += len(endless)
    assert receiver.webhook(BODY).ok


def test_long_headers_short_chunks_and_many_requests_are_taken(receiver: Receiver) -> None:
    with receiver.connect() as connection:
        for _ in range(5):
            connection.sendall(request(BODY, X_Long="x" * 30_000))
            assert status_of(connection) == 200
            connection.sendall(chunked(b'{"pad": "%s"}' % (b"x" * 20_000)) + b"\r\n")
            assert status_of(connection) == 200
        connection.sendall(request(BODY) * 3)
        for _ in range(3):
            assert status_of(connection) == 200


@pytest.mark.parametrize("said", [b"", START, b"GET /healthz HTTP/1.1\r\n\r\n" + START])
def test_who_says_nothing_is_not_waited_for(start: Start, said: bytes) -> None:
    receiver = start(protocol=HastyProtocol)
    with receiver.connect() as connection:
        connection.sendall(said)
        while connection.recv(65536):
            pass  # the answer to what was asked, and then the end
