"""The mutations over real HTTP: what they change, refuse and answer, by version."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.demo.store.graphql.mutations import SERVED_MUTATIONS, unused
from tests.demo.store.demo_shop import SHOP, TOKEN, Client, running, write_store

UNHEARD = f"{SHOP}; DELETE FROM webhook_subscriptions"  # nobody is told
ITEM, PLACE = "gid://shopify/InventoryItem/720", "gid://shopify/Location/9001"
SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason createdAt changes {
      name delta quantityAfterChange item { id } location { id } } }
    userErrors { code field message } } }"""
ADJUST = """mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { name delta quantityAfterChange } }
    userErrors { code field message } } }"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A shop of this module's own, to be changed."""
    folder = tmp_path_factory.mktemp("written")
    app = create_app(
        write_store(folder / "store.duckdb", UNHEARD),
        token=TOKEN,
        files_dir=folder / "bulk",
        bucket=1e9,
        restore=1e9,
    )
    with running(app) as url:
        yield Client(url)


def key() -> str:
    return str(uuid.uuid4())


def quantities(quantity: int, change_from: int | None = None, **more: Any) -> dict[str, Any]:
    row = {"inventoryItemId": ITEM, "locationId": PLACE, "quantity": quantity}
    return {
        "name": "available",
        "reason": "correction",
        "quantities": [row | {"changeFromQuantity": change_from}],
        **more,
    }


def delta(units: int, change_from: int | None = None) -> dict[str, Any]:
    row = {"inventoryItemId": ITEM, "locationId": PLACE, "delta": units}
    return {
        "name": "available",
        "reason": "correction",
        "changes": [row | {"changeFromQuantity": change_from}],
    }


def available(shop: Client) -> int:
    item = shop.data(
        """query($item: ID!, $place: ID!) { inventoryItem(id: $item) {
            variant { inventoryQuantity }
            inventoryLevel(locationId: $place) { quantities(names: ["available"]) { quantity } }
        } }""",
        item=ITEM,
        place=PLACE,
    )["inventoryItem"]
    (found,) = item["inventoryLevel"]["quantities"]
    return found["quantity"]


def mutate(shop: Client, text: str, /, **variables: Any) -> dict[str, Any]:
    ((payload),) = shop.data(text, **variables).values()
    return payload


def test_stock_is_set_and_moves_what_depends_on_it(shop: Client) -> None:
    ask = """{ inventoryItem(id: "gid://shopify/InventoryItem/720") { variant { id
        inventoryQuantity product { id updatedAt totalInventory } } } }"""
    before = shop.data(ask)["inventoryItem"]["variant"]["product"]
    payload = mutate(shop, SET, input=quantities(11), key=key())
    assert payload["userErrors"] == []
    changes = payload["inventoryAdjustmentGroup"]["changes"]
    assert (changes[0]["name"], changes[0]["quantityAfterChange"]) == ("available", 11)
    assert changes[0]["item"] == {"id": ITEM}
    assert changes[0]["location"] == {"id": PLACE}
    variant = shop.data(ask)["inventoryItem"]["variant"]
    assert variant["inventoryQuantity"] >= 11
    assert variant["product"]["updatedAt"] > before["updatedAt"]
    assert available(shop) == 11


def test_compare_and_set(shop: Client) -> None:
    mutate(shop, SET, input=quantities(5), key=key())
    stale = mutate(shop, SET, input=quantities(9, 4), key=key())
    assert [error["code"] for error in stale["userErrors"]] == ["CHANGE_FROM_QUANTITY_STALE"]
    assert stale["inventoryAdjustmentGroup"] is None
    assert available(shop) == 5
    assert mutate(shop, SET, input=quantities(9, 5), key=key())["userErrors"] == []
    assert available(shop) == 9
    moved = mutate(shop, ADJUST, input=delta(-2, 9), key=key())
    assert moved["inventoryAdjustmentGroup"]["changes"][0]["quantityAfterChange"] == 7
    assert available(shop) == 7


def test_the_same_key_does_nothing_twice(shop: Client) -> None:
    mutate(shop, SET, input=quantities(5), key=key())
    mine = key()
    first = mutate(shop, ADJUST, input=delta(3), key=mine)
    assert mutate(shop, ADJUST, input=delta(3), key=mine) == first
    assert available(shop) == 8
    other = mutate(shop, ADJUST, input=delta(4), key=mine)
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"
    assert available(shop) == 8


