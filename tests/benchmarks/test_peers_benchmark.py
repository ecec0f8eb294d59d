"""What the comparison with other clients rests on: the way to the store, and the counting."""

import ssl
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from benchmarks.measure import BenchmarkError
from benchmarks.peers import run_pipe
from benchmarks.strangers.https import HOST, Authority, proxy


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.new(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def way(authority: Authority) -> Iterator[str]:
    """The address of a proxy in front of a server with that certificate."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.server)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        with proxy(server.server_address[1]) as address:
            yield address
        server.shutdown()
        thread.join()


def test_a_shop_is_reached_by_its_name(way: str, authority: Authority) -> None:
    answer = requests.get(
        f"https://{HOST}/", proxies={"https": way}, verify=str(authority.ca), timeout=30
    )
    assert answer.text == "hello"


def test_nobody_else_trusts_it(way: str) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{HOST}/", proxies={"https": way}, timeout=30)


@pytest.mark.parametrize(
    "address",
    ["https://example.com/", "https://myshopify.com.example.com/", f"https://{HOST}:444/"],
)
def test_the_proxy_leads_nowhere_else(address: str, way: str, authority: Authority) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        requests.get(address, proxies={"https": way}, verify=str(authority.ca), timeout=30)


def test_the_proxy_takes_connections_only(way: str) -> None:
    assert requests.get(f"http://{HOST}/", proxies={"http": way}, timeout=30).status_code == 403


def test_processor_time_is_that_of_all_processes_of_a_pipe(tmp_path: Path) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\n"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    commands = [[sys.executable, "-c", child], [sys.executable, "-c", burn]]
    assert run_pipe(commands, {}, tmp_path) >= 0.6


def test_a_pipe_hands_on_what_the_first_wrote(tmp_path: Path) -> None:
    taken = "import sys; sys.exit(sys.stdin.read() != 'through\\n')"
    run_pipe(
        [[sys.executable, "-c", "print('through')"], [sys.executable, "-c", taken]], {}, tmp_path
    )


def test_a_failure_anywhere_in_a_pipe_is_one(tmp_path: Path) -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('out of luck')"]
    with pytest.raises(BenchmarkError, match="out of luck"):
        run_pipe([failing, [sys.executable, "-c", "import sys; sys.stdin.read()"]], {}, tmp_path)
