"""The tables of a data folder: their columns, and what kind of value each holds.

A column written `kind?` may be empty. `optional` columns and files may be missing; those the
file format itself does not know (`shop`, `identities`, `product_variants`, titles of lines,
presentment, notes, anonymous ids, gift cards, stock, costs, taxes, journeys) are our extensions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """Columns of one file: those it must have and those it may have, name to kind."""

    columns: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)
    required: bool = False

    @property
    def kinds(self) -> dict[str, str]:
        """Every column and its kind, in the order of the table."""
        return {**self.columns, **self.optional}


TABLES = {
    "shop": Table(
        {"name": "text", "timezone": "text", "currency": "currency"}, {"taxes_included": "flag?"}
    ),
    "products": Table(
        {"product_id": "id", "title": "text?", "product_type": "text?", "vendor": "text?",
         "price": "money?"},
        {"status": "ACTIVE|DRAFT|ARCHIVED?", "created_at": "time?", "updated_at": "time?",
         "gift_card": "flag?", "unit_cost": "money?", "inventory": "count?"},
        required=True,
    ),
    "product_variants": Table(
        {"variant_id": "id", "product_id": "id", "title": "text?", "sku": "text?",
         "price": "money?"},
        {"inventory_quantity": "count?", "unit_cost": "money?"},
    ),
    "customers": Table(
        {"customer_id": "id"}, {"email": "text?", "created_at": "time?", "updated_at": "time?"}
    ),
    "order_lines": Table(
        {"order_id": "id", "line_id": "id", "customer_id": "id?", "product_id": "id?",
         "quantity": "count", "unit_price": "money", "discount": "money", "currency": "currency",
         "processed_at": "time"},
        {"cancelled_at": "time?", "test": "flag?", "variant_id": "id?", "title": "text?",
         "presentment_currency": "currency?", "presentment_rate": "rate?", "tax": "money?",
         "journey_ready": "flag?"},
        required=True,
    ),
    "refunds": Table(
        {"refund_id": "id", "order_id": "id", "line_id": "id?", "quantity": "count?",
         "amount": "money", "created_at": "time"},
        {"note": "text?", "restock_type": "RETURN|CANCEL|NO_RESTOCK?", "tax": "money?"},
    ),
    "order_visits": Table(
        {"order_id": "id", "occurred_at": "time"},
        {"visit_id": "id?", "landing_page": "text?", "referrer_url": "text?", "source": "text?",
         "source_type": "text?", "utm_source": "text?", "utm_medium": "text?",
         "utm_campaign": "text?", "utm_content": "text?", "utm_term": "text?"},
    ),
    "content": Table(
        {"content_id": "text", "content_type": "text?", "title": "text?", "creator": "text?",
         "published_at": "time?", "production_cost": "money?"}
    ),
    "content_products": Table(
        {"content_id": "text", "product_id": "id"}, {"valid_from": "time?", "valid_to": "time?"}
    ),
    "touches": Table(
        {"event_id": "text", "user_id": "id?", "content_id": "text", "touch_type": "view|click",
         "touched_at": "time"},
        {"product_id": "id?", "anonymous_id": "text?"},
    ),
    "identities": Table({"anonymous_id": "text", "customer_id": "id"}),
}  # fmt: skip
CONTENT_TABLES = ("content", "content_products", "touches", "identities")
HINTS = {
    ("touches", "user_id"): "Anonymous ids belong in the optional column anonymous_id.",
    ("order_lines", "customer_id"): "Leave it empty for a guest.",
}