def test_a_refusal_is_the_first_result_too(shop: Client) -> None:
    mutate(shop, SET, input=quantities(5), key=key())
    mine = key()
    first = mutate(shop, SET, input=quantities(9, 4), key=mine)
    mutate(shop, SET, input=quantities(4), key=key())
    assert mutate(shop, SET, input=quantities(9, 4), key=mine) == first
    assert available(shop) == 4


def test_a_key_under_way_is_not_begun_again(tmp_path: Path) -> None:
    app = create_app(
        write_store(tmp_path / "s.duckdb", UNHEARD), token=TOKEN, files_dir=tmp_path / "bulk"
    )
    with running(app) as url, ThreadPoolExecutor(2) as pool:
        before, mine = available(Client(url)), key()

        def ask() -> dict[str, Any]:
            return mutate(Client(url), ADJUST, input=delta(3), key=mine)

        with app.state.database.write_lock:
            both = [pool.submit(ask) for _ in range(2)]
            # Nobody can write now: one waits for its turn, and the other is told so.
            (first,), (second,) = wait(both, return_when=FIRST_COMPLETED)
        (error,) = first.result()["userErrors"]
        assert error["code"] == "IDEMPOTENCY_CONCURRENT_REQUEST"
        assert second.result()["userErrors"] == []
        assert available(Client(url)) == before + 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": "whim"}, "INVALID_REASON"),
        ({"name": "incoming"}, "INVALID_NAME"),
        ({"referenceDocumentUri": "no uri"}, "INVALID_REFERENCE_DOCUMENT"),
        ({"quantity": -1}, "INVALID_QUANTITY_NEGATIVE"),
        ({"quantity": 1_000_000_001}, "INVALID_QUANTITY_TOO_HIGH"),
        ({"inventoryItemId": "gid://shopify/InventoryItem/1"}, "INVALID_INVENTORY_ITEM"),
        ({"locationId": "gid://shopify/Location/1"}, "INVALID_LOCATION"),
    ],
)
def test_refused_quantities(shop: Client, change: dict[str, Any], code: str) -> None:
    now = available(shop)
    input = quantities(3)
    for name, value in change.items():
        target = input["quantities"][0] if name in input["quantities"][0] else input
        target[name] = value
    payload = mutate(shop, SET, input=input, key=key())
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert available(shop) == now


def test_a_place_where_the_item_is_not_kept(shop: Client) -> None:
    """Older versions refuse it; the newest begins to keep it there."""
    input = quantities(2)
    input["quantities"][0]["locationId"] = "gid://shopify/Location/9003"
    older = Client(shop.url, version="2026-07")
    (error,) = mutate(older, SET, input=input, key=key())["userErrors"]
    assert error["code"] == "ITEM_NOT_STOCKED_AT_LOCATION"
    payload = mutate(shop, SET, input=input, key=key())
    assert payload["inventoryAdjustmentGroup"]["changes"][0]["quantityAfterChange"] == 2


def test_on_hand_is_what_is_available_and_promised(shop: Client) -> None:
    mutate(shop, SET, input=quantities(5), key=key())
    payload = mutate(shop, SET, input=quantities(5, name="on_hand"), key=key())
    ask = """query($item: ID!, $place: ID!) { inventoryItem(id: $item) { inventoryLevel(
        locationId: $place) { quantities(names: ["available", "committed", "on_hand"])
        { name quantity } } } }"""
    level = shop.data(ask, item=ITEM, place=PLACE)["inventoryItem"]["inventoryLevel"]
    found = {each["name"]: each["quantity"] for each in level["quantities"]}
    assert found["on_hand"] == 5 == found["available"] + found["committed"]
    assert found["committed"] > 0
    assert payload["inventoryAdjustmentGroup"]["changes"][0]["delta"] == -found["committed"]


def test_the_same_place_twice(shop: Client) -> None:
    input = quantities(3)
    input["quantities"] *= 2
    codes = {error["code"] for error in mutate(shop, SET, input=input, key=key())["userErrors"]}
    assert codes == {"NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"}


