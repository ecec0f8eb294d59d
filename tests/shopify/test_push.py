"""New products and stock, written to a running shop that loses answers and changes meanwhile."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.ids import gid
from nerdx_pipelines.shopify.inventory import update_product_inventory
from nerdx_pipelines.shopify.push import create_product, handle_of, new_product
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.faulty_shop import Asked, Edit, Fault, FaultyShop, Plan, serving

ALL_VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
PRODUCT, UNTRACKED, ONE_PLACE = 101, 1010, 1011
OTHER, TWO_PLACES = 104, 1041
WAREHOUSE, POP_UP = 9001, 9002

STOCK_BESIDE = """mutation { inventorySetQuantities(input: {name: "available", reason: "received",
    quantities: [{inventoryItemId: "gid://shopify/InventoryItem/741", quantity: 4,
        locationId: "gid://shopify/Location/9002", changeFromQuantity: null}]})
    @idempotent(key: "beside") { userErrors { message } } }"""


@pytest.fixture(scope="module")
def own_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyShop]:
    """Written to, so no other file's."""
    with serving(tmp_path_factory.mktemp("shop")) as shop:
        client_of(shop).execute(STOCK_BESIDE)
        yield shop


@pytest.fixture
def shop(own_shop: FaultyShop) -> FaultyShop:
    own_shop.reset()
    return own_shop


