"""`nerdx demo-store`: its choices, and the secrets that it takes from the environment only."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

Start = Callable[..., dict[str, str]]
COMMAND = [sys.executable, "-m", "nerdx_pipelines.cli", "demo-store", "--port", "18765"]
SMALL = ("--orders", "20", "--days", "5")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {"NERDX_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Starts the command; what it prints, by name."""
    children: list[subprocess.Popen[str]] = []

    def run(*options: str, lines: int = 3, **more: str) -> dict[str, str]:
        child = subprocess.Popen(
            [*COMMAND, *SMALL, *options],
            env=environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        children.append(child)
        assert child.stdout is not None
        printed = [child.stdout.readline().strip() for _ in range(lines)]
        assert all(printed), child.communicate()[1]
        return dict(line.split("=", 1) for line in printed)

    yield run
    for child in children:
        child.terminate()
        child.communicate(timeout=10)


def get(shop: dict[str, str], path: str, token: str | None = None) -> requests.Response:
    headers = {"X-Shopify-Access-Token": token or shop["SHOPIFY_ACCESS_TOKEN"]}
    return requests.get(f"{shop['SHOPIFY_SHOP_URL']}{path}", headers=headers, timeout=10)


def test_scopes_faults_and_an_app_of_its_own(start: Start, tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"seed": 4, "slow": 0.25, "next": ["bad_gateway"]}))
    shop = start(
        "--scopes", "read_orders, read_products", "--faults", str(faults),
        "--bucket", "500", "--restore", "7", lines=2,
        NERDX_DEMO_CLIENT_ID="app", NERDX_DEMO_CLIENT_SECRET="s3cret",
    )  # fmt: skip
    found = get(shop, "/demo/faults").json()
    assert (found["seed"], found["slow"], found["next"]) == (4, 0.25, ["bad_gateway"])
    assert get(shop, "/admin/api/2026-10/shop.json").status_code == 502
    answer = requests.post(
        f"{shop['SHOPIFY_SHOP_URL']}/admin/oauth/access_token",
        data={
            "grant_type": "client_credentials", "client_id": "app", "client_secret": "s3cret",
        },
        timeout=10,
    ).json()  # fmt: skip
    assert answer["scope"] == "read_orders,read_products"
    scopes = get(shop, "/admin/oauth/access_scopes.json", answer["access_token"]).json()
    assert scopes == {"access_scopes": [{"handle": "read_orders"}, {"handle": "read_products"}]}
    status = requests.post(
        f"{shop['SHOPIFY_SHOP_URL']}/admin/api/2026-10/graphql.json",
        json={"query": "{ shop { id } }"},
        headers={"X-Shopify-Access-Token": shop["SHOPIFY_ACCESS_TOKEN"]},
        timeout=10,
    ).json()["extensions"]["cost"]["throttleStatus"]
    assert (status["maximumAvailable"], status["restoreRate"]) == (500.0, 7.0)


def test_a_rate_of_faults_and_the_calls_of_plus(start: Start) -> None:
    shop = start("--faults", "0")
    found = get(shop, "/demo/faults").json()
    assert {found[name] for name in ("cut", "throttle", "late_update", "bulk_failed")} == {0.0}
    limit = get(shop, "/admin/api/2026-10/shop.json").headers["X-Shopify-Shop-Api-Call-Limit"]
    assert limit == "1/400"


@pytest.mark.parametrize(
    ("options", "more", "says"),
    [
        (("--faults", "nowhere.json"), {}, "a chance such as 0.05 or a JSON file"),
        (("--faults", "1.5"), {}, "must be a number from 0 to 1"),
        (("--faults", "-1"), {}, "must be a number from 0 to 1"),
        ((), {"NERDX_DEMO_CLIENT_ID": "app"}, "Set both NERDX_DEMO_CLIENT_ID and"),
    ],
)
def test_choices_that_cannot_be(
    environment: dict[str, str], options: tuple[str, ...], more: dict[str, str], says: str
) -> None:
    result: Any = subprocess.run(
        [*COMMAND, *SMALL, *options], env=environment | more, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr
