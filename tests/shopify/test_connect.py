"""Settings to a client, and what the doctor says of the shop: with either kind of credentials."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nerdx_pipelines.demo.session import around, meet
from nerdx_pipelines.doctor import examine
from nerdx_pipelines.errors import ConfigError, ShopifyError
from nerdx_pipelines.settings import Settings, export_env_files, load_settings
from nerdx_pipelines.shopify.transport.connect import connect
from tests.shopify.small_shop import CLIENT_ID, CLIENT_SECRET, QUERY, SmallShop, serving

STATIC = {"SHOPIFY_ACCESS_TOKEN": "shpat_static"}
APP = {"SHOPIFY_CLIENT_ID": CLIENT_ID, "SHOPIFY_CLIENT_SECRET": CLIENT_SECRET}


@pytest.fixture
def small() -> Iterator[SmallShop]:
    with serving() as shop:
        yield shop


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what a test sets, and as it was afterwards."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in list(os.environ):
        if name.startswith(("SHOPIFY_", "NERDX_")):
            del os.environ[name]
    os.environ["NERDX_DATA_DIR"] = str(tmp_path / "data")
    monkeypatch.chdir(tmp_path)


def configured(small: SmallShop, **more: str) -> Settings:
    os.environ.update({"SHOPIFY_SHOP_URL": small.url} | more)
    return load_settings()


@pytest.mark.parametrize("credentials", [STATIC, APP], ids=["static", "app"])
def test_either_kind_of_credentials(small: SmallShop, credentials: dict[str, str]):
    settings = configured(small, **credentials)
    assert connect(settings).execute(QUERY) == {"thing": 1}
    assert meet(settings)["ianaTimezone"] == "Europe/Berlin"
    assert len(small.granted) == (1 if credentials is APP else 0)
    assert settings.token_path.exists() == (credentials is APP)
    with around(settings) as known:
        assert known.timezone == "Europe/Berlin"
    assert CLIENT_SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "SHOPIFY_ACCESS_TOKEN is not set, nor are SHOPIFY_CLIENT_ID"),
        ({**STATIC, **APP}, "are both set"),
        ({"SHOPIFY_CLIENT_ID": "x"}, "SHOPIFY_CLIENT_SECRET is not set"),
        ({**STATIC, "SHOPIFY_SHOP_URL": ""}, "SHOPIFY_SHOP_URL is not set"),
        ({**STATIC, "SHOPIFY_API_VERSION": "october"}, "SHOPIFY_API_VERSION is 'october'"),
    ],
)
def test_settings_that_do_not_add_up(small: SmallShop, given: dict[str, str], problem: str):
    with pytest.raises(ConfigError, match=problem):
        connect(configured(small, **given))


def test_an_empty_variable_undoes_what_the_file_says(small: SmallShop, tmp_path: Path):
    lines = [f"{name}={value}" for name, value in {**APP, "NERDX_WINDOW_DAYS": ""}.items()]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    settings = configured(small)
    assert (settings.client_id, settings.window_days) == (CLIENT_ID, 7)
    settings = configured(small, **STATIC, SHOPIFY_CLIENT_ID="", SHOPIFY_CLIENT_SECRET="")
    assert connect(settings).execute(QUERY) == {"thing": 1}
    assert small.granted == []


def test_what_only_the_file_says_is_exported(small: SmallShop, tmp_path: Path):
    lines = [f"{name}={value}" for name, value in {**APP, "NERDX_TIMEZONE": "Asia/Tokyo"}.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "SHOPIFY_ACCESS_TOKEN="]), encoding="utf-8")
    settings = configured(small, NERDX_TIMEZONE="Europe/Berlin")
    export_env_files()
    (tmp_path / ".env").unlink()
    assert load_settings() == settings
    assert os.environ["SHOPIFY_CLIENT_SECRET"] == CLIENT_SECRET
    assert os.environ["NERDX_TIMEZONE"] == "Europe/Berlin"


def test_a_refused_app_is_told_within_seconds(small: SmallShop):
    settings = configured(small, SHOPIFY_CLIENT_ID="other", SHOPIFY_CLIENT_SECRET="shpss_x")
    with pytest.raises(ShopifyError, match=r"HTTP 400: No such app.*check SHOPIFY_CLIENT_ID"):
        meet(settings)
    assert len(small.granted) == 1


def told(settings: Settings) -> list[tuple[str, str]]:
    """What the doctor says of the shop: state and text."""
    return [
        (found.state, found.text)
        for found in examine(settings)
        if found.subject in ("shop", "scopes")
    ]


def test_the_doctor_says_what_is_left_out(small: SmallShop):
    small.scopes = ("write_products", "read_orders")
    shop, scopes, *notes = told(configured(small, **APP, NERDX_TIMEZONE="Europe/Berlin"))
    assert shop == ("ok", f"Small at {small.url}, Europe/Berlin, EUR")
    assert scopes == ("ok", "read_orders, read_products, write_products")
    assert {state for state, _ in notes} == {"note"}
    texts = " ".join(text for _, text in notes)
    assert "customers are not pulled: grant the app read_customers" in texts
    assert "orders older than 60 days are not visible: grant the app read_all_orders" in texts
    assert "products are not pulled" not in texts


@pytest.mark.parametrize("on", [False, True])
def test_the_doctor_says_whether_recommendations_can_be_pushed(small: SmallShop, on: bool):
    small.scopes = ("read_products",)
    settings = configured(small, **APP, NERDX_PUSH_RECOMMENDATIONS="true" if on else "")
    ((state, text),) = [each for each in told(settings) if "recommendations" in each[1]]
    assert state == ("wrong" if on else "note")
    assert text.endswith("grant the app write_products and install it again")
    small.scopes = ("write_products",)
    assert "recommendations" not in str(told(settings))


def test_the_doctor_says_what_is_wrong(small: SmallShop):
    settings = configured(small, **STATIC)
    assert told(settings)[0][1].endswith("set NERDX_TIMEZONE=Europe/Berlin")
    small.version = "2026-01"
    assert "asked for API 2026-10, answered by 2026-01" in told(settings)[0][1]
    small.tokens.clear()
    ((state, text),) = told(settings)
    assert (state, "set SHOPIFY_ACCESS_TOKEN" in text) == ("wrong", True)
    ((state, text),) = told(configured(small, **APP))
    assert (state, "are both set" in text) == ("wrong", True)


def test_the_doctor_without_a_shop():
    ((state, text),) = told(load_settings())
    assert (state, "are not set; `nerdx demo` brings a store" in text) == ("note", True)
