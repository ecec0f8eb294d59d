"""What changed or was deleted since the last time: nothing is lost, whatever happens meanwhile."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from nerdx_pipelines.shopify.pulling import pages, pull, ranges
from nerdx_pipelines.shopify.pulling.pull import (
    CUSTOMERS,
    ORDERS,
    PRODUCTS,
    pull_changed,
    pull_deletions,
)
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.faulty_shop import Asked, Edit, Fault
from tests.shopify.large_shop import PRODUCT, TIE, TIED, VARIANTS, LargeShop, large_shop

TIED_AT = datetime.fromisoformat(TIE)


@pytest.fixture
def client(large: LargeShop) -> ShopifyClient:
    return ShopifyClient(large.http.url, SecretStr(TOKEN), "2026-10", sleep=lambda _: None)


@pytest.fixture(params=["pages", "bulk"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of pulling, whatever the number of objects; the pages are small."""
    monkeypatch.setattr(ranges, "BULK_FROM", 0 if request.param == "bulk" else 10**9)
    monkeypatch.setattr(pages, "PAGE", 37)
    return request.param


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "changed.jsonl"


def roots(file: Path) -> Counter[str]:
    rows = map(json.loads, file.read_bytes().splitlines())
    return Counter(row["id"] for row in rows if "__parentId" not in row)


def test_many_that_share_their_time(large: LargeShop, client: ShopifyClient, to: Path, method: str):
    pulled = pull_changed(client, ORDERS, TIED_AT, to)
    expected = large.ids("orders", "Order", f"updated_at >= '{TIE}'")
    assert len(expected) >= TIED
    assert roots(to) == Counter(expected)
    assert (pulled.method, pulled.roots) == (method, len(expected))
    pull_changed(client, ORDERS, TIED_AT + timedelta(seconds=1), to)
    assert roots(to) == Counter(large.ids("orders", "Order", f"updated_at > '{TIE}'"))


def test_a_product_with_thousands_of_variants(client: ShopifyClient, to: Path, method: str):
    pull_changed(client, PRODUCTS, datetime(2026, 3, 1, tzinfo=UTC), to)
    rows = list(map(json.loads, to.read_bytes().splitlines()))
    of_it = [row for row in rows if row.get("__parentId") == f"gid://shopify/Product/{PRODUCT}"]
    assert len({row["id"] for row in of_it}) == len(of_it) == VARIANTS


@pytest.mark.parametrize("resource", [PRODUCTS, CUSTOMERS, ORDERS], ids=lambda each: each.name)
def test_the_first_time_all_there_are(
    large: LargeShop, client: ShopifyClient, to: Path, resource: pull.Resource
):
    pull_changed(client, resource, None, to)
    assert roots(to) == Counter(large.ids(resource.name, resource.title.removesuffix("s")))


def test_customers_whose_filter_sees_days_only(large: LargeShop, client: ShopifyClient, to: Path):
    """Sydney's 2 March begins at 13:00 on 1 March: one changed then, one a second before."""
    since = datetime(2026, 3, 1, 13, 30, tzinfo=UTC)
    pull_changed(client, CUSTOMERS, since, to)
    wanted = large.ids("customers", "Customer", f"updated_at >= '{since.isoformat()}'")
    assert wanted
    assert wanted <= set(roots(to))


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[LargeShop]:
    """A shop of its own, whose rows a test changes."""
    with large_shop(tmp_path) as shop:
        yield shop


