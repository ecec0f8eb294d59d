"""Bulk operations from a running shop: whatever it answers, all objects or a clear reason."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.responses import JSONResponse, Response

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.pulling import bulk, pull, ranges
from nerdx_pipelines.shopify.pulling.bulk import BulkFailedError
from nerdx_pipelines.shopify.pulling.bulk_files import BrokenFileError
from nerdx_pipelines.shopify.pulling.pull import ORDERS
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.shopify.faulty_shop import Asked, Cut, Edit, Fault, FaultyShop, Plan

QUERY = ORDERS.text("OrdersBulk", query="")


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "orders.jsonl"


@pytest.fixture
def whole(client: ShopifyClient, shop: FaultyShop, tmp_path: Path) -> Counter[bytes]:
    """What a bulk operation without any fault gives."""
    bulk.run_bulk(client, QUERY, tmp_path / "whole")
    shop.reset()
    return lines(tmp_path / "whole")


def lines(file: Path) -> Counter[bytes]:
    return Counter(file.read_bytes().splitlines())


def polled(*states: dict[str, object]) -> Plan:
    """The states that the shop tells one after another, then the last of them for ever."""
    told = 0

    def change(answer: bytes) -> bytes:
        nonlocal told
        content = json.loads(answer)
        content["data"]["node"] |= states[min(told, len(states) - 1)]
        told += 1
        return json.dumps(content).encode()

    return lambda asked: Edit(change) if "PollBulk" in asked.query else None


def asked_for(shop: FaultyShop, name: str) -> int:
    return sum(f" {name}(" in asked.query for asked in shop.asked)


def test_it_gives_all_objects_and_says_how_many(client: ShopifyClient, to: Path, whole: Counter):
    written = bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole
    rows = [json.loads(line) for line in whole.elements()]
    assert written.objects == len(rows)
    assert written.roots == sum("__parentId" not in row for row in rows)
    assert {row["id"].split("/")[-2] for row in rows if "__parentId" in row} >= {"LineItem"}


def test_a_parent_may_come_after_its_children(
    client: ShopifyClient, shop: FaultyShop, to: Path, whole: Counter
):
    backwards = Edit(lambda content: b"\n".join(content.splitlines()[::-1]) + b"\n")
    shop.reset(lambda asked: None if asked.query else backwards)
    bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole


ENDINGS = {
    "timeout": ({"status": "FAILED", "errorCode": "TIMEOUT"}, BulkFailedError, r"FAILED \(TIMEOUT"),
    "expired": ({"status": "EXPIRED"}, BulkFailedError, "ended EXPIRED; nothing was loaded"),
    "no file": (
        {"status": "COMPLETED", "objectCount": "9", "url": None},
        BulkFailedError,
        "counts 9 objects but offers no file",
    ),
    "denied": (
        {"status": "FAILED", "errorCode": "ACCESS_DENIED"},
        ShopifyError,
        "ACCESS_DENIED.*lacks a scope.*Grant it",
    ),
    "cancelled": ({"status": "CANCELED"}, ShopifyError, "someone stopped it.*run it again"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_one_that_ends_badly(shop: FaultyShop, client: ShopifyClient, to: Path, ending: str):
    state, kind, problem = ENDINGS[ending]
    shop.reset(polled({"status": "RUNNING"}, {"status": "CANCELING"}, state))
    with pytest.raises(ShopifyError, match=problem) as raised:
        bulk.run_bulk(client, QUERY, to)
    assert type(raised.value) is kind
    assert asked_for(shop, "PollBulk") == 3
    assert not to.exists()


def test_one_that_the_shop_forgets(shop: FaultyShop, client: ShopifyClient, to: Path):
    gone = JSONResponse({"data": {"node": None}})
    shop.reset(lambda asked: gone if "PollBulk" in asked.query else None)
    with pytest.raises(BulkFailedError, match=r"knows gid://shopify/BulkOperation/.* no more"):
        bulk.run_bulk(client, QUERY, to)


def test_one_that_never_ends_is_given_up_and_cancelled(
    shop: FaultyShop,
    client: ShopifyClient,
    to: Path,
    waits: list[float],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(bulk, "PATIENCE", 100.0)
    caplog.set_level("INFO")
    shop.reset(polled({"status": "RUNNING", "objectCount": "1234"}))
    with pytest.raises(ShopifyError, match=r"still runs after 10\d s; try a shorter range"):
        bulk.run_bulk(client, QUERY, to)
    assert asked_for(shop, "CancelBulk") == 1
    assert waits == sorted(waits)
    assert max(waits) == 5
    assert caplog.text.count("1234 objects so far") == 9


def test_one_that_nobody_waits_for_any_more_is_cancelled(
    shop: FaultyShop, client: ShopifyClient, to: Path
):
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    client.sleep = interrupted
    shop.reset(polled({"status": "RUNNING"}))
    with pytest.raises(KeyboardInterrupt):
        bulk.run_bulk(client, QUERY, to)
    assert asked_for(shop, "CancelBulk") == 1


def test_a_query_that_is_refused(client: ShopifyClient, to: Path):
    with pytest.raises(ShopifyError, match=r"refused a bulk operation: .*connection"):
        bulk.run_bulk(client, "{ shop { id } }", to)


def busy(code: str, times: int) -> Plan:
    """The first `times` operations are not started, because others run."""
    left = times
    error = {
        "field": None,
        "message": "A bulk query operation is already in progress",
        "code": code,
    }
    refusal = {"bulkOperation": None, "userErrors": [error]}

    def plan(asked: Asked) -> Fault:
        nonlocal left
        if "RunBulk" not in asked.query or not left:
            return None
        left -= 1
        return JSONResponse({"data": {"bulkOperationRunQuery": refusal}})

    return plan


@pytest.mark.parametrize("code", ["OPERATION_IN_PROGRESS", "LIMIT_REACHED"])
def test_others_that_run_are_waited_out(
    shop: FaultyShop,
    client: ShopifyClient,
    to: Path,
    whole: Counter,
    waits: list[float],
    caplog: pytest.LogCaptureFixture,
    code: str,
):
    caplog.set_level("INFO")
    waits.clear()
    shop.reset(busy(code, times=7))
    bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole
    assert waits[:7] == [1, 2, 4, 8, 16, 30, 30]
    assert caplog.text.count("for room for a bulk operation") == 7


def test_others_that_never_end(
    shop: FaultyShop, client: ShopifyClient, to: Path, waits: list[float]
):
    shop.reset(busy("LIMIT_REACHED", times=10**6))
    with pytest.raises(ShopifyError, match=r"no room for a bulk operation in 36\d\d s: .*run it"):
        bulk.run_bulk(client, QUERY, to)
    assert sum(waits) < bulk.BUSY_PATIENCE + bulk.BUSY_PAUSE


def test_more_at_once_than_the_shop_runs(client: ShopifyClient, whole: Counter):
    client.sleep = lambda _: time.sleep(0.02)
    starts = [bulk.start(client, QUERY) for _ in range(3 * bulk.AT_ONCE)]
    for bulk_id in starts:
        assert int(bulk.finished(client, bulk_id)["objectCount"]) == whole.total()


def lost(times: int) -> Plan:
    """The first `times` operations are started, but nobody hears of it."""
    left = times

    def plan(asked: Asked) -> Fault:
        nonlocal left
        if "RunBulk" not in asked.query or not left:
            return None
        left -= 1
        return Edit(lambda _: b"<html>Bad Gateway")

    return plan


def test_one_that_was_started_unheard_is_found(
    shop: FaultyShop, client: ShopifyClient, to: Path, whole: Counter
):
    shop.reset(lost(times=1))
    bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole
    assert asked_for(shop, "RunBulk") == 1


def test_one_that_was_not_started_is_started_again(
    shop: FaultyShop, client: ShopifyClient, to: Path, whole: Counter
):
    left = [Response(status_code=502), Response(status_code=502)]
    shop.reset(lambda asked: left.pop() if left and "RunBulk" in asked.query else None)
    bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole
    assert asked_for(shop, "RunBulk") == 3


def test_a_start_that_is_never_answered(shop: FaultyShop, client: ShopifyClient, to: Path):
    shop.reset(lambda asked: Response(status_code=502) if "RunBulk" in asked.query else None)
    with pytest.raises(ShopifyError, match=r"answer to 6 starts.*: HTTP 502\..* run it again"):
        bulk.run_bulk(client, QUERY, to)
    assert asked_for(shop, "RunBulk") == client.attempts


def spoiled_file(fault: Callable[[], Fault], times: int) -> Plan:
    """The first `times` answers with the bulk file's content are spoiled."""
    left = times

    def plan(asked: Asked) -> Fault:
        nonlocal left
        if asked.query or not left:
            return None
        left -= 1
        return fault()

    return plan


