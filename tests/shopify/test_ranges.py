"""Ranges of time cut into slices: whatever fails, they add up to what the store holds."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.pulling import pull, ranges
from nerdx_pipelines.shopify.pulling.pull import ORDERS, pull_range, pull_refund_lines
from nerdx_pipelines.shopify.pulling.ranges import Slice, cut
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.faulty_shop import Asked, Edit, Fault, Plan
from tests.shopify.large_shop import LINES, VISITS, LargeShop

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def client(large: LargeShop, waits: list[float]) -> ShopifyClient:
    return ShopifyClient(large.http.url, SecretStr(TOKEN), "2026-10", sleep=waits.append)


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few thousand orders are many."""
    monkeypatch.setattr(ranges, "BULK_FROM", 150)
    monkeypatch.setattr(ranges, "SLICE_ROOTS", 500)


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "raw" / "orders.jsonl"


def kinds(file: Path) -> dict[str, Counter[str]]:
    """The ids in a file by kind; each has to be there once."""
    found: dict[str, Counter[str]] = {"Order": Counter(), "LineItem": Counter()}
    found["CustomerVisit"] = Counter()
    for line in file.read_bytes().splitlines():
        row = json.loads(line)
        kind, id = row["id"].split("/")[-2:]
        found[kind][f"{id} of {row['__parentId']}" if "__parentId" in row else id] += 1
    return found


def truth(shop: LargeShop, start: datetime, end: datetime) -> dict[str, Counter[str]]:
    """The same, from the store's own tables."""
    within = f"o.processed_at >= '{start.isoformat()}' AND o.processed_at < '{end.isoformat()}'"
    orders = shop.sql(f"SELECT o.id::VARCHAR FROM store.orders o WHERE {within}")
    children = {
        kind: shop.sql(
            f"SELECT c.id || ' of gid://shopify/Order/' || o.id FROM store.{table} c"
            f" JOIN store.orders o ON c.order_id = o.id WHERE {within} {also}"
        )
        for kind, table, also in (
            ("LineItem", "line_items", ""),
            ("CustomerVisit", "order_visits", "AND o.journey_ready"),
        )
    }
    rows = {"Order": orders} | children
    return {kind: Counter(id for (id,) in found) for kind, found in rows.items()}


def asked_for(shop: LargeShop, name: str) -> int:
    return sum(f" {name}(" in asked.query for asked in shop.http.asked)


