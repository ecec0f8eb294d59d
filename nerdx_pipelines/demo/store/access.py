"""What a token may see: its scopes, and whether it may see protected customer data.

Which types and fields need which scope is said here, in Shopify's words; applying it to requests
is in `graphql/denials.py`, and how tokens are issued in `oauth.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SCOPES = frozenset(
    {
        "read_all_orders",
        "read_customers",
        "read_inventory",
        "read_locations",
        "read_orders",
        "read_products",
        "write_customers",
        "write_inventory",
        "write_orders",
        "write_products",
    }
)
_RECENT = timedelta(days=60)
_HANDLE = re.compile(r"`(\w+)`")

_ORDERS = "`read_orders` access scope or `read_marketplace_orders` access scope."
_PRODUCTS = "`read_products` access scope."
_CUSTOMERS = "`read_customers` access scope."
_STOCK = "`read_inventory` access scope."
_LOCATIONS = "`read_locations` access scope or `read_inventory` access scope."
TYPES: Mapping[str, str] = {
    "Order": "`read_orders` access scope.",
    "LineItem": _ORDERS,
    "Refund": _ORDERS,
    "CustomerJourneySummary": _ORDERS,
    "Customer": _CUSTOMERS,
    "CustomerEmailAddress": _CUSTOMERS,
    "Product": _PRODUCTS,
    "ProductVariant": _PRODUCTS,
    "Collection": _PRODUCTS,
    "InventoryItem": "`read_inventory` access scope or `read_products` access scope.",
    "InventoryLevel": _STOCK,
    "Location": _LOCATIONS,
}
_COUNTS: Mapping[str, str] = {
    "ordersCount": TYPES["Order"],
    "customersCount": _CUSTOMERS,
    "productsCount": _PRODUCTS,
    "productVariantsCount": _PRODUCTS,
    "collectionsCount": _PRODUCTS,
    "locationsCount": "`read_locations` access scope.",
}
_WRITES = {
    "product": "`write_products` access scope.",
    "collection": "`write_products` access scope.",
    "inventory": "`write_inventory` access scope.",
    "order": "`write_orders` access scope.",
    "refund": "`write_orders` access scope.",
    "customer": "`write_customers` access scope.",
    "standardMetafieldDefinition": "`write_products` access scope.",  # all known are products'
}
_ADDRESS = ("address1", "address2", "firstName", "formatted", "lastName", "latitude", "longitude")
PROTECTED = frozenset(
    {("Order", name) for name in ("email", "phone", "statusPageUrl")}
    | {("Customer", name) for name in ("displayName", "email", "firstName", "lastName", "phone")}
    | {("CustomerEmailAddress", "emailAddress"), ("CustomerPhoneNumber", "phoneNumber")}
    | {("MailingAddress", name) for name in (*_ADDRESS, "name", "phone", "zip")}
)


@dataclass(frozen=True)
class Access:
    """The rights of one token: its scopes, and whether personal data is shown to it.

    `now` is the day that recent orders are recent on; None is today.
    """

    scopes: frozenset[str]
    protected: bool = True
    now: datetime | None = None

    @property
    def unlimited(self) -> bool:
        """Whether there is nothing that it may not see."""
        return self.protected and self.scopes >= SCOPES

    def has(self, scope: str) -> bool:
        """Whether the scope was granted; who may write may read."""
        return scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes

    def lacks(self, required: str) -> bool:
        """Whether none of the scopes that `required` names was granted."""
        return not any(self.has(scope) for scope in _HANDLE.findall(required))

    @property
    def visible(self) -> dict[str, str]:
        """By GraphQL type, the SQL condition of the rows that may be seen at all."""
        if "read_all_orders" in self.scopes:
            return {}
        since = (self.now or datetime.now(UTC)) - _RECENT
        return {"Order": f"created_at >= TIMESTAMPTZ '{since.astimezone(UTC).isoformat(' ')}'"}


ALL = Access(SCOPES)


def required(parent: str, field: str, target: str) -> str | None:
    """What the field `field` of type `parent`, which gives a `target`, requires; None: nothing."""
    if parent == "Mutation":
        return next((need for start, need in _WRITES.items() if field.startswith(start)), None)
    return TYPES.get(target) or (_COUNTS.get(field) if parent == "QueryRoot" else None)