@pytest.mark.parametrize("version", ["2026-04", "2026-10"])
def test_keys_and_comparisons_are_compulsory(shop: Client, version: str) -> None:
    asking = Client(shop.url, version=version)
    bare = SET.replace(", $key: String!", "").replace(" @idempotent(key: $key)", "")
    error = asking.error(bare, input=quantities(3))
    assert error["message"] == (
        "The @idempotent directive is required for this mutation but was not provided."
    )
    assert error["extensions"]["code"] == "BAD_REQUEST"
    input = quantities(3)
    del input["quantities"][0]["changeFromQuantity"]
    error = asking.error(SET, input=input, key=key())
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    assert "changeFromQuantity" in error["message"]
    error = asking.error(SET, input=quantities(3, ignoreCompareQuantity=True), key=key())
    assert "ignoreCompareQuantity" in error["message"]


def test_the_older_form_still_goes_in_the_oldest_version(shop: Client) -> None:
    asking = Client(shop.url, version="2026-01")
    bare = SET.replace(", $key: String!", "").replace(" @idempotent(key: $key)", "")
    old = quantities(6, ignoreCompareQuantity=True)
    del old["quantities"][0]["changeFromQuantity"]
    assert mutate(asking, bare, input=old)["userErrors"] == []
    assert available(shop) == 6
    old["ignoreCompareQuantity"] = False
    (error,) = mutate(asking, bare, input=old)["userErrors"]
    assert error["code"] == "COMPARE_QUANTITY_REQUIRED"
    old["quantities"][0] |= {"compareQuantity": 5, "quantity": 7}
    (error,) = mutate(asking, bare, input=old)["userErrors"]
    assert error["code"] == "COMPARE_QUANTITY_STALE"
    old["quantities"][0]["compareQuantity"] = 6
    assert mutate(asking, bare, input=old)["userErrors"] == []
    assert available(shop) == 7


@given(orders=st.lists(st.tuples(st.integers(-3, 5), st.integers(1, 3)), min_size=1, max_size=5))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_retries_and_concurrency_never_double(shop: Client, orders: list[tuple[int, int]]) -> None:
    """Each change, however often and however many at once it is asked for, happens once."""
    before = available(shop)
    asked = [(units, key(), times) for units, times in orders]

    def ask(units: int, mine: str) -> None:
        while True:
            payload = mutate(Client(shop.url), ADJUST, input=delta(units), key=mine)
            codes = {error["code"] for error in payload["userErrors"]}
            if codes != {"IDEMPOTENCY_CONCURRENT_REQUEST"}:
                assert not codes
                return

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(ask, units, mine) for units, mine, times in asked for _ in range(times)]
        for job in jobs:
            job.result()
    for units, mine, _ in asked:
        ask(units, mine)
    assert available(shop) == before + sum(units for units, _, _ in asked)


PRODUCT = """fragment P on Product { id title handle vendor status tags descriptionHtml publishedAt
    createdAt updatedAt variants(first: 9) { nodes { id title price sku inventoryQuantity
    inventoryItem { id tracked unitCost { amount } } } } }"""
CREATE = (
    """mutation($product: ProductCreateInput!) { productCreate(product: $product) {
    product { ...P } userErrors { field message } } }"""
    + PRODUCT
)
SET_PRODUCT = (
    """mutation($input: ProductSetInput!, $identifier: ProductSetIdentifiers) {
    productSet(input: $input, identifier: $identifier, synchronous: true) {
    product { ...P } userErrors { code field message } } }"""
    + PRODUCT
)


def test_a_product_is_created_unpublished_with_one_variant(shop: Client) -> None:
    payload = mutate(
        shop, CREATE, product={"title": "Über Shirt", "tags": ["b", "A", "a "], "vendor": "V"}
    )
    assert payload["userErrors"] == []
    product = payload["product"]
    assert product["handle"] == "uber-shirt"
    assert (product["status"], product["publishedAt"]) == ("ACTIVE", None)
    assert product["tags"] == ["a", "b"]
    (variant,) = product["variants"]["nodes"]
    assert (variant["title"], variant["price"]) == ("Default Title", "0.00")
    again = mutate(shop, CREATE, product={"title": "Über Shirt"})["product"]
    assert again["handle"] == "uber-shirt-1"
    assert again["vendor"] == 'Awkward "Shop"'
    (error,) = mutate(shop, CREATE, product={"title": " "})["userErrors"]
    assert error == {"field": ["title"], "message": "Title can't be blank"}


