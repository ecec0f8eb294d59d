"""What the token may see: the scopes granted, the parts that need them, the 60 days of orders.

Shopify leaves out what a scope hides without a word, so it is looked at before anything is pulled.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.transport.client import ShopifyClient

ORDER_HISTORY = timedelta(days=60)  # what read_orders alone shows
ALL_ORDERS = "read_all_orders"


@dataclass(frozen=True)
class Need:
    """A part of the work: any one of `scopes` is enough for it; without one, `without`."""

    scopes: tuple[str, ...]
    without: str

    def reason(self) -> str:
        """Why the part is left out, for a person to read."""
        return f"{self.without}: grant the app {' or '.join(self.scopes)} and install it again"


# As the official schema has it (`requiredAccess` of each type), for 2026-01 to 2026-10.
NEEDS: dict[str, Need] = {
    "products": Need(("read_products",), "products and their variants are not pulled"),
    "unit_costs": Need(
        ("read_inventory", "read_products"), "unit costs are not pulled, so there is no margin"
    ),
    "inventory": Need(("read_inventory",), "stock levels are not read"),
    "customers": Need(("read_customers",), "customers are not pulled"),
    "orders": Need(("read_orders",), "orders, refunds and customer journeys are not pulled"),
    "order_history": Need((ALL_ORDERS,), "orders older than 60 days are not visible"),
    "events": Need(
        ("read_products", "read_orders", "read_customers"), "deletions in the shop are not seen"
    ),
    "push_recommendations": Need(
        ("write_products",), "recommendations cannot be shown on the products' pages"
    ),
    "create_product": Need(("write_products",), "products cannot be created"),
    "set_inventory": Need(("write_inventory",), "stock cannot be set"),
}


def granted(client: ShopifyClient) -> frozenset[str]:
    """Handles of the token's scopes; one to write is also one to read."""
    found = client.execute(operation("shop", "Scopes"))["currentAppInstallation"]["accessScopes"]
    return with_implied(scope["handle"] for scope in found)


def with_implied(handles: Iterable[str]) -> frozenset[str]:
    """The scopes `handles`, and the read_x of every write_x."""
    given = frozenset(handles)
    return given | {"read_" + s.removeprefix("write_") for s in given if s.startswith("write_")}


def missing_for(part: str, scopes: Collection[str]) -> str | None:
    """Why `part` (a key of NEEDS) has to be left out with these scopes; None if it has not."""
    need = NEEDS[part]
    return None if any(scope in scopes for scope in need.scopes) else need.reason()


def check_order_history(scopes: Collection[str], first: datetime, now: datetime) -> None:
    """Raise ShopifyError if orders since `first` are asked for that Shopify would leave out."""
    oldest = now - ORDER_HISTORY
    if first < oldest and ALL_ORDERS not in scopes:
        raise ShopifyError(
            f"Orders since {first:%Y-%m-%d} are asked for, but without the scope {ALL_ORDERS} "
            f"Shopify shows none before {oldest:%Y-%m-%d}, and says nothing about it. Grant the "
            f"app {ALL_ORDERS} and install it again, or ask for days since then."
        )
