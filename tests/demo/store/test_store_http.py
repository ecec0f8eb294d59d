"""The HTTP surface, and the process that serves it."""

import json
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.errors import ConfigError
from tests.demo.store.demo_shop import TOKEN, Client, write_store

SHOP = "{ shop { id } }"


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("2026-10", "2026-10"),
        ("2026-01", "2026-01"),
        ("unstable", "unstable"),
        ("2027-01", "2027-01"),
        ("2025-01", "2026-01"),
        ("2019-04", "2026-01"),
    ],
)
def test_versions_fall_forward(client: Client, asked: str, served: str) -> None:
    response = Client(client.url, version=asked).post(SHOP)
    assert response.json()["data"] == {"shop": {"id": "gid://shopify/Shop/42"}}
    assert response.headers["X-Shopify-API-Version"] == served
    uuid.UUID(response.headers["X-Request-Id"])


@pytest.mark.parametrize("version", ["2026-11", "2030-01", "2018-10", "latest"])
def test_versions_that_never_were(client: Client, version: str) -> None:
    response = Client(client.url, version=version).post(SHOP)
    assert (response.status_code, response.json()) == (404, {"errors": "Not Found"})


def test_without_a_version_the_oldest_answers(client: Client) -> None:
    response = client.session.post(
        f"{client.url}/admin/api/graphql.json",
        data=SHOP,
        headers={"Content-Type": "application/graphql"},
        timeout=10,
    )
    assert response.json()["data"] == {"shop": {"id": "gid://shopify/Shop/42"}}
    assert response.headers["X-Shopify-API-Version"] == "2026-01"


@pytest.mark.parametrize("token", [None, "", "shpat_wrong", "é".encode().decode("latin-1")])
@pytest.mark.parametrize(
    "path", ["/admin/api/2026-10/graphql.json", "/admin/oauth/access_scopes.json"]
)
def test_a_wrong_token_is_refused(client: Client, token: str | None, path: str) -> None:
    method = "GET" if "oauth" in path else "POST"
    headers = {} if token is None else {"X-Shopify-Access-Token": token}
    response = requests.request(method, client.url + path, headers=headers, timeout=10)
    assert response.status_code == 401
    assert response.json() == {
        "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
    }


def test_access_scopes(client: Client) -> None:
    found = client.session.get(f"{client.url}/admin/oauth/access_scopes.json", timeout=10).json()
    scopes = client.data("{ currentAppInstallation { accessScopes { handle } } }")
    assert found["access_scopes"] == scopes["currentAppInstallation"]["accessScopes"]
    assert {"handle": "read_all_orders"} in found["access_scopes"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[]", b"{}", b'{"query": 1}', b'{"query": "{a}", "variables": 1}']
)
def test_bodies_without_a_query(client: Client, body: bytes) -> None:
    response = client.session.post(
        f"{client.url}/admin/api/2026-10/graphql.json",
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{ nonsense }",
        "query a { shop { id } } query b { shop { id } }",
        "query($id: ID!) { order(id: $id) { id } }",
        "query($n: Int!) { orders(first: $n) { nodes { id } } }",
        "{ shop { id } } fragment unused on Shop { id }",
        "subscription { shop { id } }",
    ],
)
def test_invalid_graphql_is_an_error_in_http_200(client: Client, query: str) -> None:
    response = client.post(query)
    assert response.status_code == 200
    assert response.json()["errors"]
    assert response.json().get("data") is None


def test_many_clients_at_once(client: Client) -> None:
    query = "{ orders(first: 50) { nodes { id lineItems(first: 5) { nodes { id } } } } }"
    expected = client.data(query)
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: Client(client.url).data(query), range(24))
    assert all(answer == expected for answer in answers)


def test_a_file_that_is_not_a_store(tmp_path: Path) -> None:
    for name in ("missing.duckdb", "garbage.duckdb"):
        if name.startswith("garbage"):
            (tmp_path / name).write_text("not a database")
        with pytest.raises(ConfigError, match=name):
            create_app(tmp_path / name, token=TOKEN, files_dir=tmp_path)


SERVE = """
import sys
from pathlib import Path
from nerdx_pipelines.demo.store import serve
serve(Path(sys.argv[1]), port=int(sys.argv[2]), token="t", files_dir=Path(sys.argv[3]),
      ready=lambda url: print(url, flush=True))
"""


@pytest.fixture
def serving(tmp_path: Path) -> Any:
    store_path = write_store(tmp_path / "store.duckdb")
    started: list[subprocess.Popen[str]] = []

    def start(port: int) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-c", SERVE, str(store_path), str(port), str(tmp_path)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_until_a_signal(
    serving: Callable[[int], tuple[subprocess.Popen[str], str]], number: signal.Signals
) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        process, url = serving(taken)
    assert int(url.rsplit(":", 1)[-1]) > taken
    headers = {"X-Shopify-Access-Token": "t", "Content-Type": "application/json"}
    with requests.Session() as session:  # keeps its connection open across the signal
        answer = session.post(
            f"{url}/admin/api/2026-10/graphql.json",
            data=json.dumps({"query": SHOP}),
            headers=headers,
            timeout=10,
        )
        assert answer.status_code == 200
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