def test_prices_are_set_on_variants(shop: Client) -> None:
    product = mutate(shop, CREATE, product={"title": "Priced"})["product"]
    update = """mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!) {
        productVariantsBulkUpdate(productId: $id, variants: $variants, allowPartialUpdates: true) {
        productVariants { id price sku } userErrors { code field message } } }"""
    (variant,) = product["variants"]["nodes"]
    good = {"id": variant["id"], "price": "19.90", "inventoryItem": {"sku": "S", "cost": "4.5"}}
    bad = {"id": "gid://shopify/ProductVariant/1000", "price": "1"}
    payload = mutate(shop, update, id=product["id"], variants=[good, bad])
    assert payload["productVariants"] == [{"id": variant["id"], "price": "19.90", "sku": "S"}]
    (error,) = payload["userErrors"]
    assert error["code"] == "PRODUCT_VARIANT_DOES_NOT_EXIST"
    assert error["field"] == ["variants", "1", "id"]
    payload = mutate(shop, update, id=product["id"], variants=[{"id": variant["id"], "price": -1}])
    assert payload["productVariants"] is None
    assert payload["userErrors"][0]["code"] == "GREATER_THAN_OR_EQUAL_TO"


def test_variants_are_added_and_replace_the_standalone_one(shop: Client) -> None:
    product = mutate(shop, CREATE, product={"title": "Sized"})["product"]
    create = """mutation($id: ID!, $variants: [ProductVariantsBulkInput!]!) {
        productVariantsBulkCreate(productId: $id, variants: $variants) {
        product { variants(first: 9) { nodes { title inventoryQuantity } } }
        productVariants { title } userErrors { code field message } } }"""
    stock = [{"availableQuantity": 4, "locationId": PLACE}]
    variants = [
        {"optionValues": [{"optionName": "Size", "name": name}], "inventoryQuantities": stock}
        for name in ("S", "M")
    ]
    payload = mutate(shop, create, id=product["id"], variants=variants)
    assert payload["userErrors"] == []
    assert payload["product"]["variants"]["nodes"] == [
        {"title": "S", "inventoryQuantity": 4},
        {"title": "M", "inventoryQuantity": 4},
    ]
    again = mutate(shop, create, id=product["id"], variants=variants[:1])
    assert again["userErrors"][0]["code"] == "VARIANT_ALREADY_EXISTS"
    gone = mutate(shop, create, id="gid://shopify/Product/1", variants=variants)
    assert gone["userErrors"][0]["code"] == "PRODUCT_DOES_NOT_EXIST"


def test_a_product_is_set_whole(shop: Client) -> None:
    size = [{"name": "Size", "values": [{"name": "S"}, {"name": "M"}]}]

    def variant(name: str, price: str) -> dict[str, Any]:
        return {"optionValues": [{"optionName": "Size", "name": name}], "price": price}

    wanted = {"title": "Whole", "handle": "whole", "productOptions": size}
    wanted["variants"] = [variant("S", "5"), variant("M", "6")]
    first = mutate(shop, SET_PRODUCT, input=wanted)
    assert first["userErrors"] == []
    prices = [(v["title"], v["price"]) for v in first["product"]["variants"]["nodes"]]
    assert prices == [("S", "5.00"), ("M", "6.00")]
    taken = mutate(shop, SET_PRODUCT, input=wanted)
    assert taken["product"] is None
    assert taken["userErrors"][0]["code"] == "HANDLE_NOT_UNIQUE"
    wanted["variants"] = [variant("M", "7")]
    second = mutate(shop, SET_PRODUCT, input=wanted, identifier={"handle": "whole"})
    (kept,) = second["product"]["variants"]["nodes"]
    assert second["product"]["id"] == first["product"]["id"]
    assert kept["id"] == first["product"]["variants"]["nodes"][1]["id"]
    assert kept["price"] == "7.00"
    found = shop.data('{ productByIdentifier(identifier: {handle: "whole"}) { id } }')
    assert found["productByIdentifier"] == {"id": first["product"]["id"]}


def test_a_deleted_product_leaves_an_event_and_its_lines(shop: Client) -> None:
    line = shop.data(
        '{ orders(first: 9, query: "id:>2000") { nodes { id lineItems(first: 1) { nodes { id'
        " product { id } variant { id } } } } } }"
    )["orders"]["nodes"]
    order = next(each for each in line if each["lineItems"]["nodes"])
    product = order["lineItems"]["nodes"][0]["product"]["id"]
    delete = """mutation($id: ID!) { productDelete(input: {id: $id}) {
        deletedProductId shop { name } userErrors { field message } } }"""
    payload = mutate(shop, delete, id=product)
    assert payload["deletedProductId"] == product
    assert payload["shop"] == {"name": 'Awkward "Shop"'}
    assert shop.data("query($id: ID!) { product(id: $id) { id } }", id=product)["product"] is None
    (event,) = shop.data(
        """{ events(first: 1, query: "action:destroy subject_type:PRODUCT", reverse: true)
        { nodes { ... on BasicEvent { action subjectId subjectType } } } }"""
    )["events"]["nodes"]
    assert event == {"action": "destroy", "subjectId": product, "subjectType": "PRODUCT"}
    found = shop.data(
        "query($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes {"
        " product { id } variant { id } } } } }",
        id=order["id"],
    )["order"]["lineItems"]["nodes"]
    assert found == [{"product": None, "variant": None}]
    (error,) = mutate(shop, delete, id=product)["userErrors"]
    assert error["message"] == "Product does not exist"


