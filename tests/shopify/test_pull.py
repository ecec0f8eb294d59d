"""Pulls from a running shop: the same objects whatever the way, and all of them or none."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from nerdx_pipelines.errors import ConfigError, NerdxError, ShopifyError
from nerdx_pipelines.partitions import day_bounds
from nerdx_pipelines.shopify.pulling import pages, pull, ranges
from nerdx_pipelines.shopify.pulling.pull import CUSTOMERS, ORDERS, PRODUCTS, Resource, between
from nerdx_pipelines.shopify.transport.client import CostExceededError, ShopifyClient
from tests.demo.store.demo_shop import LARGEST_ID, TOKEN
from tests.shopify.faulty_shop import (
    Asked,
    Cut,
    Edit,
    Fault,
    FaultyShop,
    Plan,
    always,
    graphql_error,
    once,
    serving,
)

RESOURCES = (PRODUCTS, CUSTOMERS, ORDERS)
LARGEST_ORDER = f"gid://shopify/Order/{LARGEST_ID}"
FORMER = b'{"id":"of a former pull"}\n'

TRANSIENT: dict[str, Callable[[], Response]] = {
    "throttled": lambda: graphql_error("THROTTLED", "Throttled"),
    "429": lambda: Response(status_code=429, headers={"Retry-After": "2.0"}),
    "429 until a date": lambda: Response(
        status_code=429, headers={"Retry-After": "Sun, 22 Nov 2026 12:00:00 GMT"}
    ),
    "430": lambda: Response(status_code=430),
    "502": lambda: PlainTextResponse("<html>Bad Gateway", 502),
    "500": lambda: JSONResponse({"errors": "Internal Server Error"}, 500),
    "internal": lambda: graphql_error("INTERNAL_SERVER_ERROR", "Internal error. Request ID: 7"),
    "cut": Cut,
    "cut at once": lambda: Cut(b""),
    "no json": lambda: PlainTextResponse("<html>Sign in to the hotel's network"),
    "no data": lambda: JSONResponse({"data": None}),
    "no object": lambda: JSONResponse([]),
}
REFUSALS: dict[str, tuple[Callable[[], Response], str]] = {
    "401": (
        lambda: JSONResponse({"errors": "[API] Invalid API key"}, 401),
        "set SHOPIFY_ACCESS_TOKEN",
    ),
    "402": (lambda: Response(status_code=402), "the shop is frozen"),
    "403": (lambda: Response(status_code=403), "lacks the scope"),
    "404": (lambda: Response(status_code=404), "check SHOPIFY_SHOP_URL and SHOPIFY_API_VERSION"),
    "423": (lambda: Response(status_code=423), "the shop is locked"),
    "418": (lambda: PlainTextResponse("I am a teapot", 418), "HTTP 418: I am a teapot"),
    "redirect": (
        lambda: RedirectResponse("https://shop.example.com/password", 302),
        "redirects to shop.example.com; set SHOPIFY_SHOP_URL",
    ),
    "access denied": (
        lambda: graphql_error("ACCESS_DENIED", "Access denied for orders field."),
        "Access denied for orders field.; the token lacks the scope",
    ),
    "inactive": (lambda: graphql_error("SHOP_INACTIVE"), "the shop is frozen"),
    "no code": (
        lambda: graphql_error(None, "Field 'x' doesn't exist"),
        "Field 'x' doesn't exist; see that the shop serves SHOPIFY_API_VERSION 2026-10",
    ),
    "null extensions": (
        lambda: JSONResponse({"errors": [{"message": "Odd", "extensions": None}]}),
        "refused a query: Odd",
    ),
    "text": (lambda: JSONResponse({"errors": "Not Found"}), "refused a query: Not Found"),
    "an object": (
        lambda: JSONResponse({"errors": {"query": "Required parameter missing"}}),
        "Required parameter missing",
    ),
    "texts": (lambda: JSONResponse({"errors": ["one", "two"]}), "one; two"),
}


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def counted(file: Path) -> Counter[str]:
    """The objects of a file, in no order."""
    return Counter(json.dumps(row, sort_keys=True) for row in rows(file))


@pytest.fixture(params=["pages", "bulk"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of pulling, whatever the number of objects."""
    monkeypatch.setattr(ranges, "BULK_FROM", 0 if request.param == "bulk" else 10**9)
    return request.param


@pytest.fixture
def to(tmp_path: Path) -> Path:
    """Where a pull goes, and where a former one went."""
    file = tmp_path / "raw" / "objects.jsonl"
    file.parent.mkdir()
    file.write_bytes(FORMER)
    return file


def untouched(to: Path) -> bool:
    return [file.name for file in to.parent.iterdir()] == [to.name] and to.read_bytes() == FORMER


