"""Tokens: the store's own, those of the client-credentials grant, and their ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.oauth import GrantError, Tokens
from tests.demo.store.demo_shop import Client

APP = ("app-id", "app-secret")
GRANT = {"grant_type": "client_credentials", "client_id": APP[0], "client_secret": APP[1]}


def ask(client: Client, **how: Any) -> requests.Response:
    return requests.post(f"{client.url}/admin/oauth/access_token", timeout=10, **how)


def with_token(client: Client, token: str) -> Client:
    other = Client(client.url)
    other.session.headers["X-Shopify-Access-Token"] = token
    return other


@pytest.fixture
def shop(start: Callable[..., Client], store_path: Path) -> Client:
    return start(store_path, client=APP, scopes=["read_orders", "read_products"])


@pytest.mark.parametrize("form", ["data", "json"])
def test_an_app_gets_a_token_with_its_scopes(shop: Client, form: str) -> None:
    response = ask(shop, **{form: GRANT})
    answer = response.json()
    assert response.status_code == 200
    assert answer | {"access_token": ""} == {
        "access_token": "",
        "scope": "read_orders,read_products",
        "expires_in": 86399,
    }
    mine = with_token(shop, answer["access_token"])
    assert mine.data("{ products(first: 1) { nodes { id } } }")["products"]["nodes"]
    found = mine.session.get(f"{shop.url}/admin/oauth/access_scopes.json", timeout=10).json()
    assert [each["handle"] for each in found["access_scopes"]] == ["read_orders", "read_products"]
    scopes = mine.data("{ currentAppInstallation { accessScopes { handle } } }")
    assert scopes["currentAppInstallation"]["accessScopes"] == found["access_scopes"]


def test_every_grant_gives_another_token_and_the_older_ones_live_on(shop: Client) -> None:
    first, second = (ask(shop, data=GRANT).json()["access_token"] for _ in range(2))
    assert first != second
    for token in (first, second):
        assert with_token(shop, token).post("{ shop { id } }").status_code == 200


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_secret": "é"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
    ],
)
def test_grants_that_are_refused(shop: Client, change: dict[str, str], error: str) -> None:
    response = ask(shop, json=GRANT | change)
    assert (response.status_code, response.json()["error"]) == (400, error)


def test_an_unknown_app_is_told_so_as_a_page(shop: Client) -> None:
    response = ask(shop, data=GRANT | {"client_id": "other"})
    assert (response.status_code, response.headers["content-type"]) == (
        400,
        "text/html; charset=utf-8",
    )
    assert "Oauth error application_cannot_be_found" in response.text


def test_a_store_without_an_app_grants_nothing(client: Client) -> None:
    assert ask(client, data=GRANT).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"grant_type": 1}'])
def test_bodies_that_ask_for_nothing(shop: Client, body: bytes) -> None:
    response = ask(shop, data=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_a_token_ends(start: Callable[..., Client], store_path: Path) -> None:
    shop = start(store_path, client=APP, token_lifetime=0)
    answer = ask(shop, data=GRANT).json()
    assert answer["expires_in"] == 0
    response = with_token(shop, answer["access_token"]).post("{ shop { id } }")
    assert response.status_code == 401
    assert response.json() == {
        "errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"
    }
    assert shop.post("{ shop { id } }").status_code == 200  # the store's own never ends


def test_a_token_lives_as_long_as_it_says() -> None:
    now = 0.0
    access = Access(frozenset({"read_orders"}))
    tokens = Tokens({}, access, (APP[0], SecretStr(APP[1])), 100, clock=lambda: now)
    token = tokens.grant(GRANT)["access_token"]
    now = 99.9
    assert tokens.access(token) == access
    now = 100.0
    assert tokens.access(token) is None


def test_secrets_are_never_shown(shop: Client) -> None:
    tokens = Tokens({"shpat_1": Access(frozenset())}, Access(frozenset()), ("a", SecretStr("s3")))
    assert "s3" not in repr(vars(tokens))
    assert "shpat_1" not in repr(vars(tokens))
    with pytest.raises(GrantError) as refused:
        tokens.grant(GRANT | {"client_id": "a", "client_secret": "guess"})
    assert "guess" not in str(refused.value)


def test_tokens_with_rights_of_their_own(start: Callable[..., Client], store_path: Path) -> None:
    shop = start(store_path, tokens={"shpat_few": Access(frozenset({"read_products"}))})
    few = with_token(shop, "shpat_few")
    assert few.data("{ productsCount { count } }")["productsCount"]["count"] == 12
    assert few.error("{ orders(first: 1) { nodes { id } } }")["extensions"]["code"] == (
        "ACCESS_DENIED"
    )
    assert "errors" not in shop.body("{ orders(first: 1) { nodes { id } } }")


def test_a_token_as_the_password_of_older_clients(client: Client) -> None:
    url = f"{client.url}/admin/api/2026-10/shop.json"
    assert requests.get(url, auth=("key", "shpat_test"), timeout=10).status_code == 200
    assert requests.get(url, auth=("key", "shpat_wrong"), timeout=10).status_code == 401
    headers = {"Authorization": "Basic !"}
    assert requests.get(url, headers=headers, timeout=10).status_code == 401
