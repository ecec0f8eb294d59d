"""What merchants and buyers do through the control endpoint, and what the shop says afterwards."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.demo.store import create_app
from tests.demo.store.demo_shop import SHOP, TOKEN, Client, running, write_store

Do = Callable[..., dict[str, Any]]
UNHEARD = f"{SHOP}; DELETE FROM webhook_subscriptions"  # nobody is told
VARIANT = 1020  # of product 102, price 10.50


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_store(tmp_path_factory.mktemp("changed") / "store.duckdb", UNHEARD)


@pytest.fixture(scope="module")
def shop(path: Path) -> Iterator[Client]:
    app = create_app(path, token=TOKEN, files_dir=path.parent / "bulk", bucket=1e9, restore=1e9)
    with running(app) as url:
        yield Client(url)


@pytest.fixture(scope="module")
def do(shop: Client) -> Do:
    def post(do: str, **form: Any) -> dict[str, Any]:
        response = change(shop, do=do, **form)
        assert response.status_code == 200, response.text
        return response.json()

    return post


def change(shop: Client, **form: Any) -> requests.Response:
    return shop.session.post(f"{shop.url}/demo/changes", json=form, timeout=30)


ORDER = """query($id: ID!) { order(id: $id) { name displayFinancialStatus updatedAt processedAt
    test customer { id } email cancelReason
    totalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } }
    totalRefundedSet { shopMoney { amount } } totalDiscountsSet { shopMoney { amount } }
    customerJourneySummary { ready momentsCount { count } lastVisit { landingPage
        utmParameters { content } } }
    lineItems(first: 9) { nodes { id quantity currentQuantity variant { id }
        discountedTotalSet { shopMoney { amount } } } }
    refunds(first: 9) { id totalRefundedSet { shopMoney { amount } }
        refundLineItems(first: 9) { nodes { quantity subtotalSet { shopMoney { amount } } } } }
} }"""


def order(shop: Client, id: int) -> dict[str, Any]:
    found = shop.data(ORDER, id=f"gid://shopify/Order/{id}")["order"]
    for name in ("totalPrice", "currentTotalPrice", "totalRefunded", "totalDiscounts"):
        found[name] = money(found[f"{name}Set"])
    return found


def money(bag: dict[str, Any]) -> Decimal:
    return Decimal(bag["shopMoney"]["amount"])


def stock(shop: Client, variant: int = VARIANT) -> int:
    id = f"gid://shopify/ProductVariant/{variant}"
    text = "query($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"
    return shop.data(text, id=id)["productVariant"]["inventoryQuantity"]


def test_an_order_is_placed(shop: Client, do: Do) -> None:
    do("late_update", resource="customers", ids=[500], updated_at="2026-03-01T00:00:00Z")
    tracked = 1011
    before = stock(shop, tracked)
    made = do(
        "place_order",
        lines=[
            {"variant_id": VARIANT, "quantity": 2, "discount": "1.01"},
            {"variant_id": tracked, "quantity": 1},
        ],
        customer_id=500,
        processed_at="2026-11-20T10:00:00Z",
        visits=[{"landing_page": "https://x.example/?utm_content=c7", "utm_content": "c7"}],
    )
    found = order(shop, made["order_id"])
    assert found["totalPrice"] == found["currentTotalPrice"] == Decimal("31.49")
    assert found["totalDiscounts"] == Decimal("1.01")
    assert found["displayFinancialStatus"] == "PAID"
    assert found["processedAt"] == "2026-11-20T10:00:00Z"
    assert found["customer"] == {"id": "gid://shopify/Customer/500"}
    assert found["email"] == "ann@example.com"
    assert int(found["name"].removeprefix("#")) > 1040
    visit = found["customerJourneySummary"]["lastVisit"]
    assert visit["utmParameters"] == {"content": "c7"}
    assert stock(shop, tracked) == before - 1
    moved = shop.data("""{ customer(id: "gid://shopify/Customer/500") { updatedAt } }""")
    assert moved["customer"]["updatedAt"] == found["updatedAt"]


def test_a_guest_pays_later(shop: Client, do: Do) -> None:
    made = do("place_order", lines=[{"variant_id": VARIANT}], paid=False)["order_id"]
    assert order(shop, made)["displayFinancialStatus"] == "PENDING"
    assert order(shop, made)["customer"] is None
    assert change(shop, do="refund", order_id=made, amount="1").status_code == 422
    do("pay", order_id=made)
    assert order(shop, made)["displayFinancialStatus"] == "PAID"
    assert change(shop, do="pay", order_id=made).status_code == 422


def test_a_cancelled_order_gives_everything_back(shop: Client, do: Do) -> None:
    tracked = 1011
    before = stock(shop, tracked)
    made = do("place_order", lines=[{"variant_id": tracked, "quantity": 3}])["order_id"]
    assert stock(shop, tracked) == before - 3
    refund = do("cancel_order", order_id=made, reason="FRAUD")["refund_id"]
    found = order(shop, made)
    assert found["displayFinancialStatus"] == "REFUNDED"
    assert found["cancelReason"] == "FRAUD"
    assert found["currentTotalPrice"] == 0
    assert found["totalRefunded"] == found["totalPrice"]
    assert [each["id"] for each in found["refunds"]] == [f"gid://shopify/Refund/{refund}"]
    assert stock(shop, tracked) == before
    assert change(shop, do="cancel_order", order_id=made).status_code == 422
    unpaid = do("place_order", lines=[{"variant_id": tracked}], paid=False)["order_id"]
    assert do("cancel_order", order_id=unpaid)["refund_id"] is None
    assert order(shop, unpaid)["displayFinancialStatus"] == "VOIDED"


def test_an_order_is_edited(shop: Client, do: Do) -> None:
    made = do("place_order", lines=[{"variant_id": VARIANT, "quantity": 3}])
    (line,) = made["line_item_ids"]
    do(
        "edit_order",
        order_id=made["order_id"],
        lines=[{"line_item_id": line, "quantity": 1}],
        add=[{"variant_id": VARIANT, "quantity": 1}],
    )
    found = order(shop, made["order_id"])
    assert found["totalPrice"] == found["currentTotalPrice"] == Decimal("21.00")
    units = [(each["quantity"], each["currentQuantity"]) for each in found["lineItems"]["nodes"]]
    assert units == [(3, 1), (1, 1)]


TAXED = """UPDATE shop SET taxes_included = false;
    UPDATE orders SET taxes_included = false, total_tax = 1, total_price = 21,
        current_total_price = 21, subtotal_price = 20, total_refunded = 0, cancelled_at = NULL,
        financial_status = 'PAID', presentment_rate = 1 WHERE id = 2001;
    UPDATE line_items SET quantity = 3, current_quantity = 3, unit_price = 6.67,
        total_discount = 0.01, tax = 1 WHERE order_id = 2001;
    DELETE FROM refunds WHERE order_id = 2001"""


def test_taxes_go_with_what_they_are_of(tmp_path: Path) -> None:
    rows = f"{UNHEARD}; {TAXED}"
    store = write_store(tmp_path / "store.duckdb", rows)
    with running(create_app(store, token=TOKEN, files_dir=tmp_path / "bulk")) as url:
        shop = Client(url)
        line = int(order(shop, 2001)["lineItems"]["nodes"][0]["id"].rsplit("/", 1)[1])
        one = [{"line_item_id": line, "quantity": 1}]
        assert change(shop, do="refund", order_id=2001, lines=one).status_code == 200
        found = order(shop, 2001)
        assert found["totalRefunded"] == Decimal("6.67") + Decimal("0.33")
        assert change(shop, do="edit_order", order_id=2001, lines=one).status_code == 200
        found = order(shop, 2001)
        assert found["totalPrice"] == Decimal("21") - Decimal("6.66") - Decimal("0.34")
        assert change(shop, do="refund", order_id=2001, lines=one).status_code == 200
        found = order(shop, 2001)
        assert found["totalRefunded"] == found["totalPrice"]
        assert found["currentTotalPrice"] == 0
        assert found["displayFinancialStatus"] == "REFUNDED"


@given(
    price=st.decimals(min_value="0.01", max_value="99.99", places=2),
    quantity=st.integers(1, 7),
    share=st.integers(0, 100),
    parts=st.lists(st.integers(1, 3), max_size=7),
)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_parts_given_back_are_the_whole(
    shop: Client, do: Do, price: Decimal, quantity: int, share: int, parts: list[int]
) -> None:
    """However an order is returned unit by unit, no cent is lost and none is invented."""
    text = """mutation($id: ID!, $price: Money!) { productVariantsBulkUpdate(
        productId: "gid://shopify/Product/105", variants: [{id: $id, price: $price}])
        { userErrors { message } } }"""
    shop.data(text, id="gid://shopify/ProductVariant/1050", price=str(price))
    discount = (price * quantity * share / 100).quantize(Decimal("0.01"))
    lines = [{"variant_id": 1050, "quantity": quantity, "discount": str(discount)}]
    made = do("place_order", lines=lines)
    id, (line,) = made["order_id"], made["line_item_ids"]
    total, left = price * quantity - discount, quantity
    for part in [*parts, quantity]:
        units = min(part, left)
        if units:
            do("refund", order_id=id, lines=[{"line_item_id": line, "quantity": units}])
        left -= units
        found = order(shop, id)
        assert found["totalPrice"] == total
        assert found["totalRefunded"] + found["currentTotalPrice"] == total
        given_back = sum((money(each["totalRefundedSet"]) for each in found["refunds"]), Decimal())
        assert found["totalRefunded"] == given_back
        (sold,) = found["lineItems"]["nodes"]
        assert (sold["quantity"], sold["currentQuantity"]) == (quantity, left)
    assert found["totalRefunded"] == total
    assert found["displayFinancialStatus"] == ("REFUNDED" if total else "PAID")


def test_money_alone_is_given_back_but_never_more_than_there_is(shop: Client, do: Do) -> None:
    made = do("place_order", lines=[{"variant_id": VARIANT}])["order_id"]
    do("refund", order_id=made, amount="2.25", note="late")
    found = order(shop, made)
    assert found["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert (found["totalRefunded"], found["currentTotalPrice"]) == (
        Decimal("2.25"),
        Decimal("8.25"),
    )
    assert change(shop, do="refund", order_id=made, amount="8.26").status_code == 422


def test_deletions_leave_events(shop: Client, do: Do) -> None:
    made = do("place_order", lines=[{"variant_id": VARIANT}])["order_id"]
    do("delete_order", order_id=made)
    do("delete_product", product_id=111)
    text = """query($id: ID!) { node(id: $id) { id } }"""
    assert shop.data(text, id=f"gid://shopify/Order/{made}")["node"] is None
    assert shop.data(text, id="gid://shopify/Product/111")["node"] is None
    events = shop.data(
        """{ events(first: 2, reverse: true, query: "action:destroy") { nodes {
        ... on BasicEvent { subjectId } } } }"""
    )["events"]["nodes"]
    assert events == [
        {"subjectId": "gid://shopify/Product/111"},
        {"subjectId": f"gid://shopify/Order/{made}"},
    ]
    assert change(shop, do="delete_product", product_id=111).status_code == 422


def test_customers_come_change_and_are_forgotten(shop: Client, do: Do) -> None:
    made = do("create_customer", email="x@example.com", first_name="X")["customer_id"]
    do("update_customer", customer_id=made, last_name="Y")
    placed = do("place_order", lines=[{"variant_id": VARIANT}], customer_id=made)["order_id"]
    text = """query($id: ID!) { customer(id: $id) { email firstName lastName updatedAt } }"""
    id = f"gid://shopify/Customer/{made}"
    before = shop.data(text, id=id)["customer"]
    assert (before["firstName"], before["lastName"]) == ("X", "Y")
    assert do("redact_customer", customer_id=made)["order_ids"] == [placed]
    after = shop.data(text, id=id)["customer"]
    assert (after["email"], after["firstName"], after["lastName"]) == (None, None, None)
    assert order(shop, placed)["email"] is None


def test_ties_of_updated_at_on_demand(shop: Client, do: Do) -> None:
    at = "2026-11-21T08:00:00+00:00"
    result = do("late_update", resource="orders", n=7, seed=3, updated_at=at)
    assert len(result["ids"]) == 7
    found = shop.data(
        """{ orders(first: 50, query: "updated_at:'2026-11-21T08:00:00Z'") { nodes { id } } }"""
    )["orders"]["nodes"]
    ids = sorted(int(each["id"].rsplit("/", 1)[1]) for each in found)
    assert ids == result["ids"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"do": "nothing"},
        {"do": "pay"},
        {"do": "place_order", "lines": []},
        {"do": "place_order", "lines": [{"variant_id": VARIANT, "quantity": 0}]},
        {"do": "late_update", "updated_at": "2026-01-01"},
        {"do": "pay", "order_id": 2000, "more": 1},
    ],
)
def test_forms_that_are_none(shop: Client, form: dict[str, Any]) -> None:
    response = change(shop, **form)
    assert response.status_code == 400
    assert response.json()["errors"]


@pytest.mark.parametrize(
    "form",
    [
        {"do": "pay", "order_id": 1},
        {"do": "place_order", "lines": [{"variant_id": 1}]},
        {"do": "place_order", "lines": [{"variant_id": VARIANT}], "customer_id": 1},
        {"do": "place_order", "lines": [{"variant_id": VARIANT, "discount": "10.51"}]},
        {"do": "update_customer", "customer_id": 1, "email": "a@b.example"},
        {"do": "redact_customer", "customer_id": 1},
        {"do": "refund", "order_id": 2001, "lines": [{"line_item_id": 1, "quantity": 1}]},
    ],
)
def test_what_is_not_there(shop: Client, form: dict[str, Any]) -> None:
    response = change(shop, **form)
    assert response.status_code == 422
    assert response.json()["errors"][0]["message"]


def test_only_for_those_with_the_token(shop: Client) -> None:
    assert requests.post(f"{shop.url}/demo/changes", json={}, timeout=10).status_code == 401


def test_changes_outlive_the_server(tmp_path: Path) -> None:
    path = write_store(tmp_path / "store.duckdb", UNHEARD)
    with running(create_app(path, token=TOKEN, files_dir=tmp_path / "bulk")) as url:
        response = change(Client(url), do="place_order", lines=[{"variant_id": VARIANT}])
        made = response.json()["order_id"]
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute(f"SELECT id FROM orders WHERE id = {made}").fetchall() == [(made,)]
