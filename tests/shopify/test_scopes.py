"""Scopes: what is granted, what is left out for want of one, and the 60 days of orders."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.scopes import (
    NEEDS,
    check_order_history,
    granted,
    missing_for,
    with_implied,
)
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.shopify.official import VERSIONS, introspection
from tests.shopify.small_shop import SmallShop, serving

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# What the parts that are pulled read first, in the official schema's words.
TYPES = {
    "products": "Product",
    "unit_costs": "InventoryItem",
    "inventory": "InventoryLevel",
    "customers": "Customer",
    "orders": "Order",
}


@pytest.fixture
def small() -> Iterator[SmallShop]:
    with serving() as shop:
        yield shop


def test_the_shop_is_asked(small: SmallShop):
    small.scopes = ("write_products", "read_orders", "unauthenticated_read_checkouts")
    client = ShopifyClient(small.url, SecretStr("shpat_static"), "2026-10")
    assert granted(client) == {
        "write_products",
        "read_products",
        "read_orders",
        "unauthenticated_read_checkouts",
    }


def test_to_write_is_to_read():
    assert with_implied(["write_orders"]) == {"write_orders", "read_orders"}
    assert with_implied([]) == frozenset()


def test_a_part_is_left_out_with_its_reason():
    assert missing_for("products", {"read_products"}) is None
    assert missing_for("unit_costs", {"read_inventory"}) is None
    reason = missing_for("customers", {"read_products", "read_orders"})
    assert reason == ("customers are not pulled: grant the app read_customers and install it again")
    assert "read_inventory or read_products" in (missing_for("unit_costs", set()) or "")
    assert all(missing_for(part, set()) for part in NEEDS)
    with pytest.raises(KeyError):
        missing_for("no such part", set())


@pytest.mark.parametrize("version", VERSIONS)
def test_the_scopes_are_those_of_the_official_schema(version: str):
    access = {
        t["name"]: t.get("requiredAccess") for t in introspection(version)["__schema"]["types"]
    }
    for part, name in TYPES.items():
        if access[name] is None:  # some versions' descriptions leave it out
            continue
        assert all(f"`{scope}`" in access[name] for scope in NEEDS[part].scopes), part


def test_orders_that_shopify_would_leave_out_are_an_error():
    sixty = NOW - timedelta(days=60)
    check_order_history({"read_orders"}, sixty, NOW)
    check_order_history({"read_orders", "read_all_orders"}, sixty - timedelta(days=999), NOW)
    with pytest.raises(ShopifyError) as raised:
        check_order_history({"read_orders", "write_orders"}, sixty - timedelta(seconds=1), NOW)
    assert str(raised.value) == (
        "Orders since 2026-09-23 are asked for, but without the scope read_all_orders Shopify "
        "shows none before 2026-09-23, and says nothing about it. Grant the app read_all_orders "
        "and install it again, or ask for days since then."
    )