@pytest.mark.usefixtures("small_slices")
def test_a_range_comes_whole_by_several_operations(
    large: LargeShop, client: ShopifyClient, to: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    pulled = pull_range(client, ORDERS, "processed_at", START, END, to)
    expected = truth(large, START, END)
    assert kinds(to) == expected
    assert pulled.roots == expected["Order"].total()
    assert pulled.objects == sum(found.total() for found in expected.values())
    assert pulled.method == "bulk"
    assert asked_for(large, "RunBulk") == 5
    assert f"2026-01-01…2026-07-01: {pulled.roots:,} by 5 bulk operations (about 37" in caplog.text
    assert [file.name for file in to.parent.iterdir()] == [to.name]


def test_few_come_in_pages(
    large: LargeShop, client: ShopifyClient, to: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    end = START + timedelta(days=20)
    pulled = pull_range(client, ORDERS, "processed_at", START, end, to)
    assert kinds(to) == truth(large, START, end)
    assert (pulled.method, asked_for(large, "RunBulk")) == ("pages", 0)
    assert "in about 1 pages (fewer than" in caplog.text


def test_an_order_with_hundreds_of_lines_and_visits(
    client: ShopifyClient, large: LargeShop, to: Path, monkeypatch: pytest.MonkeyPatch
):
    day = datetime(2026, 4, 15, tzinfo=UTC)
    found = []
    for bulk_from in (10**9, 0):
        monkeypatch.setattr(ranges, "BULK_FROM", bulk_from)
        pull_range(client, ORDERS, "processed_at", day, day + timedelta(seconds=1), to)
        rows = [json.loads(line) for line in to.read_bytes().splitlines()]
        found.append(Counter(json.dumps(row, sort_keys=True) for row in rows))
        (root,) = (row for row in rows if "__parentId" not in row)
        assert root["customerJourneySummary"] == {"ready": True}
        assert Counter(row["id"].split("/")[-2] for row in rows if "__parentId" in row) == {
            "LineItem": LINES,
            "CustomerVisit": VISITS,
        }
        assert {row["__parentId"] for row in rows if "__parentId" in row} == {root["id"]}
        visits = [row for row in rows if "CustomerVisit" in row["id"]]
        assert sum(bool(row["utmParameters"]) for row in visits) == VISITS / 3
    assert found[0] == found[1]


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    cuts=st.lists(
        st.integers(0, 181 * 86_400_000_000).map(lambda us: START + timedelta(microseconds=us)),
        max_size=2,
    ),
    bulk_from=st.sampled_from([100, 700, 10**9]),
    slice_roots=st.sampled_from([150, 1_000]),
)
def test_parts_of_a_range_add_up_whatever_the_cuts(
    large_all_along: LargeShop,
    tmp_path_factory: pytest.TempPathFactory,
    cuts: list[datetime],
    bulk_from: int,
    slice_roots: int,
):
    url, token = large_all_along.http.url, SecretStr(TOKEN)
    client = ShopifyClient(url, token, "2026-10", sleep=lambda _: None)
    folder = tmp_path_factory.mktemp("parts")
    moments = [START, *sorted(cuts), END]
    total: dict[str, Counter[str]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranges, "BULK_FROM", bulk_from)
        patch.setattr(ranges, "SLICE_ROOTS", slice_roots)
        for number, (start, end) in enumerate(pairwise(moments)):
            to = folder / f"{number}.jsonl"
            pull_range(client, ORDERS, "processed_at", start, end, to)
            assert kinds(to) == truth(large_all_along, start, end)
            for kind, found in kinds(to).items():
                total[kind] = total.get(kind, Counter()) + found
    assert total == truth(large_all_along, START, END)


@settings(max_examples=60, deadline=None)
@given(
    seconds=st.lists(st.integers(0, 10**7), max_size=60),
    span=st.integers(1, 10**7),
    wanted=st.integers(1, 9),
)
def test_cuts_leave_no_gap_and_do_not_overlap(seconds: list[int], span: int, wanted: int):
    start = datetime(2026, 1, 1, 0, 0, 0, 500, tzinfo=UTC)
    whole = Slice(start, start + timedelta(seconds=span), len(seconds) * 1000)

    def counted(_: object, __: object, query: str) -> int:
        first, last = (datetime.fromisoformat(part.split("'")[1]) for part in query.split(" AND "))
        moments = (start + timedelta(seconds=second) for second in seconds)
        return 1000 * sum(first <= moment < last for moment in moments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranges, "count", counted)
        patch.setattr(ranges, "SLICE_ROOTS", 1 + whole.roots // wanted)
        slices = cut(None, ORDERS, "processed_at", whole)  # type: ignore[arg-type]
    assert (slices[0].start, slices[-1].end) == (whole.start, whole.end)
    assert all(each.start < each.end for each in slices)
    assert all(a.end == b.start for a, b in pairwise(slices))
    assert len(slices) <= max(wanted, 5)


def failing(fails: Callable[[int], bool], **state: object) -> Plan:
    """The bulk operations whose number is chosen end FAILED."""
    ids: list[str] = []

    def plan(asked: Asked) -> Fault:
        if "PollBulk" not in asked.query:
            return None
        if asked.variables["id"] not in ids:
            ids.append(asked.variables["id"])
        if not fails(ids.index(asked.variables["id"])):
            return None

        def change(answer: bytes) -> bytes:
            content = json.loads(answer)
            node = content["data"]["node"]
            node |= {"status": "FAILED", "errorCode": "TIMEOUT", "url": None} | state
            return json.dumps(content).encode()

        return Edit(change)

    return plan


@pytest.mark.parametrize("every", [2, 3])
@pytest.mark.usefixtures("small_slices")
def test_a_slice_that_fails_is_split_and_tried_again(
    large: LargeShop,
    client: ShopifyClient,
    to: Path,
    caplog: pytest.LogCaptureFixture,
    every: int,
):
    # Four in all: whoever comes when, none is that of one slice five times, which would be the end.
    large.http.reset(failing(lambda number: number in range(0, 4 * every, every)))
    pull_range(client, ORDERS, "processed_at", START, END, to)
    assert kinds(to) == truth(large, START, END)
    assert "ended FAILED (TIMEOUT); nothing was loaded. Splitting the range at 2026-" in caplog.text


@pytest.mark.usefixtures("small_slices")
def test_a_shop_whose_operations_all_fail(
    large: LargeShop, client: ShopifyClient, to: Path, monkeypatch: pytest.MonkeyPatch
):
    to.parent.mkdir()
    to.write_text("former")
    monkeypatch.setattr(ranges, "BULK_FROM", 5)
    large.http.reset(failing(lambda _: True))
    with pytest.raises(
        ShopifyError,
        match=r"orders processed_at 2026-\d\d-\d\d.*…2026-.*: .*FAILED.*failed 5 times \(TIMEOUT\)",
    ):
        pull_range(client, ORDERS, "processed_at", START, END, to)
    assert to.read_text() == "former"
    assert [file.name for file in to.parent.iterdir()] == [to.name]


@pytest.mark.usefixtures("small_slices")
def test_small_halves_of_what_fails_come_in_pages(
    large: LargeShop, client: ShopifyClient, to: Path
):
    large.http.reset(failing(lambda _: True))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    end = start + timedelta(days=60)
    pull_range(client, ORDERS, "processed_at", start, end, to)
    assert kinds(to) == truth(large, start, end)
    assert asked_for(large, "OrdersPage") > 2


def test_a_range_too_short_to_split_is_tried_again(
    large: LargeShop, client: ShopifyClient, to: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ranges, "BULK_FROM", 1)
    start = datetime(2026, 4, 15, tzinfo=UTC)
    end = start + timedelta(seconds=1)
    large.http.reset(failing(lambda number: number < 2))
    pull_range(client, ORDERS, "processed_at", start, end, to)
    assert kinds(to) == truth(large, start, end)
    assert asked_for(large, "RunBulk") == 3


def test_the_partial_file_says_where_to_split(
    large: LargeShop, client: ShopifyClient, to: Path, caplog: pytest.LogCaptureFixture
):
    """It got to 10 April: a bit after the middle of the half year."""
    last = datetime(2026, 4, 10, 3, 4, 5, tzinfo=UTC)
    partial = b'{"id":"x","processedAt":"2026-02-01T00:00:00Z"}\n{"id":"y","__parentId":"x"}\n'
    partial += b'{"id":"z","processedAt":"2026-04-10T03:04:05Z"}\n{"id":"broken'
    url = f"{large.http.url}/bulk-operation-outputs/x/partial.jsonl"
    failed = failing(lambda number: number == 0, partialDataUrl=url)

    def plan(asked: Asked) -> Fault:
        return Edit(lambda _: partial) if "partial" in asked.path else failed(asked)

    large.http.reset(plan)
    pull_range(client, ORDERS, "processed_at", START, END, to)
    assert kinds(to) == truth(large, START, END)
    assert f"Splitting the range at {last}" in caplog.text


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'{"processedAt":"yesterday"}\n'])
def test_a_partial_file_that_says_nothing(
    large: LargeShop,
    client: ShopifyClient,
    to: Path,
    caplog: pytest.LogCaptureFixture,
    content: bytes,
):
    url = f"{large.http.url}/partial.jsonl"
    failed = failing(lambda number: number == 0, partialDataUrl=url)

    def plan(asked: Asked) -> Fault:
        return Edit(lambda _: content) if "partial" in asked.path else failed(asked)

    large.http.reset(plan)
    pull_range(client, ORDERS, "processed_at", START, END, to)
    assert kinds(to) == truth(large, START, END)
    middle = START + (END - START) / 2
    assert f"Splitting the range at {middle}" in caplog.text


