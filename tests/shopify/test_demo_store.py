"""The client against the demo store as it is served: its tokens, scopes and bucket of points."""

import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.scopes import granted
from nerdx_pipelines.shopify.transport.auth import ClientCredentials
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import TOKEN, running, write_store

APP = ("app-1", "shpss_secret")
ORDERS = """query($first: Int!) {
    orders(first: $first) { nodes { id lineItems(first: 9) { nodes { id } } } }
}"""


def app(tmp_path: Path, **choices: object):
    store = write_store(tmp_path / "store.duckdb")
    return create_app(store, token=TOKEN, files_dir=tmp_path / "bulk", client=APP, **choices)


def test_tokens_and_scopes(tmp_path: Path):
    scopes = frozenset({"write_products", "read_orders"})
    with running(app(tmp_path, scopes=scopes)) as url:
        file = tmp_path / "shopify-token"
        source = ClientCredentials(url, APP[0], SecretStr(APP[1]), file)
        client = ShopifyClient(url, source, "2026-10")
        assert granted(client) == scopes | {"read_products"}
        again = ClientCredentials(url, APP[0], SecretStr(APP[1]), file)
        assert again.token() == source.token()
        refused = source.token()
        assert source.renew(refused)
        assert client.execute(operation("shop", "Shop"))["shop"]["currencyCode"] == "AUD"
        wrong = ClientCredentials(url, APP[0], SecretStr("other"), file)
        with pytest.raises(ShopifyError, match=r"not valid\): check SHOPIFY_CLIENT_ID"):
            wrong.token()


def test_its_bucket_is_never_overdrawn(tmp_path: Path):
    with running(app(tmp_path, bucket=200, restore=1000)) as url:
        client = ShopifyClient(url, SecretStr(TOKEN), "2026-10")
        done = []

        def work() -> None:
            for first in (40, 20, 10) * 4:
                done.append(client.execute(ORDERS, {"first": first}))

        threads = [threading.Thread(target=work) for _ in range(4)]
        client.execute(ORDERS, {"first": 40})  # the dearest: nobody can know it before
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(done) == 48
        assert client.stats.throttled == 0
        assert client.stats.seconds_waited > 0
