"""A shop that answers wrongly on demand, and a client of it that never really waits."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.faulty_shop import FaultyShop, serving


@pytest.fixture(scope="session")
def faulty_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyShop]:
    with serving(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def shop(faulty_shop: FaultyShop) -> Iterator[FaultyShop]:
    """The same, in order again."""
    faulty_shop.reset()
    yield faulty_shop
    faulty_shop.reset()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client would have waited."""
    return []


@pytest.fixture
def client(shop: FaultyShop, waits: list[float]) -> ShopifyClient:
    return ShopifyClient(shop.url, SecretStr(TOKEN), "2026-10", sleep=waits.append)
