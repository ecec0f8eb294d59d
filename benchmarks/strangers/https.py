"""demo.myshopify.com on this machine: a certificate authority and a proxy that knows one way.

For clients that insist on HTTPS and Shopify's host names; needs neither root nor a hosts file.
"""

import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import trustme

SHOP = "demo"
HOST = f"{SHOP}.myshopify.com"
_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass(frozen=True)
class Authority:
    """PEM files: `server` for the store that answers as *.myshopify.com, `ca` for its clients."""

    server: Path
    ca: Path

    @classmethod
    def new(cls, folder: Path) -> "Authority":
        """A certificate authority nobody else trusts, its files in `folder`."""
        made = cls(folder / "server.pem", folder / "ca.pem")
        authority = trustme.CA()
        issued = authority.issue_cert("*.myshopify.com", "127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(made.server)
        authority.cert_pem.write_to_path(made.ca)
        return made


@contextmanager
def proxy(port: int) -> Iterator[str]:
    """A proxy that takes *.myshopify.com:443 to `port` of the loopback and refuses all else."""
    with _Proxy(port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close = True, False

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.port = port


class _Tunnel(socketserver.StreamRequestHandler):
    server: _Proxy
    rbufsize = 0  # not a byte more than the request is read here

    def handle(self) -> None:
        request = self.rfile.readline().split()
        while self.rfile.readline().strip():
            pass
        allowed = len(request) == 3 and request[0] == b"CONNECT"
        if not allowed or not request[1].endswith(b".myshopify.com:443"):
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as store:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(store, self.connection), daemon=True)
            back.start()
            _pump(self.connection, store)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # either side may hang up at any time
        while content := source.recv(1 << 16):
            sink.sendall(content)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def environment(proxy_url: str, ca: Path) -> dict[str, str]:
    """The variables of this process, with which urllib, requests and httpx find that store."""
    inherited = {
        name: value for name, value in os.environ.items() if name.lower() not in _PROXY_VARIABLES
    }
    return inherited | {
        "HTTPS_PROXY": proxy_url,
        "SSL_CERT_FILE": str(ca),
        "REQUESTS_CA_BUNDLE": str(ca),
    }
