"""A shop with more of everything than a page or a bulk operation's default takes, and its truth.

The store's own tables can be changed while it serves them.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.demo.store.database import StoreDatabase
from tests.shopify.faulty_shop import FaultyShop, serving

ORDER, PRODUCT = 7_000_000, 600_000
LINES, VARIANTS, VISITS = 600, 2_000, 300
TIED = 600
TIE = "2026-06-01T12:00:00Z"
YEAR = 3_000  # orders, over 2026 until the day after the tie, more and more of them

_ORDER = """
INSERT INTO orders (id, name, customer_id, email, created_at, processed_at, updated_at,
    cancelled_at, cancel_reason, test, source_name, currency_code, presentment_currency_code,
    presentment_rate, financial_status, fulfillment_status, subtotal_price, total_discounts,
    total_price, current_total_price, total_refunded)
"""
_LINE = """
INSERT INTO line_items (id, order_id, position, product_id, variant_id, title, variant_title, sku,
    vendor, quantity, current_quantity, unit_price, total_discount, is_gift_card)
"""
_REST = "NULL, NULL, false, 'web', 'AUD', 'AUD', 1, 'PAID', 'FULFILLED', 10, 0, 10, 10, 0"
ROWS = f"""
INSERT INTO products (id, title, handle, product_type, vendor, status, tags, created_at, updated_at)
VALUES ({PRODUCT}, 'Every size', 'every-size', 'Shoe', 'Acme', 'ACTIVE', [],
    '2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z');
INSERT INTO product_variants (id, product_id, title, sku, position, price, inventory_quantity,
    created_at, updated_at)
SELECT {PRODUCT}0000 + k, {PRODUCT}, 'Size ' || k, 'EVERY-' || k, 1 + k, 1.5, k,
    '2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z'
FROM range({VARIANTS}) t(k);
{_ORDER}
SELECT {ORDER}, 'Whole sale', 500, NULL, t, t, t, {_REST}
FROM (SELECT TIMESTAMPTZ '2026-04-15T00:00:00Z' AS t);
{_LINE}
SELECT {ORDER}000 + k, {ORDER}, k, {PRODUCT}, {PRODUCT}0000 + k, 'Line ' || k, NULL, 'S', 'Acme',
    1, 1, 10, 0, k % 100 = 99
FROM range({LINES}) t(k);
INSERT INTO order_visits (id, order_id, occurred_at, landing_page, source, utm_content)
SELECT {ORDER}000 + k, {ORDER}, TIMESTAMPTZ '2026-04-01T00:00:00Z' + to_minutes(k::INTEGER),
    'https://awkward.example/?k=' || k, 'direct', CASE WHEN k % 3 = 0 THEN 'post-' || k END
FROM range({VISITS}) t(k);
{_ORDER}
SELECT 8000000 + i, 'T' || i, 502, NULL, t, t, '{TIE}', {_REST}
FROM (SELECT i, TIMESTAMPTZ '2026-05-01T00:00:00Z' + to_seconds(i::INTEGER) t
      FROM range({TIED}) t(i));
{_ORDER}
SELECT 9000000 + i, 'Y' || i, 500 + i % 3, NULL, t, t, t, {_REST}
FROM (SELECT i, TIMESTAMPTZ '2026-01-01T00:00:00Z' + to_milliseconds(
          (sqrt(i / {YEAR}) * 152 * 86400000)::BIGINT) t
      FROM range({YEAR}) t(i));
{_LINE}
SELECT 90000000 + 10 * i + k, 9000000 + i, k, 100, 1000, 'Line', NULL, 'S', 'V', 1 + k, 1 + k, 5, 0,
    false
FROM range({YEAR}) t(i), range(3) s(k) WHERE k <= i % 4;
INSERT INTO order_visits (id, order_id, occurred_at, landing_page, source)
SELECT 90000000 + 10 * i + k, 9000000 + i, '2026-01-01T00:00:00Z', 'https://x.example', 'email'
FROM range({YEAR}) t(i), range(8) s(k) WHERE i % 50 = 0;
INSERT INTO refunds
SELECT 90000000 + i, 9000000 + i, '2026-06-02T00:00:00Z', '2026-06-02T00:00:00Z', NULL, 5
FROM range({YEAR}) t(i) WHERE i % 7 = 0;
INSERT INTO refund_line_items (id, refund_id, line_item_id, quantity, subtotal, restock_type)
SELECT 90000000 + 10 * i, 90000000 + i, 90000000 + 10 * i, 1, 5, 'RETURN'
FROM range({YEAR}) t(i) WHERE i % 7 = 0;
INSERT INTO events
SELECT 100 + i, ['PRODUCT', 'ORDER', 'CUSTOMER', 'COLLECTION'][1 + i % 4], 77000 + i,
    CASE WHEN i % 8 < 6 THEN 'destroy' ELSE 'create' END,
    TIMESTAMPTZ '2026-11-01T00:00:00Z' + to_minutes(i::INTEGER), 'x'
FROM range(1000) t(i);
"""


@dataclass(frozen=True)
class LargeShop:
    """A running shop, and a way to its tables."""

    http: FaultyShop
    database: StoreDatabase

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run on the store's own tables, `store.*`, as it serves them."""
        with self.database.cursor() as cursor:
            return cursor.execute(statement).fetchall()

    def ids(self, table: str, type_name: str, where: str = "true") -> set[str]:
        """The global ids of a table's rows."""
        found = self.sql(f"SELECT id FROM store.{table} WHERE {where}")
        return {f"gid://shopify/{type_name}/{id}" for (id,) in found}


@contextmanager
def large_shop(folder: Path, rows: str = ROWS) -> Iterator[LargeShop]:
    """The shop, with hold of the database that its server opens."""
    opened: list[StoreDatabase] = []

    def opening(*arguments: Any, **named: Any) -> StoreDatabase:
        opened.append(StoreDatabase(*arguments, **named))
        return opened[-1]

    make: Callable[..., StoreDatabase] = opening
    module = sys.modules[create_app.__module__]
    with patch.object(module, "StoreDatabase", make), serving(folder, rows) as shop:
        yield LargeShop(shop, opened[-1])