@pytest.mark.parametrize("page", [1, 7, 100])
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_pages_and_bulk_give_the_same_objects(
    client: ShopifyClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    resource: Resource,
    page: int,
):
    monkeypatch.setattr(pages, "PAGE", page)
    paged = pull.pull(client, resource, "", tmp_path / "pages")
    monkeypatch.setattr(ranges, "BULK_FROM", 1)
    at_once = pull.pull(client, resource, "", tmp_path / "bulk")
    assert (paged.method, at_once.method) == ("pages", "bulk")
    assert counted(paged.file) == counted(at_once.file)
    assert max(counted(paged.file).values()) == 1
    assert paged.objects == at_once.objects == len(rows(paged.file))
    roots = sum("__parentId" not in row for row in rows(paged.file))
    assert roots == pull.count(client, resource, "")


def test_what_lies_inside_arrives_whole(client: ShopifyClient, to: Path, method: str):
    orders = rows(pull.pull(client, ORDERS, "", to).file)
    lines = [row for row in orders if row.get("__parentId") == LARGEST_ORDER]
    assert {line["id"] for line in lines} == {
        f"gid://shopify/LineItem/{LARGEST_ID - k}" for k in range(60)
    }
    refunds = rows(pull.pull_refund_lines(client, to, to.with_name("refund_lines")).file)
    refunded = [row for row in refunds if row["__parentId"] == f"gid://shopify/Refund/{LARGEST_ID}"]
    assert {row["lineItem"]["id"] for row in refunded} == {
        f"gid://shopify/LineItem/{LARGEST_ID - k}" for k in range(10)
    }
    products = rows(pull.pull(client, PRODUCTS, "", to.with_name("products")).file)
    variants = [
        row for row in products if row.get("__parentId") == f"gid://shopify/Product/{LARGEST_ID}"
    ]
    assert len({variant["id"] for variant in variants}) == 30


def test_text_survives_as_it_is(client: ShopifyClient, to: Path, method: str):
    orders = rows(pull.pull(client, ORDERS, "id:2005", to).file)
    titles = {row["title"] for row in orders if "__parentId" in row}
    assert titles == {f'Line "{k}", é\n\x01\t日本 😀 \\' for k in range(5)}


def test_days_cut_a_pull_into_parts_that_add_up(client: ShopifyClient, to: Path):
    whole = counted(pull.pull(client, ORDERS, "", to).file)
    parts: Counter[str] = Counter()
    day, last = date(2026, 3, 1), date(2026, 4, 15)
    while day <= last:  # Sydney's day of 25 hours, 5 April, is one of them
        query = between("processed_at", *day_bounds(day, day, "Australia/Sydney"))
        parts += counted(pull.pull(client, ORDERS, query, to).file)
        day += timedelta(days=1)
    assert parts == whole


@pytest.mark.usefixtures("method")
def test_what_the_token_may_not_see_is_left_out(tmp_path: Path):
    scopes = ["read_orders", "read_all_orders", "read_products"]
    with serving(tmp_path, scopes=scopes) as shop:
        client = ShopifyClient(shop.url, SecretStr(TOKEN), "2026-10", sleep=lambda _: None)
        with pytest.raises(ShopifyError, match="scope"):
            pull.pull(client, ORDERS, "", tmp_path / "orders")
        orders = pull.pull(client, ORDERS.without("customers"), "", tmp_path / "orders").file
        found = [row for row in rows(orders) if "__parentId" not in row]
        assert len(found) == 41
        assert not any("customer" in row for row in found)


def test_fewer_than_the_shop_counted_is_said(
    shop: FaultyShop, client: ShopifyClient, to: Path, caplog: pytest.LogCaptureFixture
):
    assert pull.pull(client, ORDERS, "", to).counted == 41
    assert "the shop counted" not in caplog.text
    more = Edit(lambda answer: answer.replace(b'"count":41', b'"count":43'))
    shop.reset(lambda asked: more if "OrdersCount" in asked.query else None)
    pulled = pull.pull(client, ORDERS, "", to)
    assert (pulled.counted, pulled.roots) == (43, 41)
    assert "orders: the shop counted 43 and gave 41. Were that many deleted" in caplog.text


def test_nothing_matches(client: ShopifyClient, to: Path, method: str):
    late = between("processed_at", datetime(2030, 1, 1, tzinfo=UTC))
    pulled = pull.pull(client, ORDERS, late, to)
    assert (pulled.objects, to.read_bytes()) == (0, b"")
    assert pull.pull_refund_lines(client, to, to.with_name("refund_lines")).objects == 0


@pytest.mark.parametrize("at", [1, 2, 4])
@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_passes_is_sat_out(
    shop: FaultyShop,
    client: ShopifyClient,
    to: Path,
    waits: list[float],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    at: int,
):
    monkeypatch.setattr(pages, "PAGE", 20)
    pull.pull(client, ORDERS, "", to)
    whole = to.read_bytes()
    shop.reset(once(TRANSIENT[fault], at))
    pull.pull(client, ORDERS, "", to)
    assert to.read_bytes() == whole
    assert len(waits) == 1


@pytest.mark.parametrize("fault", TRANSIENT)
def test_what_never_passes_ends_in_advice(
    shop: FaultyShop, client: ShopifyClient, to: Path, waits: list[float], fault: str
):
    shop.reset(always(TRANSIENT[fault]))
    with pytest.raises(ShopifyError, match=r"in 6 tries: .*Check the network and SHOPIFY_SHOP_URL"):
        pull.pull(client, ORDERS, "", to)
    assert len(shop.asked) == 6
    assert len(waits) == 5
    assert untouched(to)


