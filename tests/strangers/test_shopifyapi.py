"""ShopifyAPI, Shopify's own Python client: REST with pages, and GraphQL."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.strangers.store import Store

SCRIPT = Path(__file__).with_name("ask_shopifyapi.py")


@pytest.fixture(scope="module")
def answers(store: Store, installed: Callable[[str], Path]) -> dict[str, Any]:
    python = str(installed("shopifyapi") / "python")
    done = subprocess.run(
        [python, str(SCRIPT), store.token],
        env=store.env,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_shop(answers: dict[str, Any], truth: duckdb.DuckDBPyConnection) -> None:
    shop = answers["shop"]
    found = (shop["id"], shop["name"], shop["myshopify_domain"], shop["currency"])
    expected = "SELECT id, name, myshopify_domain, currency_code FROM shop"
    assert [found] == truth.execute(expected).fetchall()


def test_pages_of_orders(answers: dict[str, Any], truth: duckdb.DuckDBPyConnection) -> None:
    expected = truth.execute(
        "SELECT id, name, (SELECT count(*) FROM line_items l WHERE l.order_id = o.id)"
        " FROM orders o ORDER BY id"
    ).fetchall()
    assert sorted(map(tuple, answers["orders"])) == expected
    assert answers["pages"] == -(-len(expected) // 250) > 1


def test_products(answers: dict[str, Any], truth: duckdb.DuckDBPyConnection) -> None:
    expected = truth.execute("SELECT id, title FROM products ORDER BY id").fetchall()
    assert sorted(map(tuple, answers["products"])) == expected
    product, variants = answers["one"]
    assert truth.execute(
        f"SELECT count(*) FROM product_variants WHERE product_id = {product}"
    ).fetchall() == [(variants,)]


def test_graphql(answers: dict[str, Any], truth: duckdb.DuckDBPyConnection) -> None:
    expected = truth.execute(
        "SELECT 'gid://shopify/Order/' || id, name FROM orders ORDER BY processed_at, id LIMIT 3"
    ).fetchall()
    nodes = answers["graphql"]["data"]["orders"]["nodes"]
    assert [(each["id"], each["name"]) for each in nodes] == expected
