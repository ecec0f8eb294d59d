"""What can be pulled: the root connections of the Admin API, and the connections inside them.

How they are fetched is in `pages.py` and `bulk.py`; which fields is in `documents/`.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from nerdx_pipelines.shopify.documents import operation


@dataclass(frozen=True)
class Children:
    """A connection inside a root, at `path` within it, and the query for its further pages."""

    path: tuple[str, ...]
    query: str  # the operation's name


@dataclass(frozen=True)
class Resource:
    """A root connection of the Admin API, with the connections that are pulled with it."""

    name: str  # of the document file
    title: str  # prefix of its operations
    children: tuple[Children, ...] = ()
    parts: frozenset[str] = frozenset()  # what can be left out: the documents' Boolean variables
    left_out: frozenset[str] = frozenset()
    whole_days: bool = False  # the filter on updated_at sees days only

    def without(self, *parts: str) -> "Resource":
        """The same without the fields of `parts`, for a token that lacks their scope.

        Raises ValueError for a part that the resource does not have.
        """
        if unknown := set(parts) - self.parts:
            raise ValueError(f"{self.name} has no part {sorted(unknown)}")
        return replace(self, left_out=self.left_out.union(parts))

    def text(self, query_name: str, **values: str) -> str:
        """The operation `query_name` without the parts left out; `values` replace variables."""
        included = {part: part not in self.left_out for part in sorted(self.parts)}
        return operation(self.name, query_name, **included, **values)


PRODUCTS = Resource(
    "products",
    "Products",
    (Children(("variants",), "ProductsVariants"),),
    frozenset({"costs"}),  # inventory items and unit costs: read_inventory
)
CUSTOMERS = Resource("customers", "Customers", whole_days=True)
ORDERS = Resource(
    "orders",
    "Orders",
    (
        Children(("lineItems",), "OrdersLines"),
        Children(("customerJourneySummary", "moments"), "OrdersVisits"),
    ),
    frozenset({"customers"}),  # who bought: read_customers
)
EVENTS = Resource("events", "Events")


def between(field: str, start: datetime | None, end: datetime | None = None) -> str:
    """Shopify search text for `start <= field < end`; either end may be open."""
    bounds = [(">=", start), ("<", end)]
    return " AND ".join(
        f"{field}:{sign}'{bound.isoformat().replace('+00:00', 'Z')}'"
        for sign, bound in bounds
        if bound is not None
    )