@pytest.mark.parametrize("at", [1, 3])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_says_what_to_do(
    shop: FaultyShop,
    client: ShopifyClient,
    to: Path,
    monkeypatch: pytest.MonkeyPatch,
    waits: list[float],
    refusal: str,
    at: int,
):
    monkeypatch.setattr(pages, "PAGE", 20)
    answer, advice = REFUSALS[refusal]
    shop.reset(once(answer, at))
    with pytest.raises(ShopifyError) as raised:
        pull.pull(client, ORDERS, "", to)
    assert advice in str(raised.value)
    assert TOKEN not in str(raised.value)
    assert (len(shop.asked), waits) == (at, [])
    assert untouched(to)


def test_the_shop_says_how_long_to_wait(
    shop: FaultyShop, client: ShopifyClient, waits: list[float]
):
    shop.reset(once(TRANSIENT["429"]))
    pull.count(client, ORDERS, "")
    status = {"currentlyAvailable": 250, "restoreRate": 100.0, "maximumAvailable": 2000.0}
    cost = {"requestedQueryCost": 750, "actualQueryCost": None, "throttleStatus": status}
    shop.reset(once(lambda: graphql_error("THROTTLED", **cost)))
    pull.count(client, ORDERS, "")
    shop.reset(once(lambda: Response(status_code=429, headers={"Retry-After": "86400"})))
    pull.count(client, ORDERS, "")
    jitter = 0.25
    assert all(0 <= wait - least <= jitter for wait, least in zip(waits, (2, 5, 60), strict=True))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_a_page_that_costs_too_much_shrinks(
    shop: FaultyShop, client: ShopifyClient, to: Path, resource: Resource
):
    pull.pull(client, resource, "", to)
    whole = counted(to)
    shop.reset(too_dear(lambda variables: variables.get("first", 0) > 5))
    pull.pull(client, resource, "", to)
    assert counted(to) == whole


def test_refunds_that_cost_too_much_are_asked_for_in_parts(
    shop: FaultyShop, client: ShopifyClient, to: Path
):
    pull.pull(client, ORDERS, "", to)
    at_once = pull.pull_refund_lines(client, to, to.with_name("at once"))
    shop.reset(too_dear(lambda variables: len(variables.get("ids", [])) > 2))
    in_parts = pull.pull_refund_lines(client, to, to.with_name("in parts"))
    assert counted(at_once.file) == counted(in_parts.file)


def test_one_object_that_costs_too_much(shop: FaultyShop, client: ShopifyClient, to: Path):
    shop.reset(too_dear(lambda variables: "first" in variables))
    with pytest.raises(CostExceededError):
        pull.pull(client, ORDERS, "", to)
    assert untouched(to)


def too_dear(much: Callable[[dict], bool]) -> Plan:
    def plan(asked: Asked) -> Fault:
        return graphql_error("MAX_COST_EXCEEDED") if much(asked.variables) else None

    return plan


def test_an_order_deleted_between_two_pages_of_its_lines(
    shop: FaultyShop, client: ShopifyClient, to: Path
):
    gone = JSONResponse({"data": {"node": None}})
    shop.reset(lambda asked: gone if "OrdersLines" in asked.query else None)
    with pytest.raises(ShopifyError, match=f"{LARGEST_ORDER} was deleted .* run it again"):
        pull.pull(client, ORDERS, "", to)
    assert untouched(to)


def test_a_file_that_cannot_be_written(client: ShopifyClient, tmp_path: Path):
    (tmp_path / "raw").write_text("a file where a folder should be")
    with pytest.raises(NerdxError, match=r"Cannot write .*NERDX_DATA_DIR"):
        pull.pull(client, ORDERS, "", tmp_path / "raw" / "orders.jsonl")


@pytest.mark.parametrize(
    "token", ["shpat_secret\n", "shpat_secret\r\nX: y", "shpat_schlüssel-ß日本"]
)
def test_a_token_that_no_header_takes_is_not_shown(shop: FaultyShop, token: str):
    client = ShopifyClient(shop.url, SecretStr(token), "2026-10")
    with pytest.raises(ShopifyError, match="SHOPIFY_ACCESS_TOKEN") as raised:
        pull.count(client, ORDERS, "")
    assert "shpat" not in str(raised.value)
    assert shop.asked == []


@pytest.mark.parametrize("url", ["", "ftp://x", "https://", "http://[", "http://host:port", "a b"])
def test_an_address_that_is_none(url: str):
    with pytest.raises(NerdxError, match="SHOPIFY_SHOP_URL"):
        pull.count(ShopifyClient(url, SecretStr(TOKEN), "2026-10", attempts=1), ORDERS, "")


def test_without_a_token(shop: FaultyShop):
    with pytest.raises(ConfigError, match="SHOPIFY_ACCESS_TOKEN is not set"):
        ShopifyClient(shop.url, SecretStr(""), "2026-10")