FILE_FAULTS: dict[str, tuple[Callable[[], Fault], str]] = {
    "a line less": (
        lambda: Edit(lambda content: content[: content.rindex(b"\n", 0, -1) + 1]),
        "where Shopify counted",
    ),
    "a child in place of a root": (
        lambda: Edit(lambda content: content.replace(b"{", b'{"__parentId":"x",', 1)),
        "where Shopify counted",
    ),
    "empty": (lambda: Edit(lambda _: b""), r"holds 0 objects \(0 roots\)"),
    "cut": (lambda: Cut(b'{"id":"1"}\n{"id'), r"broke off after \d+ lines"),
    "cut at once": (lambda: Cut(b""), "broke off after 0 lines"),
    "expired": (lambda: Response(status_code=403), r"address has expired \(HTTP 403\)"),
    "gone": (lambda: Response(status_code=410), r"address has expired \(HTTP 410\)"),
    "no token": (lambda: Response(status_code=400), r"address has expired \(HTTP 400\)"),
    "unavailable": (lambda: Response(status_code=503), "answered HTTP 503"),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_file_that_comes_spoiled_is_fetched_again(
    shop: FaultyShop, client: ShopifyClient, to: Path, whole: Counter, fault: str
):
    shop.reset(spoiled_file(FILE_FAULTS[fault][0], times=2))
    bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole
    assert asked_for(shop, "RunBulk") == 1


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_the_operation_runs_again_if_its_file_stays_spoiled(
    shop: FaultyShop, client: ShopifyClient, to: Path, whole: Counter, fault: str
):
    shop.reset(spoiled_file(FILE_FAULTS[fault][0], times=3))
    bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole
    assert asked_for(shop, "RunBulk") == 2


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_file_that_always_comes_spoiled(
    shop: FaultyShop, client: ShopifyClient, to: Path, fault: str
):
    answer, problem = FILE_FAULTS[fault]
    shop.reset(spoiled_file(answer, times=99))
    with pytest.raises(BrokenFileError, match=f"{problem}.*nothing was loaded. Run it again"):
        bulk.run_bulk(client, QUERY, to)
    assert sum(not asked.query for asked in shop.asked) == 9
    assert asked_for(shop, "RunBulk") == 3


def test_an_address_that_has_expired_is_asked_for_again(
    shop: FaultyShop, client: ShopifyClient, to: Path, whole: Counter
):
    def stale(answer: bytes) -> bytes:
        content = json.loads(answer)
        if content["data"]["node"]["url"]:
            content["data"]["node"]["url"] = f"{shop.url}/bulk-operation-outputs/old/old.jsonl"
        return json.dumps(content).encode()

    expired = False

    def plan(asked: Asked) -> Fault:
        nonlocal expired
        if urlsplit(asked.path).path.endswith("old.jsonl"):
            expired = True
            return Response(status_code=403)
        return Edit(stale) if "PollBulk" in asked.query and not expired else None

    shop.reset(plan)
    bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole
    files = [asked.path.rsplit("/")[-1] for asked in shop.asked if not asked.query]
    assert len(files) == 2
    assert files[0] == "old.jsonl"
    assert asked_for(shop, "RunBulk") == 1


def test_a_file_without_a_last_line_break(
    shop: FaultyShop, client: ShopifyClient, to: Path, whole: Counter
):
    shop.reset(lambda asked: None if asked.query else Edit(lambda content: content.rstrip(b"\n")))
    bulk.run_bulk(client, QUERY, to)
    assert lines(to) == whole


@pytest.fixture
def former(to: Path, monkeypatch: pytest.MonkeyPatch) -> Iterable[bytes]:
    """The file of a former pull; whatever the number of objects, pulls go by bulk operations."""
    monkeypatch.setattr(ranges, "BULK_FROM", 0)
    to.write_bytes(b'{"id":"of a former pull"}\n')
    return to.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_pull_by_one_that_ends_badly(
    shop: FaultyShop,
    client: ShopifyClient,
    to: Path,
    whole: Counter,
    former: bytes,
    caplog: pytest.LogCaptureFixture,
    ending: str,
):
    state, kind, problem = ENDINGS[ending]
    shop.reset(polled(state))
    if kind is ShopifyError:
        with pytest.raises(ShopifyError, match=problem):
            pull.pull(client, ORDERS, "", to)
        assert to.read_bytes() == former
        assert asked_for(shop, "RunBulk") == 1
    else:
        pulled = pull.pull(client, ORDERS, "", to)
        assert (pulled.method, asked_for(shop, "RunBulk")) == ("pages", 3)
        assert {json.loads(line)["id"] for line in lines(to)} == {
            json.loads(line)["id"] for line in whole
        }
        assert "so they are read in pages" in caplog.text


def test_a_pull_with_a_file_that_always_comes_spoiled(
    shop: FaultyShop, client: ShopifyClient, to: Path, former: bytes
):
    shop.reset(spoiled_file(Cut, times=99))
    with pytest.raises(ShopifyError, match="broke off"):
        pull.pull(client, ORDERS, "", to)
    assert to.read_bytes() == former
    assert [file.name for file in to.parent.iterdir()] == [to.name]
