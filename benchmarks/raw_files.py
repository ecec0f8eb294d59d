"""A shop of any size as files: the JSONL that bulk operations write, and a folder of content.

Every row follows from its number alone, so that a size is always the same shop; what is measured
with the files is in the benchmarks.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from nerdx_pipelines.assets.shopify import ROWS_AN_ORDER
from nerdx_pipelines.partitions import day_bounds
from nerdx_pipelines.sql import literal
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.days import spans

PRODUCTS, CONTENTS = 5_000, 500
TOUCHES_AN_ORDER = 3
JSONL = "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"

# 2.5 lines an order, every 20th refunded, every 50th cancelled, every 8th by a guest.
ORDERS = """
COPY (
    WITH orders AS (
        SELECT
            i, 5000000000000 + i * 7919 AS id,
            strftime({began} + to_microseconds(i * {step}), '%Y-%m-%dT%H:%M:%SZ') AS moment
        FROM range({first}, {last}) t(i)
    ),
    lines AS (
        SELECT i, k, id AS order_id, 14000000000000 + (i * 5 + k) * 31 AS id
        FROM orders, range(4) s(k)
        WHERE k < 1 + (i * 7919) % 4
    )
    SELECT line FROM (
        SELECT i, 0 AS k, json_object(
            'id', 'gid://shopify/Order/' || id, 'name', '#' || i,
            'customer', CASE WHEN i % 8 > 0 THEN json_object(
                'id', 'gid://shopify/Customer/' || (7000000 + i % {customers})) END,
            'sourceName', 'web', 'processedAt', moment, 'createdAt', moment,
            'updatedAt', moment, 'cancelledAt', CASE WHEN i % 50 = 0 THEN moment END,
            'cancelReason', NULL,
            'displayFinancialStatus', 'PAID', 'test', false, 'currencyCode', 'EUR',
            'presentmentCurrencyCode', 'EUR', 'taxesIncluded', false,
            'totalPriceSet', json_object('shopMoney', json_object(
                'amount', (i % 300 + 0.5)::VARCHAR, 'currencyCode', 'EUR')),
            'refunds', CASE WHEN i % 20 = 0 THEN json_array(json_object(
                'id', 'gid://shopify/Refund/' || (900000 + i), 'createdAt', moment,
                'totalRefundedSet', json_object('shopMoney', json_object('amount', '5.0'))))
                ELSE json_array() END,
            'customerJourneySummary', json_object('ready', true)) AS line
        FROM orders
        UNION ALL
        SELECT i, k + 1, json_object(
            'id', 'gid://shopify/LineItem/' || id, 'title', 'Product number ' || (id % {products}),
            'sku', 'SKU-' || (id % {products}), 'quantity', 1 + id % 3,
            'currentQuantity', 1 + id % 3, 'isGiftCard', false,
            'product', json_object('id', 'gid://shopify/Product/' || (800000 + id % {products})),
            'variant', json_object(
                'id', 'gid://shopify/ProductVariant/' || (810000 + id % {products})),
            'originalUnitPriceSet', json_object('shopMoney', json_object(
                'amount', (10 + id % 90 + 0.99)::VARCHAR)),
            'discountAllocations', CASE WHEN id % 4 = 0 THEN json_array(json_object(
                'allocatedAmountSet', json_object('shopMoney', json_object('amount', '1.5'))))
                ELSE json_array() END,
            'taxLines', json_array(), '__parentId', 'gid://shopify/Order/' || order_id)
        FROM lines
    )
    ORDER BY i, k
) TO {file} {jsonl}
"""
REFUND_LINES = """
COPY (
    SELECT json_object(
        'id', 'gid://shopify/RefundLineItem/' || i,
        'lineItem', json_object('id', 'gid://shopify/LineItem/' || (14000000000000 + i * 5 * 31)),
        'quantity', 1,
        'subtotalSet', json_object('shopMoney', json_object('amount', '5.0')),
        'totalTaxSet', json_object('shopMoney', json_object('amount', '0.0')),
        '__parentId', 'gid://shopify/Refund/' || (900000 + i))
    FROM range({first}, {last}) t(i)
    WHERE i % 20 = 0
) TO {file} {jsonl}
"""
GOODS = """
COPY (
    SELECT line FROM (
        SELECT p, 0 AS k, json_object(
            'id', 'gid://shopify/Product/' || (800000 + p), 'title', 'Product number ' || p,
            'handle', 'product-' || p, 'productType', 'Type ' || (p % 40), 'vendor', 'Acme',
            'status', 'ACTIVE', 'tags', json_array('tag ' || (p % 20)),
            'createdAt', {moment}, 'updatedAt', {moment}, 'publishedAt', {moment}) AS line
        FROM range({products}) t(p)
        UNION ALL
        SELECT p, 1, json_object(
            'id', 'gid://shopify/ProductVariant/' || (810000 + p), 'title', 'Default',
            'sku', 'SKU-' || p, 'position', 1, 'price', (10 + p % 90 + 0.99)::VARCHAR,
            'inventoryQuantity', 100, 'updatedAt', {moment},
            '__parentId', 'gid://shopify/Product/' || (800000 + p))
        FROM range({products}) t(p)
    )
    ORDER BY p, k
) TO {file} {jsonl}
"""
PEOPLE = """
COPY (
    SELECT json_object(
        'id', 'gid://shopify/Customer/' || (7000000 + c),
        'defaultEmailAddress', json_object('emailAddress', 'c' || c || '@example.com'),
        'createdAt', {moment}, 'updatedAt', {moment})
    FROM range({customers}) t(c)
) TO {file} {jsonl}
"""
# A touch is of the buyer of an order in the ten days before it; half of them are of a content
# that features its first line. A fifth is anonymous, and of half of these it is known who they are.
CONTENT = """
COPY (
    SELECT 'content ' || c AS content_id, 'Content number ' || c AS title,
        ['video', 'blog', 'social'][1 + c % 3] AS content_type,
        'Creator ' || (c % 50) AS creator, {began} AS published_at, 100.0 + c AS production_cost
    FROM range({contents}) t(c)
) TO {content} (FORMAT parquet);
COPY (
    SELECT 'content ' || (p // ({products} // {contents})) AS content_id,
        800000 + p AS product_id, NULL::TIMESTAMPTZ AS valid_from, NULL::TIMESTAMPTZ AS valid_to
    FROM range({products}) t(p)
) TO {content_products} (FORMAT parquet);
COPY (
    SELECT 'device ' || c AS anonymous_id, 7000000 + c AS customer_id
    FROM range(0, {customers}, 2) t(c)
) TO {identities} (FORMAT parquet);
COPY (
    SELECT
        'event ' || t AS event_id,
        CASE WHEN t % 5 > 0 THEN 7000000 + i % {customers} END AS user_id,
        CASE WHEN t % 5 = 0 THEN 'device ' || (i % {customers}) END AS anonymous_id,
        'content ' || CASE
            WHEN hash(t) % 2 = 0
                THEN (14000000000000 + i * 155) % {products} // ({products} // {contents})
            ELSE hash(t + 1) % {contents}
        END AS content_id,
        CASE WHEN t % 4 = 0 THEN 'click' ELSE 'view' END AS touch_type, NULL::BIGINT AS product_id,
        {began} + to_microseconds(i * {step}) - to_seconds((hash(t + 2) % 864000)::BIGINT)
            AS touched_at
    FROM (SELECT t, t % {orders} AS i FROM range({orders} * {touches}) s(t))
    WHERE touched_at >= {began}
) TO {touched} (FORMAT parquet);
"""


@dataclass(frozen=True)
class Shop:
    """So many orders, evenly over the days from `first` on in `timezone`; a customer places 5."""

    orders: int
    days: int = 730
    first: date = date(2024, 1, 1)
    timezone: str = "Europe/Berlin"

    @classmethod
    def told(cls, text: str) -> "Shop":
        """The one that `text` of the same shop means, in another process."""
        orders, days, first, timezone = json.loads(text)
        return cls(orders, days, date.fromisoformat(first), timezone)

    @property
    def text(self) -> str:
        """The shop in words of its own."""
        return json.dumps([self.orders, self.days, self.first.isoformat(), self.timezone])

    @property
    def last(self) -> date:
        """The last day with orders."""
        return self.first + timedelta(self.days - 1)

    @property
    def customers(self) -> int:
        """How many people buy, of whom every eighth time nobody knows."""
        return max(self.orders // 5, 1)

    @property
    def parts(self) -> list[tuple[date, date]]:
        """First and last day of each part in which a run of all days pulls orders."""
        rows = self.orders * ROWS_AN_ORDER
        return spans(self.first, self.last, -(-rows // Warehouse.rows_at_once))

    def write(self, folder: Path) -> None:
        """All there is, orders in the files of `parts`."""
        for first, last in self.parts:
            self.write_orders(folder / "orders", first, last)
        self.write_goods(folder)
        self.write_content(folder / "content")

    def write_orders(self, folder: Path, first: date, last: date) -> tuple[Path, Path]:
        """Files of the orders of these days and of the lines of their refunds."""
        start, end = day_bounds(first, last, self.timezone)
        numbers = {"first": self._number(start), "last": self._number(end)}
        files = orders_file(folder, first, last), refund_lines_file(folder, first, last)
        self._write([(ORDERS, files[0]), (REFUND_LINES, files[1])], **numbers)
        return files

    def write_goods(self, folder: Path) -> None:
        """`products.jsonl` and `customers.jsonl`."""
        moment = literal(f"{self._began:%Y-%m-%dT%H:%M:%SZ}")
        files = [(GOODS, folder / "products.jsonl"), (PEOPLE, folder / "customers.jsonl")]
        self._write(files, moment=moment)

    def write_content(self, folder: Path) -> None:
        """A folder of content as `NERDX_CONTENT_DIR` names one, in Parquet."""
        names = {"content", "content_products", "identities"}
        files = {name: literal(folder / f"{name}.parquet") for name in names}
        touched = literal(folder / "touches.parquet")
        everything = [(CONTENT, folder / "content.parquet")]
        self._write(everything, **files, touched=touched, contents=CONTENTS)

    def orders_between(self, start: datetime, end: datetime) -> int:
        """How many orders are processed at `start` or later and before `end`."""
        return max(self._number(end) - self._number(start), 0)

    @property
    def _began(self) -> datetime:
        return day_bounds(self.first, self.first, self.timezone)[0]

    @property
    def _step(self) -> int:
        """Microseconds from one order to the next."""
        _, end = day_bounds(self.first, self.last, self.timezone)
        return (end - self._began) // timedelta(microseconds=1) // self.orders

    def _number(self, moment: datetime) -> int:
        """Of the first order at `moment` or later."""
        passed = (moment - self._began) // timedelta(microseconds=1)
        return min(max(-(-passed // self._step), 0), self.orders)

    def _write(self, files: list[tuple[str, Path]], **values: object) -> None:
        began = self._began.astimezone(UTC)
        given = {
            "began": f"TIMESTAMPTZ '{began:%Y-%m-%d %H:%M:%S}Z'",
            "step": self._step,
            "orders": self.orders,
            "customers": self.customers,
            "products": PRODUCTS,
            "touches": TOUCHES_AN_ORDER,
            "jsonl": JSONL,
            **values,
        }
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            for statement, file in files:
                file.parent.mkdir(parents=True, exist_ok=True)
                con.execute(statement.format(file=literal(file), **given))


def orders_file(folder: Path, first: date, last: date) -> Path:
    """Where `write_orders` puts the orders of these days."""
    return folder / f"{first}_{last}.jsonl"


def refund_lines_file(folder: Path, first: date, last: date) -> Path:
    """Where `write_orders` puts the lines of their refunds."""
    return folder / f"{first}_{last}.refund_lines.jsonl"