@pytest.fixture(params=ALL_VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return request.param


def client_of(shop: FaultyShop, version: str = "2026-10") -> ShopifyClient:
    return ShopifyClient(shop.url, SecretStr(TOKEN), version, sleep=lambda _: None)


def once_in(mutation: str, fault: Callable[[], Fault]) -> Plan:
    """The fault in the first answer to `mutation`."""
    waiting = [fault]

    def plan(asked: Asked) -> Fault:
        return waiting.pop()() if waiting and mutation in asked.query else None

    return plan


def lost() -> Edit:
    """The shop does what it was asked, and the answer does not arrive."""
    return Edit(lambda _: b"<html>Bad gateway</html>")


def refused() -> Response:
    """The shop does not do what it was asked."""
    return Response(status_code=502)


def titled(client: ShopifyClient, title: str) -> list[dict]:
    query = """query($query: String!) { products(first: 250, query: $query) { nodes {
        id title handle vendor productType tags descriptionHtml
        variants(first: 10) { nodes { id price } } } } }"""
    nodes = client.execute(query, {"query": "id:>0"})["products"]["nodes"]
    return [node for node in nodes if node["title"] == title]


def test_a_product_is_created_as_asked(shop: FaultyShop, version: str):
    client, title = client_of(shop, version), f"Linen shirt {version}"
    product = new_product(
        title, "Soft & <cool>\nfor summer", "Shirts", "Åre", "19.90", ["Linen", "new, summer"]
    )
    done = create_product(client, product)
    (found,) = titled(client, title)
    assert done == {
        "product_id": int(found["id"].rpartition("/")[2]),
        "variant_id": int(found["variants"]["nodes"][0]["id"].rpartition("/")[2]),
        "title": title,
        "handle": f"linen-shirt-{version}",
        "price": Decimal("19.90"),
        "created": True,
    }
    assert (found["vendor"], found["productType"]) == ("Åre", "Shirts")
    assert set(found["tags"]) == {"Linen", "new", "summer"}
    assert found["descriptionHtml"] == "Soft &amp; &lt;cool&gt;<br>\nfor summer"
    (variant,) = found["variants"]["nodes"]
    assert Decimal(variant["price"]) == Decimal("19.90")


@pytest.mark.parametrize("fault", [lost, refused])
def test_a_retry_after_a_fault_makes_one(shop: FaultyShop, fault: Callable[[], Fault]):
    client, title = client_of(shop), f"Only one, {fault.__name__}"
    shop.plan = once_in("productSet", fault)
    done = create_product(client, new_product(title, price=5))
    assert sum("productSet" in asked.query for asked in shop.asked) == 2
    (found,) = titled(client, title)
    assert (done["product_id"], done["created"]) == (int(found["id"].rpartition("/")[2]), True)


def test_repeating_it_by_hand_makes_one(shop: FaultyShop):
    client = client_of(shop)
    product = new_product("Mug", "For tea", "Kitchen", "", 12, "cup")
    first, second = create_product(client, product), create_product(client, product)
    assert (first["created"], second["created"]) == (True, False)
    assert first["product_id"] == second["product_id"]
    assert len(titled(client, "Mug")) == 1


def test_another_product_of_the_same_title_is_another(shop: FaultyShop):
    client = client_of(shop)
    cheap, dear = (create_product(client, new_product("Bowl", price=price)) for price in (3, 30))
    assert (cheap["handle"], dear["handle"]) == ("bowl", "bowl-2")
    again = create_product(client, new_product("Bowl", price=30))
    assert (again["product_id"], again["created"]) == (dear["product_id"], False)
    prices = {Decimal(p["variants"]["nodes"][0]["price"]) for p in titled(client, "Bowl")}
    assert prices == {3, 30}


def test_what_the_shop_had_stays_as_it_was(shop: FaultyShop):
    client = client_of(shop)
    before = titled(client, "Product 1")
    done = create_product(client, new_product("Product 1", price=1))
    assert done["handle"] == "product-1-2"
    assert [p for p in titled(client, "Product 1") if p["handle"] == "product-1"] == before


@pytest.mark.parametrize(
    ("title", "handle"),
    [
        ("Linen shirt, 2nd", "linen-shirt-2nd"),
        ("Crème brûlée", "creme-brulee"),
        ("  A_b -- c!  ", "a-b-c"),
        ("日本", "日本"),
        ("!!!", "product"),
    ],
)
def test_handles(title: str, handle: str):
    assert handle_of(title) == handle


@pytest.mark.parametrize("price", ["free", "-1", "NaN", "Infinity", "", None])
def test_a_price_that_is_none_is_refused(price: str):
    with pytest.raises(ShopifyError, match=r"no amount of money; give one such as 19\.90"):
        new_product("Mug", price=price)


def test_a_product_without_title_is_refused():
    with pytest.raises(ShopifyError, match="needs a title"):
        new_product("  ")


def test_what_the_shop_refuses_is_said(shop: FaultyShop):
    error = {"code": "INVALID_INPUT", "field": ["input", "title"], "message": "Title is rude"}
    answer = json.dumps({"data": {"productSet": {"product": None, "userErrors": [error]}}})
    shop.plan = once_in("productSet", lambda: Edit(lambda _: answer.encode()))
    with pytest.raises(
        ShopifyError, match=r"did not take the product 'Drat': Title is rude \(input\.title\)"
    ):
        create_product(client_of(shop), new_product("Drat"))


def available(client: ShopifyClient, variant: int) -> dict[str, int]:
    query = """query($id: ID!) { productVariant(id: $id) { inventoryQuantity inventoryItem {
        inventoryLevels(first: 5) { nodes { location { name }
        quantities(names: ["available"]) { quantity } } } } } }"""
    found = client.execute(query, {"id": gid("ProductVariant", variant)})["productVariant"]
    levels = found["inventoryItem"]["inventoryLevels"]["nodes"]
    by_place = {level["location"]["name"]: level["quantities"][0]["quantity"] for level in levels}
    assert found["inventoryQuantity"] == sum(by_place.values())
    return by_place


def test_stock_is_set(shop: FaultyShop, version: str):
    client = client_of(shop, version)
    (before,) = available(client, ONE_PLACE).values()
    quantity = before + 5
    done = update_product_inventory(client, PRODUCT, ONE_PLACE, quantity)
    assert done == {
        "product_id": PRODUCT,
        "variant_id": ONE_PLACE,
        "location_id": WAREHOUSE,
        "location": "Warehouse",
        "previous_quantity": before,
        "quantity": quantity,
        "changed": True,
    }
    assert available(client, ONE_PLACE) == {"Warehouse": quantity}
    again = update_product_inventory(client, gid("Product", PRODUCT), str(ONE_PLACE), quantity)
    assert (again["changed"], again["previous_quantity"]) == (False, quantity)


@pytest.mark.parametrize("location", [POP_UP, str(POP_UP), gid("Location", POP_UP), "pop-UP"])
def test_stock_is_set_at_the_place_named(shop: FaultyShop, location: int | str):
    client = client_of(shop)
    before = available(client, TWO_PLACES)
    quantity = before["Pop-up"] + 1
    done = update_product_inventory(client, OTHER, TWO_PLACES, quantity, location)
    assert done["location_id"] == POP_UP
    assert available(client, TWO_PLACES) == before | {"Pop-up": quantity}


@pytest.mark.parametrize("fault", [lost, refused])
def test_a_fault_is_met_with_the_same_key(
    shop: FaultyShop, version: str, fault: Callable[[], Fault]
):
    client = client_of(shop, version)
    (before,) = available(client, ONE_PLACE).values()
    shop.reset(once_in("inventorySetQuantities", fault))
    done = update_product_inventory(client, PRODUCT, ONE_PLACE, before + 1)
    keys = [a.variables["key"] for a in shop.asked if "inventorySetQuantities" in a.query]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert (done["previous_quantity"], done["changed"]) == (before, True)
    assert available(client, ONE_PLACE) == {"Warehouse": before + 1}


def test_a_sale_between_reading_and_writing_is_not_lost(shop: FaultyShop, version: str):
    client = client_of(shop, version)
    (before,) = available(client, ONE_PLACE).values()
    stale = re.compile(rb'"quantity": ?-?\d+')
    shop.reset(once_in("VariantStock", lambda: Edit(lambda b: stale.sub(b'"quantity": 4711', b))))
    done = update_product_inventory(client, PRODUCT, ONE_PLACE, before + 2)
    assert done["previous_quantity"] == before
    asked = [a.variables for a in shop.asked if "inventorySetQuantities" in a.query]
    assert [a["input"]["quantities"][0]["changeFromQuantity"] for a in asked] == [4711, before]
    assert len({a["key"] for a in asked}) == 2
    assert available(client, ONE_PLACE) == {"Warehouse": before + 2}


@pytest.mark.parametrize(
    "code", ["IDEMPOTENCY_CONCURRENT_REQUEST", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
)
def test_a_key_that_is_stuck_is_left(shop: FaultyShop, code: str):
    client = client_of(shop)
    (before,) = available(client, ONE_PLACE).values()
    error = {"code": code, "field": None, "message": "Stuck"}
    answer = {"inventorySetQuantities": {"inventoryAdjustmentGroup": None, "userErrors": [error]}}
    stuck = JSONResponse({"data": answer})
    shop.reset(once_in("inventorySetQuantities", lambda: stuck))
    assert update_product_inventory(client, PRODUCT, ONE_PLACE, before + 1)["changed"]
    keys = [a.variables["key"] for a in shop.asked if "inventorySetQuantities" in a.query]
    assert len(set(keys)) == len(keys) == 2


def test_all_who_set_it_at_once_do_so_one_after_the_other(shop: FaultyShop):
    client = client_of(shop)
    (before,) = available(client, ONE_PLACE).values()
    wanted = [before + 100 + k for k in range(4)]
    with ThreadPoolExecutor(len(wanted)) as threads:
        done = list(
            threads.map(
                lambda quantity: update_product_inventory(
                    client_of(shop), PRODUCT, ONE_PLACE, quantity
                ),
                wanted,
            )
        )
    # Each began where another ended, and nobody's end was written over unseen.
    follower = {one["previous_quantity"]: one["quantity"] for one in done}
    assert len(follower) == len(wanted)
    chain = [before]
    while chain[-1] in follower:
        chain.append(follower[chain[-1]])
    assert sorted(chain[1:]) == wanted
    assert available(client, ONE_PLACE) == {"Warehouse": chain[-1]}


def test_a_shop_that_never_rests_is_given_up_in_the_end(shop: FaultyShop):
    client = client_of(shop)
    before = available(client, ONE_PLACE)
    stale = re.compile(rb'"quantity": ?-?\d+')
    shop.reset(
        lambda asked: (
            Edit(lambda b: stale.sub(b'"quantity": 4711', b))
            if "VariantStock" in asked.query
            else None
        )
    )
    with pytest.raises(ShopifyError, match=r"in 8 tries: .*Run it again"):
        update_product_inventory(client, PRODUCT, ONE_PLACE, 99)
    shop.reset()
    assert available(client, ONE_PLACE) == before


def test_a_key_used_for_another_change_is_told(shop: FaultyShop):
    client, key = client_of(shop), "one-change"
    (before,) = available(client, ONE_PLACE).values()
    update_product_inventory(client, PRODUCT, ONE_PLACE, before + 1, key=key)
    with pytest.raises(ShopifyError, match="take a new key"):
        update_product_inventory(client, PRODUCT, ONE_PLACE, before + 2, key=key)
    assert available(client, ONE_PLACE) == {"Warehouse": before + 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((PRODUCT, 424242, 1), "has no variant 424242"),
        ((PRODUCT, gid("ProductVariant", 424242), 1), "has no variant 424242"),
        ((102, ONE_PLACE, 1), "belongs to product 101, not to 102"),
        ((PRODUCT, UNTRACKED, 1), "does not track the stock of variant 1010"),
        ((OTHER, TWO_PLACES, 1), r"several locations: 'Warehouse' \(9001\), 'Pop-up' \(9002\)"),
        ((PRODUCT, ONE_PLACE, 1, "Moon"), r"not stocked at 'Moon', but at 'Warehouse' \(9001\)"),
        ((PRODUCT, ONE_PLACE, -1), "can't be negative"),
        ((PRODUCT, ONE_PLACE, 1.5), "no whole number"),
        ((PRODUCT, ONE_PLACE, True), "no whole number"),
        (("shirt", ONE_PLACE, 1), "'shirt' is no id of a Product"),
        ((PRODUCT, gid("Product", 1), 1), "no id of a ProductVariant"),
    ],
)
def test_what_cannot_be_is_said(shop: FaultyShop, arguments: tuple, message: str):
    with pytest.raises(ShopifyError, match=message):
        update_product_inventory(client_of(shop), *arguments)
