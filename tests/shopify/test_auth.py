"""Tokens: asked for once, kept for the others, never in clear, renewed in time."""

import json
import logging
import stat
import threading
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from nerdx_pipelines.errors import ConfigError, DiskError, ShopifyError
from nerdx_pipelines.shopify.transport.auth import ClientCredentials, StaticToken, token_source
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.shopify.small_shop import CLIENT_ID, CLIENT_SECRET, QUERY, SmallShop, serving

DAY = 86_399


@pytest.fixture
def small() -> Iterator[SmallShop]:
    with serving() as shop:
        yield shop


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "shopify-token"


class Time:
    """A clock that tests set."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


def source(small: SmallShop, file: Path, clock: Time, secret: str = CLIENT_SECRET, **other: str):
    app = other.get("client_id", CLIENT_ID)
    url = other.get("url", small.url)
    return ClientCredentials(url, app, SecretStr(secret), file, clock, lambda _: None)


def test_a_token_is_asked_for_once(small: SmallShop, file: Path, clock: Time):
    first = source(small, file, clock)
    assert [first.token().get_secret_value() for _ in range(3)] == ["shpat_1"] * 3
    assert source(small, file, clock).token().get_secret_value() == "shpat_1"
    assert len(small.granted) == 1


@pytest.mark.parametrize(("lifetime", "margin"), [(DAY, 900), (60, 15)])
def test_it_is_renewed_before_it_ends(
    small: SmallShop, file: Path, clock: Time, lifetime: float, margin: float
):
    small.lifetime = lifetime
    tokens = source(small, file, clock)
    tokens.token()
    clock.now += lifetime - margin - 1
    assert tokens.token().get_secret_value() == "shpat_1"
    clock.now += 2
    assert tokens.token().get_secret_value() == "shpat_2"
    assert source(small, file, clock).token().get_secret_value() == "shpat_2"


def test_the_file_says_nothing_to_others(small: SmallShop, file: Path, clock: Time):
    tokens = source(small, file, clock)
    token = tokens.token()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {path.name for path in file.parent.iterdir()} <= {file.name, f"{file.name}.lock"}
    content = file.read_bytes()
    assert not any(
        secret.encode() in content for secret in (token.get_secret_value(), CLIENT_SECRET, "shpat")
    )
    assert "shpat" not in repr(tokens)
    assert CLIENT_SECRET not in repr(tokens)


def spoil(file: Path, content: bytes) -> None:
    file.write_bytes(content)


UNUSABLE = {
    "empty": lambda file: spoil(file, b""),
    "cut": lambda file: spoil(file, file.read_bytes()[:-9]),
    "changed": lambda file: spoil(file, file.read_bytes()[:-9] + b"AAAAAAA=="),
    "in clear": lambda file: spoil(file, json.dumps({"access_token": "x"}).encode()),
    "binary": lambda file: spoil(file, bytes(range(256))),
    "unreadable": lambda file: (file.unlink(), file.symlink_to("nowhere")),
}


@pytest.mark.parametrize("how", UNUSABLE)
def test_a_file_that_is_of_no_use_is_replaced(small: SmallShop, file: Path, clock: Time, how: str):
    source(small, file, clock).token()
    UNUSABLE[how](file)
    assert source(small, file, clock).token().get_secret_value() == "shpat_2"
    assert source(small, file, clock).token().get_secret_value() == "shpat_2"
    assert len(small.granted) == 2


def test_a_token_is_of_use_to_its_own_shop_app_and_secret_only(
    small: SmallShop, file: Path, clock: Time
):
    source(small, file, clock).token()
    with serving() as other:
        assert source(other, file, clock).token().get_secret_value() == "shpat_1"
        assert len(other.granted) == 1
    for strange in ({"secret": "rotated"}, {"client_id": "app-2"}):
        before = file.read_bytes()
        with pytest.raises(ShopifyError, match="check SHOPIFY_CLIENT_ID"):
            source(small, file, clock, **strange).token()
        assert file.read_bytes() == before


def test_threads_ask_once(small: SmallShop, file: Path, clock: Time):
    tokens, found = source(small, file, clock), []
    threads = [
        threading.Thread(target=lambda: found.append(tokens.token().get_secret_value()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == ["shpat_1"] * 8
    assert len(small.granted) == 1


def _ask(url: str, file: Path, found: object) -> None:
    found.put(
        ClientCredentials(url, CLIENT_ID, SecretStr(CLIENT_SECRET), file).token().get_secret_value()
    )


def test_processes_ask_once(small: SmallShop, file: Path):
    context = get_context("forkserver")
    found = context.Queue()
    processes = [context.Process(target=_ask, args=(small.url, file, found)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [found.get(timeout=60) for _ in processes] == ["shpat_1"] * 3
    for process in processes:
        process.join(20)
    assert len(small.granted) == 1


def test_a_token_that_is_refused_is_replaced_once(
    small: SmallShop, file: Path, clock: Time, caplog: pytest.LogCaptureFixture
):
    client = ShopifyClient(small.url, source(small, file, clock), "2026-10")
    assert client.execute(QUERY) == {"thing": 1}
    small.tokens.clear()  # the app was installed again
    with caplog.at_level(logging.INFO):
        assert client.execute(QUERY) == {"thing": 1}
    assert small.asked == ["shpat_1", "shpat_1", "shpat_2"]
    assert "refused a token before its time" in caplog.text
    assert "shpat_" not in caplog.text
    # Another process, which still has the old one, takes the new one from the file.
    small.tokens.discard("shpat_1")
    assert len(small.granted) == 2


def test_another_process_has_renewed_it_already(small: SmallShop, file: Path, clock: Time):
    one, two = source(small, file, clock), source(small, file, clock)
    old = one.token()
    assert two.token() == old
    assert one.renew(old)
    assert two.renew(old)
    assert two.token() == one.token() != old
    assert len(small.granted) == 2


class NoTokens(set):
    def add(self, _: object) -> None:
        """Forgotten at once."""


def test_a_shop_that_refuses_what_it_has_given(small: SmallShop, file: Path, clock: Time):
    small.tokens = NoTokens()
    client = ShopifyClient(small.url, source(small, file, clock), "2026-10")
    with pytest.raises(ShopifyError, match=r"HTTP 401.*SHOPIFY_CLIENT_ID") as raised:
        client.execute(QUERY)
    assert small.asked == ["shpat_1", "shpat_2"]
    assert "shpat_" not in str(raised.value)


REFUSALS = {
    "400": (
        lambda: JSONResponse(
            {"error": "shop_not_permitted", "error_description": "Cannot be performed"}, 400
        ),
        r"HTTP 400: Cannot be performed\): check SHOPIFY_CLIENT_ID",
    ),
    "401": (lambda: JSONResponse({"error": "invalid_client"}, 401), "HTTP 401: invalid_client"),
    "403": (lambda: PlainTextResponse("<html>Forbidden", 403), r"HTTP 403\): check"),
    "302": (lambda: RedirectResponse("https://example.com", 302), "HTTP 302"),
    "a page": (
        lambda: PlainTextResponse("<p>Oauth error shop_not_permitted: Not here.</p>", 400),
        "HTTP 400: Oauth error shop_not_permitted: Not here",
    ),
    "no json": (lambda: PlainTextResponse("<html>Hello"), r"HTTP 200\): check"),
    "a list": (lambda: JSONResponse(["x"]), "HTTP 200"),
    "no token": (lambda: JSONResponse({"scope": "x"}), "HTTP 200"),
    "odd lifetime": (lambda: JSONResponse({"access_token": "t", "expires_in": "1h"}), "lasts '1h'"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_client_that_is_refused(small: SmallShop, file: Path, clock: Time, refusal: str):
    answer, problem = REFUSALS[refusal]
    small.spoil_grant = answer
    with pytest.raises(ShopifyError, match=problem) as raised:
        source(small, file, clock).token()
    assert "organization" in str(raised.value)
    assert CLIENT_SECRET not in str(raised.value)
    assert len(small.granted) == 1
    assert not file.exists()


@pytest.mark.parametrize("status", [429, 430, 500, 502])
def test_what_passes_is_sat_out(small: SmallShop, file: Path, clock: Time, status: int):
    answers = [Response(status_code=status), Response(status_code=status), None]
    small.spoil_grant = lambda: answers.pop(0)
    assert source(small, file, clock).token().get_secret_value() == "shpat_3"


def test_what_does_not_pass(small: SmallShop, file: Path, clock: Time):
    small.spoil_grant = lambda: Response(status_code=503)
    with pytest.raises(ShopifyError, match="no access token in 5 tries: HTTP 503"):
        source(small, file, clock).token()
    assert len(small.granted) == 5


def test_nobody_is_there(small: SmallShop, file: Path, clock: Time):
    url = "http://127.0.0.1:9"
    with pytest.raises(ShopifyError, match=r"5 tries: .*Connection refused.*SHOPIFY_SHOP_URL"):
        source(small, file, clock, url=url).token()


def test_a_file_that_cannot_be_written(small: SmallShop, tmp_path: Path, clock: Time):
    (tmp_path / "data").touch()
    with pytest.raises(DiskError, match="NERDX_DATA_DIR"):
        source(small, tmp_path / "data" / "shopify-token", clock).token()


def test_an_answer_without_an_end_is_taken_as_a_day(small: SmallShop, file: Path, clock: Time):
    small.spoil_grant = lambda: JSONResponse({"access_token": "shpat_x"})
    tokens = source(small, file, clock)
    tokens.token()
    clock.now += DAY - 901
    tokens.token()
    assert len(small.granted) == 1


SECRET = SecretStr("s")


@pytest.mark.parametrize(
    ("token", "app", "secret", "problem"),
    [
        (None, None, None, "SHOPIFY_ACCESS_TOKEN is not set, nor are SHOPIFY_CLIENT_ID and"),
        (SecretStr(""), "", SecretStr(""), "SHOPIFY_ACCESS_TOKEN is not set"),
        (SECRET, "app", SECRET, "are both set"),
        (SECRET, "app", None, "are both set"),
        (SECRET, None, SECRET, "are both set"),
        (None, "app", None, "SHOPIFY_CLIENT_SECRET is not set"),
        (None, None, SECRET, "SHOPIFY_CLIENT_ID is not set"),
    ],
)
def test_credentials_that_do_not_add_up(
    file: Path, token: SecretStr | None, app: str | None, secret: SecretStr | None, problem: str
):
    with pytest.raises(ConfigError, match=problem):
        token_source("demo.myshopify.com", token, app, secret, file)


def test_either_kind_of_credentials(file: Path):
    static = token_source("demo.myshopify.com", SECRET, "", None, file)
    assert isinstance(static, StaticToken)
    assert static.token() == SECRET
    assert not static.renew(SECRET)
    kept = token_source("demo.myshopify.com", SecretStr(""), "app", SECRET, file)
    assert isinstance(kept, ClientCredentials)
    assert not file.exists()
