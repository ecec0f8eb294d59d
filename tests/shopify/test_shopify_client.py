"""What the client does with answers of every kind, from several threads and within its points."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from nerdx_pipelines.errors import ConfigError, NerdxError, ShopifyError
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.transport.reply import (
    CostExceededError,
    OutcomeUnknownError,
)
from nerdx_pipelines.shopify.user_errors import ShopifyUserError, UserError, user_errors
from tests.shopify.faulty_shop import Cut, graphql_error
from tests.shopify.small_shop import MUTATION, QUERY, SmallShop, serving

TOKEN = "shpat_static"


@pytest.fixture
def small() -> Iterator[SmallShop]:
    with serving() as shop:
        yield shop


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(small: SmallShop, waits: list[float]) -> ShopifyClient:
    return ShopifyClient(small.url, SecretStr(TOKEN), "2026-10", sleep=waits.append)


def first(*faults: Callable[[], Response]) -> Callable[[Request], Response | None]:
    """These in place of the first answers."""
    left = list(faults)
    return lambda _: left.pop(0)() if left else None


UNTOUCHED = {
    "throttled": lambda: graphql_error("THROTTLED", "Throttled"),
    "429": lambda: Response(status_code=429, headers={"Retry-After": "2.0"}),
    "430": lambda: Response(status_code=430),
}
AMBIGUOUS = {
    "500": lambda: JSONResponse({"errors": "Internal Server Error"}, 500),
    "502": lambda: PlainTextResponse("<html>Bad Gateway", 502),
    "503": lambda: Response(status_code=503, headers={"Retry-After": "1"}),
    "internal": lambda: graphql_error("INTERNAL_SERVER_ERROR", "Internal error. Request ID: 7"),
    "cut": Cut,
    "cut at once": lambda: Cut(b""),
    "no json": lambda: PlainTextResponse("<html>Sign in to the hotel's network"),
    "no data": lambda: JSONResponse({"data": None}),
}
TRANSIENT = UNTOUCHED | AMBIGUOUS


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_query_is_sent_again(
    small: SmallShop, client: ShopifyClient, waits: list[float], fault: str
):
    small.spoil = first(TRANSIENT[fault], TRANSIENT[fault])
    assert client.execute(QUERY) == {"thing": 1}
    assert (len(small.asked), len(waits)) == (3, 2)
    assert (client.stats.requests, client.stats.retried) == (3, 2)
    assert client.stats.throttled == (2 if fault == "throttled" else 0)
    assert client.stats.seconds_waited == sum(waits)
    assert client.stats.points == small.actual


@pytest.mark.parametrize("fault", UNTOUCHED)
def test_a_change_that_was_not_begun_is_sent_again(
    small: SmallShop, client: ShopifyClient, fault: str
):
    small.spoil = first(UNTOUCHED[fault], UNTOUCHED[fault])
    assert client.execute(MUTATION, idempotent=False) == {"thing": 1}
    assert len(small.asked) == 3


@pytest.mark.parametrize("fault", AMBIGUOUS)
def test_a_change_that_may_have_been_made_is_not_sent_again(
    small: SmallShop, client: ShopifyClient, waits: list[float], fault: str
):
    small.spoil = first(AMBIGUOUS[fault])
    with pytest.raises(OutcomeUnknownError, match="may have been made or not: look before"):
        client.execute(MUTATION, idempotent=False)
    assert (len(small.asked), waits) == (1, [])
    assert client.execute(MUTATION) == {"thing": 1}  # one that may be repeated
    small.spoil = first(UNTOUCHED["429"], AMBIGUOUS[fault])
    with pytest.raises(OutcomeUnknownError):
        client.execute(MUTATION, idempotent=False)


def test_a_change_that_takes_too_long(
    small: SmallShop, client: ShopifyClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nerdx_pipelines.shopify.transport.client.TIMEOUT", (5, 0.05))
    small.seconds = 0.5
    with pytest.raises(OutcomeUnknownError, match=r"timed out|read timeout"):
        client.execute(MUTATION, idempotent=False)
    assert len(small.asked) == 1


@contextmanager
def nobody() -> Iterator[str]:
    """An address that refuses connections."""
    with socket.socket() as taken:  # bound, but not listening
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_change_that_nobody_received_is_sent_again(waits: list[float]):
    with nobody() as url:
        client = ShopifyClient(url, SecretStr(TOKEN), "2026-10", sleep=waits.append)
        with pytest.raises(ShopifyError, match=r"in 6 tries: .*Connection refused") as raised:
            client.execute(MUTATION, idempotent=False)
    assert not isinstance(raised.value, OutcomeUnknownError)
    assert len(waits) == 5


@pytest.mark.parametrize(
    ("query", "claims"), [(QUERY, True), (MUTATION, False)], ids=["query", "change"]
)
def test_tries_are_bounded(small: SmallShop, client: ShopifyClient, query: str, claims: bool):
    small.spoil = lambda _: Response(status_code=502)
    with pytest.raises(ShopifyError, match=r"in 6 tries: HTTP 502\. Check") as raised:
        client.execute(query)
    assert len(small.asked) == 6
    assert ("nothing was changed" in str(raised.value)) == claims


REFUSALS = {
    "401": (lambda: JSONResponse({"errors": "x"}, 401), r"HTTP 401.*set SHOPIFY_ACCESS_TOKEN"),
    "402": (lambda: Response(status_code=402), "the shop is frozen"),
    "403": (lambda: Response(status_code=403), "lacks the scope"),
    "403, a token that lasts": (
        lambda: JSONResponse(
            {"errors": "Non-expiring access tokens are no longer accepted for the Admin API"}, 403
        ),
        "set SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET in place of SHOPIFY_ACCESS_TOKEN",
    ),
    "404": (lambda: Response(status_code=404), "check SHOPIFY_SHOP_URL and SHOPIFY_API_VERSION"),
    "423": (lambda: Response(status_code=423), "the shop is locked"),
    "ACCESS_DENIED": (lambda: graphql_error("ACCESS_DENIED"), "lacks the scope"),
    "SHOP_INACTIVE": (lambda: graphql_error("SHOP_INACTIVE"), "the shop is frozen"),
    "MAX_COST_EXCEEDED": (
        lambda: graphql_error("MAX_COST_EXCEEDED", "Query cost is 1464"),
        "cost is 1464; ask for fewer objects at a time",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_says_what_to_do(
    small: SmallShop, client: ShopifyClient, waits: list[float], refusal: str
):
    answer, advice = REFUSALS[refusal]
    small.spoil = first(answer)
    with pytest.raises(ShopifyError, match=advice) as raised:
        client.execute(QUERY)
    assert (len(small.asked), waits) == (1, [])
    assert TOKEN not in str(raised.value)
    assert isinstance(raised.value, CostExceededError) == (refusal == "MAX_COST_EXCEEDED")
    assert client.execute(QUERY) == {"thing": 1}  # what was held back for it is free again


def test_the_secret_is_not_in_the_repr(client: ShopifyClient):
    assert TOKEN not in repr(client)


@pytest.mark.parametrize(
    ("asked", "served", "told"),
    [
        ("2026-10", None, None),
        ("2026-07", "2026-07", None),
        ("2026-01", "2026-04", "asked for API 2026-01, answered by 2026-04"),
        ("2025-01", "2026-01", "asked for API 2025-01, answered by 2026-01"),
        ("2025-01", None, "API 2025-01 is not one of those"),
        ("unstable", None, "API unstable is not one of those"),
    ],
)
def test_another_version_than_expected_is_told_once(
    small: SmallShop,
    caplog: pytest.LogCaptureFixture,
    asked: str,
    served: str | None,
    told: str | None,
):
    small.version = served
    client = ShopifyClient(small.url, SecretStr(TOKEN), asked)
    for _ in range(3):
        client.execute(QUERY)
    warnings = [record.getMessage() for record in caplog.records]
    assert client.served_version == (served or asked)
    if told is None:
        assert (client.version_warning, warnings) == (None, [])
        return
    assert client.version_warning
    assert warnings == [f"{small.url}: {client.version_warning}"]
    assert told in client.version_warning
    assert "set SHOPIFY_API_VERSION" in client.version_warning
    assert all(record.levelno == logging.WARNING for record in caplog.records)


@pytest.mark.parametrize("version", ["", "2026", "2026-1", "2026-10 ", "latest", "2026-02", "../x"])
def test_a_version_that_is_none(version: str):
    with pytest.raises(ConfigError, match="SHOPIFY_API_VERSION is"):
        ShopifyClient("demo.myshopify.com", SecretStr(TOKEN), version)


@pytest.mark.parametrize("url", ["", "ftp://x", "https://", "http://[", "http://host:port", "a b"])
def test_an_address_that_is_none(url: str):
    with pytest.raises(NerdxError, match="SHOPIFY_SHOP_URL"):
        ShopifyClient(url, SecretStr(TOKEN), "2026-10", attempts=1).execute(QUERY)


@pytest.mark.parametrize("end", ["/", "/admin", "/?x=1"])
def test_what_a_browser_adds_to_an_address_is_left_out(small: SmallShop, end: str):
    client = ShopifyClient(small.url + end, SecretStr(TOKEN), "2026-10")
    assert client.execute(QUERY) == {"thing": 1}


def test_without_a_token(small: SmallShop):
    with pytest.raises(ConfigError, match="SHOPIFY_ACCESS_TOKEN is not set"):
        ShopifyClient(small.url, SecretStr(""), "2026-10")


def in_threads(count: int, work: Callable[[], object]) -> None:
    problems: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []


def test_threads_share_the_points(small: SmallShop):
    """Six at once at a bucket that they empty in a moment: none of them is throttled."""
    small.fill(1000, 4000)
    small.seconds = 0.01
    client = ShopifyClient(small.url, SecretStr(TOKEN), "2026-10")
    sessions = set()

    def work() -> None:
        sessions.add(client.session)
        for _ in range(20):
            client.execute(QUERY, {"first": 50})

    in_threads(6, work)
    assert small.throttled == client.stats.throttled == 0
    assert client.stats.requests == len(small.asked) == 120
    assert client.stats.points == small.spent == 120 * small.actual
    assert client.stats.seconds_waited > 0
    assert len(sessions) == 6


def test_threads_are_throttled_by_somebody_else(small: SmallShop):
    small.fill(1000, 8000)
    clients = [ShopifyClient(small.url, SecretStr(TOKEN), "2026-10", 30) for _ in range(2)]

    def work() -> None:
        for _ in range(30):
            for client in clients:
                client.execute(QUERY)

    in_threads(3, work)
    assert sum(client.stats.throttled for client in clients) == small.throttled
    assert sum(client.stats.points for client in clients) == small.spent == 180 * small.actual


PAYLOAD = {
    "product": None,
    "userErrors": [
        {"field": ["product", "title"], "message": "Title can't be blank\n", "code": "BLANK"},
        {"field": None, "message": "No"},
    ],
}


def test_user_errors_are_errors():
    errors = user_errors(PAYLOAD)
    assert errors == (
        UserError("product.title", "Title can't be blank", "BLANK"),
        UserError("", "No", ""),
    )
    refused = ShopifyUserError("The shop did not take ''", errors, "Give it a title.")
    assert str(refused) == (
        "The shop did not take '': Title can't be blank (product.title); No Give it a title."
    )
    assert refused.errors == errors
    assert user_errors({"product": {"id": "1"}, "userErrors": []}) == ()


def test_what_the_shop_says_on_several_lines_is_said_on_one(
    small: SmallShop, client: ShopifyClient, caplog: pytest.LogCaptureFixture
):
    said = "Internal error.\nRequest ID: 7\n"
    small.spoil = first(lambda: graphql_error("INTERNAL_SERVER_ERROR", said))
    assert client.execute(QUERY) == {"thing": 1}
    assert "Shopify: Internal error. Request ID: 7; try 2" in caplog.text
    small.spoil = first(lambda: graphql_error("SOMETHING", said))
    with pytest.raises(ShopifyError, match=r"a query: Internal error\. Request ID: 7; see that"):
        client.execute(QUERY)
    small.spoil = first(lambda: PlainTextResponse("Go\naway", 418))
    with pytest.raises(ShopifyError, match=r"HTTP 418: Go away\."):
        client.execute(QUERY)