def test_numbers_are_never_given_twice(shop: Client) -> None:
    delete = "mutation($id: ID!) { productDelete(input: {id: $id}) { deletedProductId } }"
    first = mutate(shop, CREATE, product={"title": "Passing"})["product"]["id"]
    mutate(shop, delete, id=first)
    second = mutate(shop, CREATE, product={"title": "Passing"})["product"]["id"]
    assert int(second.rsplit("/", 1)[1]) > int(first.rsplit("/", 1)[1])


def test_customers(shop: Client) -> None:
    create = """mutation($input: CustomerInput!) { customerCreate(input: $input) {
        customer { id email displayName tags } userErrors { field message } } }"""
    made = mutate(shop, create, input={"email": "new@example.com", "firstName": "N"})
    assert made["customer"]["displayName"] == "N"
    for input, message in (
        ({"email": "NEW@example.com"}, "Email has already been taken"),
        ({"email": "nonsense"}, "Email is invalid"),
        ({"tags": ["x"]}, "A name, phone number, or email address must be present"),
    ):
        (error,) = mutate(shop, create, input=input)["userErrors"]
        assert error["message"] == message
    update = """mutation($input: CustomerInput!) { customerUpdate(input: $input) {
        customer { lastName email } userErrors { field message } } }"""
    changed = mutate(shop, update, input={"id": made["customer"]["id"], "lastName": "L"})
    assert changed["customer"] == {"lastName": "L", "email": "new@example.com"}
    delete = """mutation($id: ID!) { customerDelete(input: {id: $id}) {
        deletedCustomerId userErrors { field message } } }"""
    assert mutate(shop, delete, id=made["customer"]["id"])["userErrors"] == []
    (error,) = mutate(shop, delete, id="gid://shopify/Customer/500")["userErrors"]
    assert "associated orders" in error["message"]


REFUND = """mutation($input: RefundInput!, $key: String!) {
    refundCreate(input: $input) @idempotent(key: $key) {
    refund { id totalRefundedSet { shopMoney { amount } }
             refundLineItems(first: 5) { nodes { quantity restockType } } }
    order { displayFinancialStatus totalRefundedSet { shopMoney { amount } } }
    userErrors { field message } } }"""


