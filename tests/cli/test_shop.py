"""The commands that write to a shop, from outside: a demo's store, and one at an address."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from nerdx_pipelines.demo.generate import generate
from nerdx_pipelines.demo.session import open_session
from nerdx_pipelines.settings import Settings
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.faulty_shop import serving

NERDX = Path(sys.executable).with_name("nerdx")
CREATE = ("products", "create", "--title", "Linen shirt", "--price", "19.90", "--tag", "new")


@dataclass
class Commands:
    """`nerdx` with the settings of one shop."""

    settings: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("NERDX_", "SHOPIFY_"))}
        return subprocess.run(
            [NERDX, *arguments],
            env=kept | self.settings,
            capture_output=True,
            text=True,
            timeout=100,
        )

    def ok(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def error(self, *arguments: str) -> str:
        """What it says, in one line, when it cannot do it."""
        done = self.run(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr

    def json(self, *arguments: str):
        return json.loads(self.ok(*arguments, "--format", "json"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """A shop at an address, without a demo in the data dir."""
    folder = tmp_path_factory.mktemp("shop")
    with serving(folder) as store:
        yield Commands(
            {
                "NERDX_DATA_DIR": str(folder / "data"),
                "SHOPIFY_SHOP_URL": store.url,
                "SHOPIFY_ACCESS_TOKEN": TOKEN,
            }
        )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """A data dir that holds a demo; each command starts its store and ends it."""
    folder = tmp_path_factory.mktemp("demo")
    generate(folder / "made", orders=50, days=10, seed=5, end=date(2026, 4, 18))
    open_session(Settings(_env_file=None, NERDX_DATA_DIR=str(folder / "data")), folder / "made")
    return Commands({"NERDX_DATA_DIR": str(folder / "data")})


def test_a_demo_keeps_what_is_written(demo: Commands):
    first, second = demo.json(*CREATE), demo.json(*CREATE)
    assert (first["created"], second["created"]) == (True, False)
    assert (first["product_id"], first["price"]) == (second["product_id"], "19.90")
    demo.ok("webhooks", "register", "--url", "https://a.example.com/", "--topic", "orders/paid")
    (webhook,) = demo.json("webhooks", "list")
    assert (webhook["topic"], webhook["address"]) == ("orders/paid", "https://a.example.com/")


def test_products_are_created_once(shop: Commands):
    said = shop.ok(*CREATE, "--description", "Soft", "--type", "Shirts", "--vendor", "Acme")
    assert said.startswith("Created product ")
    assert "'Linen shirt' at 19.90 (handle linen-shirt)" in said
    again = shop.ok(*CREATE, "--description", "Soft", "--type", "Shirts", "--vendor", "Acme")
    assert again == said.replace("Created", "The shop has it already:")


def test_stock_is_set(shop: Commands):
    assert "Variant 1011 at Warehouse: 31 available, 7 before" in shop.ok(
        "inventory", "set", "101", "1011", "31"
    )
    assert "31 available, as before" in shop.ok("inventory", "set", "101", "1011", "31")
    done = shop.json("inventory", "set", "101", "1011", "5", "--location", "warehouse")
    assert (done["variant_id"], done["location_id"], done["quantity"]) == ("1011", "9001", 5)
    assert "'Moon', but at 'Warehouse' (9001)" in shop.error(
        "inventory", "set", "101", "1011", "6", "--location", "Moon"
    )


def test_webhooks_are_registered_listed_and_deleted(shop: Commands):
    shop.ok("webhooks", "delete", "--all")
    url = "https://a.example.com/webhooks"
    said = shop.ok("webhooks", "register", "--url", url).splitlines()
    assert len(said) == 8
    assert all(line.endswith(f"created     {url}") for line in said)
    kept = shop.ok("webhooks", "register", "--url", url).splitlines()
    assert [line.replace("kept   ", "created") for line in kept] == said
    (moved,) = shop.ok(
        "webhooks", "register", "--url", url + "/new", "--topic", "orders/paid"
    ).splitlines()
    assert moved.endswith(f"moved       {url}/new (was {url})")
    shop.ok("webhooks", "register", "--url", url)
    found = shop.json("webhooks", "list")
    assert all(one["topic"] in line for one, line in zip(found, said, strict=True))
    assert "orders/paid" in shop.ok("webhooks", "delete", found[0]["id"])
    assert f"has no webhook {found[0]['id']}" in shop.error("webhooks", "delete", found[0]["id"])
    assert len(shop.ok("webhooks", "delete", "--all", "--url", url).splitlines()) == 7
    assert shop.ok("webhooks", "list") == "There is no subscription.\n"


def test_an_address_that_shopify_refuses_is_refused_at_once(demo: Commands):
    said = demo.error("webhooks", "register", "--url", "http://shop.example.com/hooks")
    assert "Shopify delivers to https:// only. Put a proxy with a certificate in front" in said


@pytest.mark.parametrize("arguments", [(), ("7", "--all"), ("7", "--url", "https://a.example")])
def test_what_to_delete_has_to_be_said(shop: Commands, arguments: tuple[str, ...]):
    done = shop.run("webhooks", "delete", *arguments)
    assert done.returncode == 2
    assert "Give an id, or --all, or --all and --url." in done.stderr


def test_without_a_shop_it_says_what_to_set(tmp_path: Path):
    nobody = Commands({"NERDX_DATA_DIR": str(tmp_path), "PWD": str(tmp_path)})
    assert "SHOPIFY_SHOP_URL is not set" in nobody.error(*CREATE)
