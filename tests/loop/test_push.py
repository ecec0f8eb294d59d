"""The shop's product pages brought to the recommendations: the asset against a running store.

The store is real HTTP with faults in front; what the shop has is asked of the shop.
"""

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr
from starlette.responses import Response

from nerdx_pipelines.assets.push import OFF, push_asset
from nerdx_pipelines.assets.retries import NEVER
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.resources.shopify import ShopifyResource
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify.recommendations import KEYS, NAMESPACE, TYPE
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.warehouse.database import Warehouse
from tests.demo.store.demo_shop import SHOP, TOKEN, running, write_store
from tests.shopify.faulty_shop import Asked, Edit, Fault, FaultyShop, serving
from tests.shopify.test_push import client_of

PRODUCTS = range(100, 112)
READ = """query($namespace: String!) { products(first: 250) { nodes { legacyResourceId
    related: metafield(namespace: $namespace, key: "related_products") { jsonValue type }
    complementary: metafield(namespace: $namespace, key: "complementary_products")
    { jsonValue type } } } }"""
SET = """mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
    userErrors { message } } }"""
CLEAR = """mutation($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) {
    userErrors { message } } }"""
Lists = dict[tuple[int, str], tuple[int, ...]]

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__])


@pytest.fixture(scope="module")
def one_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyShop]:
    with serving(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def shop(one_shop: FaultyShop) -> FaultyShop:
    """Without any list."""
    one_shop.reset()
    clear(one_shop)
    one_shop.reset()
    return one_shop


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def clear(shop: FaultyShop) -> None:
    everything = [place(product, kind) for product in PRODUCTS for kind in KEYS]
    client_of(shop).execute(CLEAR, {"m": everything[:12]})
    client_of(shop).execute(CLEAR, {"m": everything[12:]})


def place(product: int, kind: str) -> dict[str, str]:
    owner = f"gid://shopify/Product/{product}"
    return {"ownerId": owner, "namespace": NAMESPACE, "key": KEYS[kind]}


def write(shop: FaultyShop, product: int, kind: str, *products: int) -> None:
    """As a merchant does in the admin."""
    value = json.dumps([f"gid://shopify/Product/{each}" for each in products])
    text = place(product, kind) | {"type": TYPE, "value": value}
    assert client_of(shop).execute(SET, {"m": [text]})["metafieldsSet"]["userErrors"] == []


def lists_in(shop: FaultyShop) -> Lists:
    """What pages show."""
    nodes = client_of(shop).execute(READ, {"namespace": NAMESPACE})["products"]["nodes"]
    return {
        (int(node["legacyResourceId"]), kind): tuple(
            int(each.rpartition("/")[2]) for each in node[kind]["jsonValue"]
        )
        for node in nodes
        for kind in KEYS
        if node[kind]
    }


def want(warehouse: Warehouse, lists: Lists) -> None:
    """Have the warehouse recommend these."""
    rows = [
        (product, kind, rank, recommended)
        for (product, kind), products in lists.items()
        for rank, recommended in enumerate(products, 1)
    ]
    with warehouse.write() as con:
        con.execute("DELETE FROM loop.product_recommendations")
        for row in rows:
            con.execute(
                "INSERT INTO loop.product_recommendations VALUES (?, ?, ?, ?, 1, now())", row
            )


def push(
    warehouse: Warehouse,
    shop: FaultyShop | None,
    *,
    on: bool = True,
    replace_merchants: bool = False,
    check_all: bool = False,
    succeeds: bool = True,
    client: ShopifyClient | None = None,
) -> dict[str, Any]:
    """Run the asset; what its page says."""
    asset = push_asset(switched_on=on, replace_merchants=replace_merchants)
    resources = {
        "warehouse": WarehouseResource(path=str(warehouse.path)),
        "shopify": dg.ResourceDefinition.hardcoded_resource(client or (shop and client_of(shop))),
    }
    config = {"ops": {"pushed_recommendations": {"config": {"check_all": check_all}}}}
    result = dg.materialize(
        [asset],
        resources=resources if on else {},
        run_config=config if on else None,
        raise_on_error=False,
        tags=NEVER,
    )
    assert result.success == succeeds
    failures = [event.step_failure_data.error for event in result.get_step_failure_events()]
    errors = [(error.cause or error).message for error in failures if error]
    events = result.get_asset_materialization_events()
    metadata = events[0].materialization.metadata if events else {}
    assert TOKEN not in json.dumps([str(metadata), errors])
    return {name: each.value for name, each in metadata.items()} | {"errors": errors}


def sent(shop: FaultyShop) -> list[str]:
    """The names of the mutations since the last reset."""
    names = ("metafieldsSet", "metafieldsDelete", "standardMetafieldDefinitionEnable")
    return [name for asked in shop.asked for name in names if name in asked.query]


LISTS: Lists = {
    (100, "related"): (101, 102, 103),
    (100, "complementary"): (104,),
    (101, "related"): (100,),
    (105, "complementary"): tuple(range(100, 105)) + tuple(range(106, 111)),
}


def test_pages_show_what_is_recommended_and_a_second_run_sends_nothing(shop, warehouse):
    want(warehouse, LISTS)
    told = push(warehouse, shop)
    assert lists_in(shop) == LISTS
    assert (told["wanted"], told["sent"], told["deleted"]) == (4, 4, 0)
    assert sent(shop).count("standardMetafieldDefinitionEnable") == 2

    shop.asked.clear()
    assert push(warehouse, shop)["sent"] == 0
    assert shop.asked == []  # not even read: nothing changed here
    assert push(warehouse, shop, check_all=True)["sent"] == 0
    assert sent(shop) == []


def test_only_what_changed_is_sent_and_what_became_empty_is_deleted(shop, warehouse):
    want(warehouse, LISTS)
    push(warehouse, shop)
    changed = LISTS | {(100, "related"): (103, 101, 102), (110, "related"): (111,)}
    del changed[101, "related"]
    want(warehouse, changed)
    shop.asked.clear()
    told = push(warehouse, shop)
    assert (told["sent"], told["deleted"]) == (2, 1)
    assert lists_in(shop) == changed
    (request,) = [asked for asked in shop.asked if "metafieldsSet" in asked.query]
    owners = [each["ownerId"].rpartition("/")[2] for each in request.variables["metafields"]]
    assert sorted(owners) == ["100", "110"]


def test_switched_off_it_says_so_and_asks_nobody(shop, warehouse):
    want(warehouse, LISTS)
    told = push(warehouse, None, on=False)
    assert told["pushed"] == OFF
    assert (lists_in(shop), sent(shop)) == ({}, [])


def test_a_list_that_a_merchant_wrote_stays(shop, warehouse):
    write(shop, 100, "related", 111)
    want(warehouse, LISTS)
    told = push(warehouse, shop)
    assert (told["sent"], told["left_to_the_merchant"]) == (3, 1)
    assert lists_in(shop) == LISTS | {(100, "related"): (111,)}
    want(warehouse, {})
    assert push(warehouse, shop)["deleted"] == 3
    assert lists_in(shop) == {(100, "related"): (111,)}


def test_a_list_of_ours_that_a_merchant_changed_is_his(shop, warehouse):
    want(warehouse, LISTS)
    push(warehouse, shop)
    write(shop, 101, "related", 111, 100)
    want(warehouse, LISTS | {(101, "related"): (102,)})
    assert push(warehouse, shop)["left_to_the_merchant"] == 1
    want(warehouse, {place: LISTS[place] for place in LISTS if place != (101, "related")})
    push(warehouse, shop)
    assert lists_in(shop)[101, "related"] == (111, 100)


def test_a_merchants_list_is_replaced_if_that_is_wanted_but_never_deleted(shop, warehouse):
    write(shop, 100, "related", 111)
    write(shop, 109, "related", 111)
    want(warehouse, LISTS)
    assert push(warehouse, shop, replace_merchants=True)["sent"] == 4
    assert lists_in(shop) == LISTS | {(109, "related"): (111,)}


@pytest.mark.parametrize("value", ['["gid://shopify/Collection/8001"]', "[7]", "{}", "oak"])
def test_a_list_that_is_no_list_of_products_is_the_merchants(shop, warehouse, value):
    want(warehouse, LISTS)

    def spoil(answer: bytes) -> bytes:
        body = json.loads(answer)
        body["data"]["nodes"][0]["related"] = {"value": value, "compareDigest": "x"}
        return json.dumps(body).encode()

    shop.plan = lambda asked: Edit(spoil) if "RecommendationLists" in asked.query else None
    told = push(warehouse, shop)
    assert (told["sent"], told["left_to_the_merchant"]) == (3, 1)


def test_the_same_list_by_a_merchant_is_as_good_as_ours(shop, warehouse):
    for (product, kind), products in LISTS.items():
        write(shop, product, kind, *products)
    want(warehouse, LISTS)
    told = push(warehouse, shop)
    assert (told["sent"], told["left_to_the_merchant"]) == (0, 0)


def test_a_list_that_went_missing_comes_back_when_all_are_checked(shop, warehouse):
    want(warehouse, LISTS)
    push(warehouse, shop)
    clear(shop)
    assert push(warehouse, shop)["sent"] == 0
    assert push(warehouse, shop, check_all=True)["sent"] == 4
    assert lists_in(shop) == LISTS


def test_a_product_that_the_shop_has_not_is_named_and_the_others_are_set(shop, warehouse):
    want(warehouse, LISTS | {(101, "complementary"): (9, 100)})
    told = push(warehouse, shop, succeeds=False)
    (error,) = told["errors"]
    assert "complementary list of product 101: Value references non-existing resource" in error
    assert "gid://shopify/Product/9" in error
    assert (told["sent"], told["refused"]) == (4, 1)
    assert lists_in(shop) == LISTS
    want(warehouse, LISTS)
    assert push(warehouse, shop)["sent"] == 0


def test_lists_of_a_product_that_is_gone_are_forgotten(shop, warehouse):
    want(warehouse, {(77, "related"): (100,), (101, "related"): (100,)})
    assert push(warehouse, shop)["sent"] == 1
    with warehouse.read() as con:
        assert con.sql("SELECT product_id FROM loop.pushed_recommendations").fetchall() == [(101,)]


def test_an_answer_that_was_lost_is_no_merchants_doing(shop, warehouse):
    want(warehouse, LISTS)
    lost = [Edit(lambda _: b"<html>Bad gateway</html>")]
    shop.plan = lambda asked: lost.pop() if "metafieldsSet" in asked.query and lost else None
    told = push(warehouse, shop)  # what is sent again is answered: changed since it was read
    assert (told["left_to_the_merchant"], told["changing_meanwhile"]) == (0, 0)
    assert lists_in(shop) == LISTS
    assert push(warehouse, shop)["sent"] == 0


def test_a_merchant_who_writes_between_reading_and_writing_wins(shop, warehouse):
    want(warehouse, LISTS)
    failing = [Response(status_code=502)]
    shop.plan = lambda asked: (
        failing.pop() if "standardMetafieldDefinitionEnable" in asked.query and failing else None
    )

    def meanwhile(_: float) -> None:
        write(shop, 101, "related", 111)

    waiting = ShopifyClient(shop.url, SecretStr(TOKEN), "2026-10", sleep=meanwhile)
    told = push(warehouse, shop, client=waiting)
    assert (told["sent"], told["left_to_the_merchant"]) == (3, 1)
    assert lists_in(shop) == LISTS | {(101, "related"): (111,)}


def test_all_lists_of_a_shop_and_then_one(shop, warehouse):
    many: Lists = {
        (product, kind): tuple(each for each in PRODUCTS if each != product)[:10]
        for product in PRODUCTS
        for kind in KEYS
    }
    extra = many | {(111, "related"): (100,)}
    want(warehouse, many)
    assert push(warehouse, shop)["sent"] == 24
    assert lists_in(shop) == many
    want(warehouse, extra)
    assert push(warehouse, shop)["sent"] == 1


def victim(path: str, url: str) -> None:
    client = ShopifyResource(shop_url=url, access_token=TOKEN).client
    push(Warehouse(Path(path)), None, client=client)


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("request_number", range(1, 7))
def test_whenever_a_run_is_killed_the_next_one_completes(shop, warehouse, request_number, done):
    """Killed at a request, before the shop did it or after; then what is wanted changes."""
    write(shop, 110, "related", 109)
    want(warehouse, LISTS)
    push(warehouse, shop)
    changed = LISTS | {(100, "related"): (103,), (102, "related"): (101,), (110, "related"): (108,)}
    del changed[105, "complementary"]
    want(warehouse, changed)
    process = _forks.Process(target=victim, args=(str(warehouse.path), shop.url))
    shop.asked.clear()

    def die(answer: bytes = b"") -> bytes:
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        return answer

    def plan(_: Asked) -> Fault:
        if len(shop.asked) != request_number:
            return None
        return Edit(die) if done else Response(die(), 502)

    shop.plan = plan
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    shop.reset()
    again = changed | {(100, "related"): (102, 103)}
    want(warehouse, again)
    push(warehouse, shop)
    assert lists_in(shop) == again | {(110, "related"): (109,)}
    shop.asked.clear()
    assert push(warehouse, shop, check_all=True)["sent"] == 0
    assert sent(shop) == []


def test_without_the_scope_nothing_is_sent_and_the_message_says_which(warehouse, tmp_path):
    path = write_store(tmp_path / "store.duckdb", SHOP)
    app = create_app(path, token=TOKEN, files_dir=tmp_path / "bulk", scopes=["read_products"])
    want(warehouse, LISTS)
    with running(app) as url:
        client = ShopifyClient(url, SecretStr(TOKEN), "2026-10")
        told = push(warehouse, None, client=client, succeeds=False)
    assert told["errors"] == [
        "nerdx_pipelines.errors.ShopifyError: Nothing was sent, since recommendations cannot be "
        "shown on the products' pages: grant the app write_products and install it again.\n"
    ]
    with warehouse.read() as con:
        assert con.sql("FROM loop.pushed_recommendations").fetchall() == []


def test_a_store_that_fails_and_throttles_on_demand_gets_every_list(warehouse, tmp_path):
    path = write_store(tmp_path / "store.duckdb", SHOP)
    faults = {"throttle": 0.2, "bad_gateway": 0.2, "internal_error": 0.1, "cut": 0.1, "seed": 3}
    app = create_app(path, token=TOKEN, files_dir=tmp_path / "bulk", faults=faults)
    want(warehouse, LISTS)
    with running(app) as url:
        quiet = ShopifyClient(url, SecretStr(TOKEN), "2026-10", attempts=60, sleep=lambda _: None)
        for _ in range(2):
            push(warehouse, None, client=quiet)
        nodes = quiet.execute(READ, {"namespace": NAMESPACE})["products"]["nodes"]
    shown = {int(n["legacyResourceId"]): n for n in nodes}
    for (product, kind), products in LISTS.items():
        gids = [f"gid://shopify/Product/{each}" for each in products]
        assert shown[product][kind]["jsonValue"] == gids
    assert quiet.stats.retried > 0


@pytest.mark.parametrize("on", [False, True])
def test_every_night_all_lists_are_compared_if_it_is_on(on):
    shop = Settings(_env_file=None, NERDX_PUSH_RECOMMENDATIONS=on)
    defs = build_defs(shop)
    night = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
    with (
        dg.instance_for_test() as instance,
        dg.build_schedule_context(instance, scheduled_execution_time=night) as context,
    ):
        schedule = defs.resolve_schedule_def("daily_refresh")
        (asked,) = schedule.evaluate_tick(context).run_requests
    checks_all = {"ops": {"pushed_recommendations": {"config": {"check_all": True}}}}
    assert asked.run_config == (checks_all if on else {})
    assert dg.validate_run_config(defs.resolve_job_def("refresh"), asked.run_config)