@pytest.mark.usefixtures("small_slices")
def test_one_slice_that_cannot_be_had_ends_the_others(
    large: LargeShop, client: ShopifyClient, to: Path
):
    """The first operation is denied; the others would run for ever."""
    ids: list[str] = []

    def change(answer: bytes) -> bytes:
        content = json.loads(answer)
        node = content["data"]["node"]
        if node["id"] not in ids:
            ids.append(node["id"])
        denied = {"status": "FAILED", "errorCode": "ACCESS_DENIED"}
        node |= denied if node["id"] == ids[0] and len(ids) == 5 else {"status": "RUNNING"}
        return json.dumps(content).encode()

    large.http.reset(lambda asked: Edit(change) if "PollBulk" in asked.query else None)
    with pytest.raises(ShopifyError, match="ACCESS_DENIED"):
        pull_range(client, ORDERS, "processed_at", START, END, to)
    cancelled = {a.variables["id"] for a in large.http.asked if "CancelBulk" in a.query}
    assert cancelled == set(ids[1:])
    assert list(to.parent.iterdir()) == []


def test_a_filter_of_days_does_not_cut(client: ShopifyClient, to: Path):
    with pytest.raises(ValueError, match="customers cannot be cut by updated_at"):
        pull_range(client, pull.CUSTOMERS, "updated_at", START, END, to)


def test_refund_lines_of_many_orders(large: LargeShop, client: ShopifyClient, to: Path):
    pull_range(client, ORDERS, "processed_at", START, END, to)
    refunded = pull_refund_lines(client, to, to.with_name("refund_lines"))
    rows = [json.loads(line) for line in refunded.file.read_bytes().splitlines()]
    expected = large.sql("SELECT id, refund_id FROM store.refund_line_items")
    assert Counter((row["id"], row["__parentId"]) for row in rows) == Counter(
        (f"gid://shopify/RefundLineItem/{id}", f"gid://shopify/Refund/{refund}")
        for id, refund in expected
    )
    assert asked_for(large, "Refunds") == 5


def test_the_way_is_the_same_for_a_bare_search(large: LargeShop, client: ShopifyClient, to: Path):
    search = pull.between("processed_at", START, END)
    pulled = pull.pull(client, ORDERS, search, to)
    assert pulled.method == "bulk"
    assert kinds(to) == truth(large, START, END)
