"""Faults on demand, each as a client meets it on the wire."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from nerdx_pipelines.demo.store.bulk.operations import keep_part
from nerdx_pipelines.demo.store.faults import NAMES, Faults
from tests.demo.store.demo_shop import SHOP, TOKEN, Client, write_store

Start = Callable[..., Client]
QUERY = "{ shop { id } }"
ORDERS = "{ orders { edges { node { id lineItems { edges { node { id title } } } } } } }"


@pytest.fixture
def shop(start: Start, tmp_path: Path) -> Client:
    return start(write_store(tmp_path / "store.duckdb"), bucket=1e9, restore=1e9)


def settings(shop: Client, **given: Any) -> dict[str, Any]:
    response = shop.session.put(f"{shop.url}/demo/faults", json=given, timeout=10)
    assert response.status_code == 200, response.text
    return response.json()


def get(shop: Client, path: str) -> requests.Response:
    return shop.session.get(f"{shop.url}/admin/api/2026-10/{path}", timeout=10)


def test_throttled_in_200(shop: Client) -> None:
    settings(shop, next=["throttle"])
    response = shop.post(QUERY)
    assert response.status_code == 200
    body = response.json()
    assert body["errors"] == [
        {
            "message": "Throttled",
            "extensions": {
                "code": "THROTTLED",
                "documentation": "https://shopify.dev/api/usage/rate-limits",
            },
        }
    ]
    cost = body["extensions"]["cost"]
    assert cost["actualQueryCost"] is None
    assert cost["requestedQueryCost"] > cost["throttleStatus"]["currentlyAvailable"]
    assert "data" not in body
    assert shop.data(QUERY)


def test_throttled_in_rest(shop: Client) -> None:
    settings(shop, next=["throttle"])
    response = get(shop, "shop.json")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1.0")
    assert get(shop, "shop.json").status_code == 200


def test_bad_gateway(shop: Client) -> None:
    settings(shop, next=["bad_gateway", "bad_gateway"])
    for response in (shop.post(QUERY), get(shop, "shop.json")):
        assert response.status_code == 502
        assert response.headers["content-type"].startswith("text/html")


def test_internal_errors(shop: Client) -> None:
    settings(shop, next=["internal_error", "internal_error"])
    response = shop.post(QUERY)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]) == (
        200,
        {
            "code": "INTERNAL_SERVER_ERROR",
            "requestId": response.headers["X-Request-Id"],
        },
    )
    assert get(shop, "shop.json").status_code == 500


def test_a_cut_answer_ends_in_the_middle(shop: Client, capfd: pytest.CaptureFixture[str]) -> None:
    settings(shop, next=["cut", "cut"])
    with pytest.raises(requests.exceptions.RequestException):
        shop.post(QUERY)
    with pytest.raises(requests.exceptions.RequestException):
        get(shop, "orders.json?status=any")
    assert shop.data(QUERY)
    assert capfd.readouterr().err == ""


def test_a_cut_mutation_has_happened(shop: Client) -> None:
    count = "{ productsCount { count } }"
    before = shop.data(count)["productsCount"]["count"]
    settings(shop, next=["cut"])
    with pytest.raises(requests.exceptions.RequestException):
        shop.post("""mutation { productCreate(product: {title: "Is it there?"}) {
            product { id } userErrors { message } } }""")
    assert shop.data(count)["productsCount"]["count"] == before + 1


def test_a_throttled_mutation_has_not_happened(shop: Client) -> None:
    settings(shop, next=["throttle", "internal_error", "bad_gateway"])
    count = "{ productsCount { count } }"
    for _ in range(3):
        shop.post("""mutation { productCreate(product: {title: "No"}) { product { id } } }""")
    assert shop.data(count)["productsCount"]["count"] == 12


def test_a_slow_body_comes_whole(shop: Client) -> None:
    expected = get(shop, "orders.json?status=any").content
    settings(shop, next=["slow"], slow_seconds=0.3)
    begun = time.monotonic()
    with shop.session.get(
        f"{shop.url}/admin/api/2026-10/orders.json?status=any", stream=True, timeout=10
    ) as response:
        assert response.content == expected
    assert time.monotonic() - begun >= 0.3


def test_a_failed_bulk_operation(shop: Client) -> None:
    settings(shop, next=["bulk_failed"])
    ended = shop.wait(shop.start_bulk(ORDERS)["bulkOperation"]["id"])
    assert ended["status"] == "FAILED"
    assert ended["errorCode"] in ("INTERNAL_SERVER_ERROR", "TIMEOUT")
    assert (ended["url"], ended["partialDataUrl"]) == (None, None)
    shop.bulk(ORDERS)


def test_a_bulk_operation_that_failed_in_part(shop: Client) -> None:
    _, whole = shop.bulk(ORDERS)
    settings(shop, next=["bulk_partial"])
    ended = shop.wait(shop.start_bulk(ORDERS)["bulkOperation"]["id"])
    assert (ended["status"], ended["url"]) == ("FAILED", None)
    part = requests.get(ended["partialDataUrl"], timeout=10).content.decode().split("\n")
    assert part.pop() == ""
    assert 0 < len(part) <= len(whole)
    assert int(ended["objectCount"]) == len(part)
    assert {json.loads(line)["id"] for line in part} <= {json.loads(each)["id"] for each in whole}


@given(
    lines=st.lists(st.binary(max_size=9).map(lambda b: b.replace(b"\n", b"")), min_size=1),
    share=st.floats(0, 1, exclude_max=True),
)
def test_a_part_is_whole_lines(
    lines: list[bytes], share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("part") / "file"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    kept = keep_part(path, share)
    assert 1 <= kept <= len(lines)
    assert path.read_bytes() == b"".join(line + b"\n" for line in lines[:kept])


def test_a_bulk_file_that_is_cut_and_one_that_stops(shop: Client) -> None:
    operation, lines = shop.bulk(ORDERS)
    settings(shop, next=["cut"])
    with pytest.raises(requests.exceptions.RequestException):
        requests.get(operation["url"], timeout=10)
    settings(shop, next=["bad_gateway", "slow"], slow_seconds=0.05)
    assert requests.get(operation["url"], timeout=10).status_code == 502
    content = requests.get(operation["url"], timeout=10).content
    assert content.decode().split("\n")[:-1] == lines


def test_an_address_that_expires_early_is_asked_for_again(shop: Client) -> None:
    operation, lines = shop.bulk(ORDERS)
    settings(shop, next=["expired_url"])
    for _ in range(2):  # for good, not for once
        response = requests.get(operation["url"], timeout=10)
        assert response.status_code == 400
        assert "<Code>ExpiredToken</Code>" in response.text
    again = shop.wait(operation["id"])
    assert again["url"] != operation["url"]
    content = requests.get(again["url"], timeout=10).content
    assert content.decode().split("\n")[:-1] == lines


def test_addresses_of_bulk_files_have_their_time(start: Start, store_path: Path) -> None:
    shop = start(store_path, url_lifetime=0)
    operation = shop.wait(shop.start_bulk(ORDERS)["bulkOperation"]["id"])
    assert operation["status"] == "COMPLETED"
    assert requests.get(operation["url"], timeout=10).status_code == 400


def test_one_operation_at_a_time_as_it_used_to_be(start: Start, tmp_path: Path) -> None:
    many = """INSERT INTO products (id, title, tags)
        SELECT 1000 + i, 't', [] FROM range(2_000_000) t(i);"""
    shop = start(write_store(tmp_path / "store.duckdb", SHOP + many), bulk_at_once=1)
    query = "{ products { edges { node { id title a: title b: title c: title } } } }"
    running = shop.start_bulk(query)["bulkOperation"]["id"]
    (refused,) = shop.start_bulk(query)["userErrors"]
    assert refused["code"] == "OPERATION_IN_PROGRESS"
    assert refused["message"] == (
        f"A bulk query operation for this app and shop is already in progress: {running}."
    )


def test_late_updates_touch_things_of_any_age(shop: Client) -> None:
    ask = "{ orders(first: 250, sortKey: ID) { nodes { id updatedAt note } } }"
    before = {node["id"]: node for node in shop.data(ask)["orders"]["nodes"]}
    assert settings(shop, seed=5, late_update=1)["late_update"] == 1
    for _ in range(10):
        shop.data(QUERY)
    met = settings(shop)
    assert met["met"] == {}
    after = {node["id"]: node for node in shop.data(ask)["orders"]["nodes"]}
    changed = [id for id in before if before[id] != after[id]]
    assert 1 <= len(changed) <= 10
    assert all(after[id]["updatedAt"] > before[id]["updatedAt"] for id in changed)
    assert all(after[id]["note"].startswith("Changed at ") for id in changed)


def test_chances_follow_their_seed(shop: Client) -> None:
    def met() -> list[int]:
        settings(shop, seed=11, throttle=0.2, bad_gateway=0.2)
        answers = [shop.post(QUERY) for _ in range(40)]
        return [
            502 if answer.status_code == 502 else 429 if "errors" in answer.json() else 200
            for answer in answers
        ]

    first = met()
    assert first == met()
    assert {200, 429, 502} == set(first)
    found = shop.session.get(f"{shop.url}/demo/faults", timeout=10).json()["met"]
    assert found == {"throttle": first.count(429), "bad_gateway": first.count(502)}


@pytest.mark.parametrize("chance", [0.0, 0.05, 1.0])
def test_chances_are_met_as_often_as_they_say(chance: float) -> None:
    faults = Faults({"seed": 2, "throttle": chance})
    met = sum(faults.strike("throttle", "cut") == "throttle" for _ in range(4000))
    assert abs(met / 4000 - chance) < 0.02
    assert faults.settings["met"] == ({"throttle": met} if met else {})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "Expecting"),
        (b"[]", "JSON object"),
        (b'{"trottle": 0.1}', "There is no fault 'trottle'"),
        (b'{"cut": 1.5}', "cut must be a number from 0 to 1"),
        (b'{"cut": -1}', "cut must be a number from 0 to 1"),
        (b'{"cut": true}', "cut must be a number from 0 to 1"),
        (b'{"seed": "a"}', "must be numbers"),
        (b'{"next": ["fire"]}', "next must be a list of"),
        (b'{"next": "cut"}', "next must be a list of"),
    ],
)
def test_settings_that_are_refused(shop: Client, body: bytes, says: str) -> None:
    before = settings(shop, cut=0)
    response = shop.session.put(f"{shop.url}/demo/faults", data=body, timeout=10)
    assert response.status_code == 400
    assert says in response.json()["errors"]
    assert shop.session.get(f"{shop.url}/demo/faults", timeout=10).json() == before


def test_the_control_endpoint_wants_the_token_and_meets_no_faults(shop: Client) -> None:
    settings(shop, **dict.fromkeys(NAMES[:4], 0.25))
    assert requests.get(f"{shop.url}/demo/faults", timeout=10).status_code == 401
    for _ in range(20):
        assert shop.session.get(f"{shop.url}/demo/faults", timeout=10).status_code == 200
    assert TOKEN not in str(settings(shop))


def test_a_rate_is_the_chance_of_all() -> None:
    faults = Faults(Faults.rate(0.05))
    assert {faults.settings[name] for name in NAMES} == {0.05}