def test_a_refund_happens_once(shop: Client) -> None:
    (line,) = shop.data(
        '{ order(id: "gid://shopify/Order/2001") { lineItems(first: 1) { nodes { id } } } }'
    )["order"]["lineItems"]["nodes"]
    input = {
        "orderId": "gid://shopify/Order/2001",
        "refundLineItems": [{"lineItemId": line["id"], "quantity": 1, "restockType": "RETURN"}],
        "transactions": [
            {
                "orderId": "gid://shopify/Order/2001",
                "amount": "9.99",
                "gateway": "cash",
                "kind": "REFUND",
            }
        ],
    }
    mine = key()
    first = mutate(shop, REFUND, input=input, key=mine)
    assert first["userErrors"] == []
    assert mutate(shop, REFUND, input=input, key=mine) == first
    # The order's presentment currency has another rate; the shop's money is what is compared.
    refunded = Decimal(first["order"]["totalRefundedSet"]["shopMoney"]["amount"])
    assert refunded == Decimal(first["refund"]["totalRefundedSet"]["shopMoney"]["amount"])
    assert first["order"]["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    (error,) = mutate(shop, REFUND, input=input, key=key())["userErrors"]
    assert error["message"] == "Quantity cannot refund more items than were purchased"
    bare = REFUND.replace(", $key: String!", "").replace(" @idempotent(key: $key)", "")
    assert "@idempotent" in shop.error(bare, input=input)["message"]


def test_cancelling_and_deleting_an_order(shop: Client) -> None:
    cancel = """mutation($id: ID!) { orderCancel(orderId: $id, reason: CUSTOMER, restock: true,
        refundMethod: {originalPaymentMethodsRefund: true}) { job { id done }
        orderCancelUserErrors { code message } } }"""
    order = "gid://shopify/Order/2003"
    assert mutate(shop, cancel, id=order)["orderCancelUserErrors"] == []
    found = shop.data(
        """query($id: ID!) { order(id: $id) { cancelledAt cancelReason displayFinancialStatus
        currentTotalPriceSet { shopMoney { amount } } totalPriceSet { shopMoney { amount } }
        totalRefundedSet { shopMoney { amount } } } }""",
        id=order,
    )["order"]
    assert found["cancelReason"] == "CUSTOMER"
    assert found["displayFinancialStatus"] == "REFUNDED"
    assert found["currentTotalPriceSet"]["shopMoney"]["amount"] == "0.0"
    assert found["totalRefundedSet"] == found["totalPriceSet"]
    (error,) = mutate(shop, cancel, id=order)["orderCancelUserErrors"]
    assert error["code"] == "INVALID"
    delete = """mutation($id: ID!) { orderDelete(orderId: $id) {
        deletedId userErrors { code field message } } }"""
    assert mutate(shop, delete, id=order) == {"deletedId": order, "userErrors": []}
    assert mutate(shop, delete, id=order)["userErrors"][0]["code"] == "NOT_FOUND"


def test_a_scope_is_needed(tmp_path: Path) -> None:
    app = create_app(
        write_store(tmp_path / "s.duckdb", UNHEARD),
        token=TOKEN,
        files_dir=tmp_path / "bulk",
        scopes=["read_products"],
    )
    with running(app) as url:
        text = """mutation { metafieldsSet(metafields: [{ownerId: "gid://shopify/Product/100",
            key: "k", type: "t", value: "v"}]) { userErrors { code } } }"""
        assert mutate(Client(url), text)["userErrors"] == [{"code": "APP_NOT_AUTHORIZED"}]
        body = Client(url).body(CREATE, product={"title": "No"})
        assert body["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
        found = Client(url).data('{ productByIdentifier(identifier: {handle: "no"}) { id } }')
        assert found == {"productByIdentifier": None}


def test_inputs_that_only_shopify_knows_are_named() -> None:
    """With Shopify's whole schema they are valid; the log says that nothing is done with them."""
    given = {
        "product": {"title": "T", "seo": {"title": "S"}, "productOptions": [{"linked": 1}]},
        "synchronous": True,
    }
    found = list(unused(SERVED_MUTATIONS["productCreate"].args, given))
    assert found == ["product.seo", "product.productOptions.linked", "synchronous"]


def test_an_array_of_more_than_250(shop: Client) -> None:
    input = quantities(1)
    input["quantities"] *= 251
    error = shop.error(SET, input=input, key=key())
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


SERVER = """
import sys
from contextlib import contextmanager
from pathlib import Path
from nerdx_pipelines.demo.store import serve
serve(Path(sys.argv[1]), token=sys.argv[2], files_dir=Path(sys.argv[3]),
      ready=lambda url: print(url, flush=True), bucket=1e9, restore=1e9)
"""


@pytest.mark.parametrize("answers", [0, 7])
def test_a_killed_server_neither_forgets_nor_doubles(tmp_path: Path, answers: int) -> None:
    """Killed with changes under way, each is asked for again with its key: all happen once."""
    path = write_store(tmp_path / "store.duckdb", UNHEARD)

    @contextmanager
    def server() -> Iterator[tuple[subprocess.Popen[str], Client]]:
        command = [sys.executable, "-c", SERVER, str(path), TOKEN, str(tmp_path / "bulk")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield process, Client(process.stdout.readline().strip())
            finally:
                process.kill()

    keys = [key() for _ in range(12)]
    with server() as (process, shop), ThreadPoolExecutor(4) as pool:
        before = available(shop)

        def ask(mine: str) -> dict[str, Any]:
            return mutate(Client(shop.url), ADJUST, input=delta(3), key=mine)

        jobs = [pool.submit(ask, mine) for mine in keys]
        for job in jobs[:answers]:
            job.result()
        process.kill()
    with server() as (_, shop):
        for mine in keys:
            assert mutate(shop, ADJUST, input=delta(3), key=mine)["userErrors"] == []
        assert available(shop) == before + 3 * len(keys)
