"""A small, awkward shop and a running store that serves it.

Rows are written by hand in Shopify's tables, so that a test can say what an answer must hold.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import requests
import uvicorn
from starlette.applications import Starlette

TOKEN = "shpat_test"
LARGEST_ID = 2**63 - 1

SHOP = """
INSERT INTO shop (id, name, myshopify_domain, email, iana_timezone, currency_code, created_at)
VALUES (42, 'Awkward "Shop"', 'awkward.myshopify.com', 'shop@example.com',
    'Australia/Sydney', 'AUD', '2019-05-01T00:00:00Z');
INSERT INTO products (id, title, handle, product_type, vendor, status, tags, created_at, updated_at,
    published_at)
SELECT 100 + i, 'Product ' || i, 'product-' || i, 'Type ' || (i % 3), 'Vendor ' || (i % 2),
    ['ACTIVE', 'DRAFT', 'ARCHIVED'][1 + i % 3], ['Sale', 'tag ' || i],
    TIMESTAMPTZ '2026-01-01T00:00:00Z' + to_days(i::INTEGER),
    TIMESTAMPTZ '2026-02-01T00:00:00.25Z' + to_days((i // 3)::INTEGER), NULL
FROM range(12) t(i);
INSERT INTO product_variants (id, product_id, title, sku, position, price, inventory_quantity,
    created_at, updated_at)
SELECT 1000 + 10 * (p.id - 100) + k, p.id, 'Size ' || k, 'SKU-' || p.id || '-' || k, 1 + k,
    10 + k + 0.5, 7 * k, p.created_at, p.updated_at
FROM products p, range(3) t(k) WHERE k <= p.id % 3;
INSERT INTO customers (id, email, first_name, last_name, tags, created_at, updated_at)
VALUES
    (500, 'ann@example.com', 'Ann', 'Lee', ['VIP', 'Repeat'],
     '2026-01-05T10:00:00Z', '2026-03-01T12:59:59Z'),
    (501, NULL, NULL, NULL, [], '2026-01-06T10:00:00Z', '2026-03-01T13:00:00Z'),
    (502, 'bob@shop.example.org', 'Bob', NULL, ['vip'],
     '2026-01-07T10:00:00Z', '2026-03-02T13:00:00Z');
INSERT INTO orders (id, name, customer_id, email, created_at, processed_at, updated_at,
    cancelled_at, cancel_reason, test, source_name, currency_code, presentment_currency_code,
    presentment_rate, financial_status, fulfillment_status, subtotal_price, total_discounts,
    total_price, current_total_price, total_refunded)
SELECT 2000 + i, '#' || (1001 + i), [500, 501, NULL, 502][1 + i % 4],
    CASE WHEN i % 4 <> 2 THEN 'ann@example.com' END,
    t0, t0, TIMESTAMPTZ '2026-04-01T00:00:00Z' + to_hours((i // 10)::INTEGER),
    CASE WHEN i % 9 = 0 THEN t0 + INTERVAL 1 HOUR END, CASE WHEN i % 9 = 0 THEN 'CUSTOMER' END,
    i % 7 = 0, 'web', 'AUD', CASE i % 5 WHEN 0 THEN 'JPY' WHEN 1 THEN 'KWD' ELSE 'AUD' END,
    CASE i % 5 WHEN 0 THEN 97.123456 WHEN 1 THEN 0.201234 ELSE 1 END,
    CASE WHEN i % 9 = 0 THEN 'VOIDED' WHEN i % 6 = 0 THEN 'PARTIALLY_REFUNDED' ELSE 'PAID' END,
    CASE WHEN i % 2 = 0 THEN 'FULFILLED' ELSE 'UNFULFILLED' END,
    100 + i, 0, 100 + i, 100 + i, 0
FROM (SELECT i, TIMESTAMPTZ '2026-03-01T00:00:00Z' + to_minutes((i * 137)::INTEGER) t0
      FROM range(40) t(i));
INSERT INTO line_items (id, order_id, position, product_id, variant_id, title, variant_title, sku,
    vendor, quantity, current_quantity, unit_price, total_discount, is_gift_card)
SELECT 3000 + 10 * i + k, 2000 + i, k, CASE WHEN k = 2 THEN NULL ELSE 100 + (i + k) % 12 END,
    CASE WHEN k = 2 THEN NULL ELSE 1000 + 10 * ((i + k) % 12) END,
    'Line "' || k || '", é' || chr(10) || chr(1) || chr(9) || '日本 😀 \\', NULL, 'SKU',
    'Vendor', 1 + k, 1 + k, 9.99 + k, CASE WHEN k = 1 THEN 0.5 ELSE 0 END, false
FROM range(40) t(i), range(5) s(k) WHERE k < i % 6;
INSERT INTO refunds
SELECT 4000 + 2 * i + k, 2000 + i, '2026-03-20T00:00:00Z', '2026-03-20T00:00:00Z',
    CASE WHEN k = 1 THEN 'again' END, 5 + k
FROM range(40) t(i), range(2) s(k) WHERE i % 6 = 0;
INSERT INTO refund_line_items (id, refund_id, line_item_id, quantity, subtotal, restock_type)
SELECT 5000 + 10 * (r.id - 4000) + l.position, r.id, l.id, 1, 2.5, 'RETURN'
FROM refunds r JOIN line_items l ON l.order_id = r.order_id + 4;
"""
# Of every variant that has none yet; the last of each product's lies in two places.
INVENTORY = """
INSERT INTO inventory_items
SELECT v.id - 300, v.id, v.id % 5 <> 0, CASE WHEN v.id % 3 > 0 THEN 4 + (v.id % 7) / 4 END,
    v.created_at, v.updated_at
FROM product_variants v WHERE v.id NOT IN (SELECT variant_id FROM inventory_items);
INSERT INTO inventory_levels
SELECT v.id - 400 - 200 * l.id, v.id - 300, 9000 + l.id,
    CASE WHEN l.id = 2 THEN 4 ELSE v.inventory_quantity - CASE WHEN v.position = 3 THEN 4 ELSE 0 END
    END, v.position, l.id = 1, v.created_at, v.updated_at
FROM product_variants v, range(1, 3) l(id)
WHERE (l.id = 1 OR v.position = 3)
  AND v.id - 300 NOT IN (SELECT inventory_item_id FROM inventory_levels);
"""
SHOP += (
    """
INSERT INTO locations VALUES
    (9001, 'Warehouse', true, '2019-05-01T00:00:00Z', '2026-01-01T00:00:00Z'),
    (9002, 'Pop-up', true, '2019-05-01T00:00:00Z', '2026-01-01T00:00:00Z'),
    (9003, 'Closed', false, '2019-05-01T00:00:00Z', '2026-01-01T00:00:00Z');
INSERT INTO collections VALUES
    (8001, 'Desks & co', 'desks-co', '<p>All</p>', '2026-01-01T00:00:00Z');
INSERT INTO metafields
SELECT row_number() OVER (), owner_type, id, 'custom', 'material', 'single_line_text_field',
    'oak {&} "ash", é', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'
FROM (SELECT 'PRODUCT' AS owner_type, id FROM products UNION ALL
      SELECT 'PRODUCTVARIANT', id FROM product_variants UNION ALL
      SELECT 'CUSTOMER', id FROM customers UNION ALL SELECT 'ORDER', id FROM orders)
WHERE id % 2 = 0;
UPDATE line_items SET tax = round(0.1 * (unit_price * quantity - total_discount), 2)
WHERE order_id % 6 = 1 AND position < 2;
UPDATE orders SET taxes_included = id % 4 = 3, tags = ['gift', 'Rush'], note = 'by the door',
    total_tax = (SELECT sum(tax) FROM line_items l WHERE l.order_id = orders.id)
WHERE id IN (SELECT order_id FROM line_items WHERE tax > 0);
UPDATE refund_line_items SET total_tax = 0.25 WHERE line_item_id % 10 = 1;
UPDATE orders SET journey_ready = false WHERE id % 10 = 4;
INSERT INTO order_visits
SELECT 6000 + 10 * (o.id - 2000) + k, o.id, o.created_at - to_hours((30 * (2 - k))::INTEGER),
    '/products/product-1?ref=friend', CASE WHEN k > 0 THEN 'https://video.example/w?v=1' END,
    CASE WHEN k > 0 THEN 'video.example' ELSE 'direct' END, CASE WHEN k > 1 THEN 'POST' END,
    CASE WHEN k > 0 THEN 'nerdx' END, CASE WHEN k > 0 THEN 'video' END, NULL,
    CASE WHEN k > 0 THEN 'video-000' || k END, NULL
FROM orders o, range(3) v(k) WHERE o.id % 3 = 0 AND k <= o.id % 4;
INSERT INTO events VALUES
    (7001, 'PRODUCT', 99, 'destroy', '2026-03-05T00:00:00Z', 'Product 99 was deleted.'),
    (7002, 'PRODUCT', 100, 'create', '2026-01-01T00:00:00Z', 'Product 100 was made.'),
    (7003, 'ORDER', 1999, 'destroy', '2026-03-06T00:00:00Z', 'Order 1999 was deleted.'),
    (7004, 'PRODUCT_VARIANT', 990, 'destroy', '2026-03-07T00:00:00Z', 'Variant 990 was deleted.');
INSERT INTO webhook_subscriptions BY NAME
SELECT 8500 + i AS id, ['ORDERS_PAID', 'PRODUCTS_UPDATE'][i] AS topic,
    'https://hook.example/' || i AS uri, '2026-10' AS api_version, now() AS created_at,
    now() AS updated_at
FROM range(1, 3) t(i);
"""
    + INVENTORY
)


def write_store(path: Path, rows: str = SHOP) -> Path:
    """A store database with the given rows."""
    demo = files("nerdx_pipelines.demo")
    with duckdb.connect(path) as con:
        con.execute("SET TimeZone = 'UTC'")
        for ddl in ("store.sql", "store/writes.sql"):
            con.execute(demo.joinpath(ddl).read_text(encoding="utf-8"))
        con.execute(rows)
    return path


@dataclass
class Client:
    """A client of a running store, as a third party would write it."""

    url: str
    version: str = "2026-10"
    session: requests.Session = field(default_factory=requests.Session)
    stop: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.session.headers["X-Shopify-Access-Token"] = TOKEN

    def post(self, query: str, variables: dict[str, Any] | None = None) -> requests.Response:
        return self.session.post(
            f"{self.url}/admin/api/{self.version}/graphql.json",
            json={"query": query, "variables": variables},
            timeout=30,
        )

    def body(self, query: str, /, **variables: Any) -> dict[str, Any]:
        response = self.post(query, variables)
        assert response.status_code == 200
        return response.json()

    def data(self, query: str, /, **variables: Any) -> dict[str, Any]:
        body = self.body(query, **variables)
        assert "errors" not in body, body["errors"]
        return body["data"]

    def error(self, query: str, /, **variables: Any) -> dict[str, Any]:
        (error,) = self.body(query, **variables)["errors"]
        return error

    def start_bulk(self, query: str, group_objects: bool = False) -> dict[str, Any]:
        return self.data(
            """mutation($query: String!, $group: Boolean!) {
                bulkOperationRunQuery(query: $query, groupObjects: $group) {
                    bulkOperation { id status type }
                    userErrors { field message code }
                }
            }""",
            query=query,
            group=group_objects,
        )["bulkOperationRunQuery"]

    def wait(self, operation: str) -> dict[str, Any]:
        ask = """query($id: ID!) { node(id: $id) { ... on BulkOperation {
            id status errorCode objectCount rootObjectCount fileSize url partialDataUrl
            createdAt completedAt query type } } }"""
        while True:
            found = self.data(ask, id=operation)["node"]
            if found["status"] not in ("CREATED", "RUNNING", "CANCELING"):
                return found
            time.sleep(0.02)

    def bulk(self, query: str, group_objects: bool = False) -> tuple[dict[str, Any], list[str]]:
        """The finished operation and the lines of its file."""
        started = self.start_bulk(query, group_objects)
        assert started["userErrors"] == []
        operation = self.wait(started["bulkOperation"]["id"])
        assert operation["status"] == "COMPLETED"
        if operation["url"] is None:
            return operation, []
        content = requests.get(operation["url"], timeout=30).content
        assert len(content) == int(operation["fileSize"])
        return operation, content.decode().split("\n")[:-1]


@contextmanager
def running(app: Starlette) -> Iterator[str]:
    """Serve an application on a free port of the loopback; its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