def test_what_changes_during_the_pull_is_not_lost(
    moving: LargeShop, to: Path, monkeypatch: pytest.MonkeyPatch
):
    """With every answer, orders anywhere change: some already read, some not yet."""
    monkeypatch.setattr(pages, "PAGE", 100)
    monkeypatch.setattr(ranges, "BULK_FROM", 10**9)
    client = ShopifyClient(moving.http.url, SecretStr(TOKEN), "2026-10", sleep=lambda _: None)
    changed = 0

    def plan(asked: Asked) -> Fault:
        nonlocal changed
        if "OrdersPage" in asked.query:
            changed += 1
            moving.sql(f"UPDATE store.orders SET updated_at = now() WHERE id % 17 = {changed % 17}")
        return None

    since = datetime(2026, 5, 1, tzinfo=UTC)
    before = moving.ids("orders", "Order", f"updated_at >= '{since.isoformat()}'")
    moving.http.reset(plan)
    first = pull_changed(client, ORDERS, since, to)
    moving.http.reset()
    assert changed > 12
    assert before <= set(roots(to))
    second = pull_changed(client, ORDERS, first.began - timedelta(minutes=1), to)
    touched = moving.ids("orders", "Order", f"updated_at >= '{first.began.isoformat()}'")
    assert len(touched) > 1000
    assert set(roots(to)) == touched
    assert second.roots == len(touched)


def test_what_moves_on_to_a_later_slice_is_not_lost(
    moving: LargeShop, to: Path, monkeypatch: pytest.MonkeyPatch
):
    """The range of changes is cut, and before each slice some orders of each slice change."""
    monkeypatch.setattr(ranges, "BULK_FROM", 100)
    monkeypatch.setattr(ranges, "LARGEST_SLICE", 500)
    client = ShopifyClient(moving.http.url, SecretStr(TOKEN), "2026-10", sleep=lambda _: None)
    operations = 0

    def plan(asked: Asked) -> Fault:
        nonlocal operations
        if "RunBulk" in asked.query:
            operations += 1
            moving.sql(f"UPDATE store.orders SET updated_at = now() WHERE id % 11 = {operations}")
        return None

    since = datetime(2026, 1, 1, tzinfo=UTC)
    before = moving.ids("orders", "Order", f"updated_at >= '{since.isoformat()}'")
    moving.http.reset(plan)
    pull_changed(client, ORDERS, since, to)
    assert operations > 4
    assert before <= set(roots(to))


def test_deletions(large: LargeShop, client: ShopifyClient, to: Path):
    since = datetime(2026, 11, 1, 2, tzinfo=UTC)
    pulled = pull_deletions(client, since, to)
    rows = list(map(json.loads, to.read_bytes().splitlines()))
    kinds = {"PRODUCT": "Product", "ORDER": "Order", "CUSTOMER": "Customer"}
    expected = large.sql(
        "SELECT subject_type, subject_id FROM store.events WHERE action = 'destroy'"
        f" AND subject_type <> 'COLLECTION' AND created_at >= '{since.isoformat()}'"
    )
    assert len(expected) > 300
    assert Counter(row["subjectId"] for row in rows) == Counter(
        f"gid://shopify/{kinds[kind]}/{id}" for kind, id in expected
    )
    assert {(row["subjectType"], row["action"]) for row in rows} == {
        (kind, "destroy") for kind in kinds
    }
    assert pulled.objects == len(rows)


def test_a_shop_that_ignores_the_filter_of_events(
    large: LargeShop, client: ShopifyClient, to: Path
):
    """It gives each kind's events for each, and those that are no deletions."""
    seen = Edit(lambda answer: answer.replace(b'"destroy"', b'"create"', 3))
    large.http.reset(lambda asked: seen if "EventsPage" in asked.query else None)
    pull_deletions(client, datetime(2026, 11, 1, tzinfo=UTC), to)
    rows = list(map(json.loads, to.read_bytes().splitlines()))
    assert rows
    assert {row["action"] for row in rows} == {"destroy"}


def test_deletions_older_than_the_shop_remembers(
    client: ShopifyClient, to: Path, caplog: pytest.LogCaptureFixture
):
    pull_deletions(client, datetime.now(UTC) - timedelta(days=300), to)
    assert "not known" not in caplog.text
    pull_deletions(client, datetime.now(UTC) - timedelta(days=400), to)
    assert "are not known: Shopify keeps events for a year" in caplog.text
