"""A year of a shop with content, as staging holds it, for benchmarks of attribution.

Drawn by hashes, so that every run draws the same. Who buys, what is bought and what content
features are skewed, as they are in life: few customers, products and contents have most.
"""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from nerdx_pipelines.warehouse.database import Warehouse

ORDERS = int(os.environ.get("NERDX_BENCH_ORDERS", 1_000_000))
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
CONTENTS, PRODUCTS, TOUCHES_PER_ORDER = 600, 5_000, 10

# Of ten touches for each order, three are the buyer's own of the nine days before it, two of these
# of a content that features something in it; three are of known customers at any time, of any
# content; four of nobody known.
DRAWN = """
CREATE TEMP MACRO drawn(number, what) AS (hash(number * 31 + what) % 1000003) / 1000003.0;
CREATE TEMP MACRO instant_of(number, what) AS
'2025-01-01'::TIMESTAMPTZ + to_microseconds((drawn(number, what) * 365 * 86400e6)::BIGINT);
CREATE TEMP MACRO content_of(number) AS 'content-' || lpad(number::VARCHAR, 4, '0');

INSERT INTO staging.orders BY NAME
SELECT
    i AS order_id, (drawn(i, 1) ** 1.5 * {orders} * 0.4)::BIGINT + 1 AS customer_id,
    instant_of(i, 2) AS processed_at, FALSE AS test, 'EUR' AS currency,
    shop_day(processed_at) AS order_day
FROM range({orders}) AS numbers(i)
ORDER BY order_day, order_id;

INSERT INTO staging.order_lines BY NAME
SELECT
    order_id * 10 + k AS line_id, order_id,
    (drawn(line_id, 3) ** 2 * {products})::BIGINT AS product_id,
    1 AS quantity, 0 AS returned_quantity, 0 AS returns, 0 AS discounts,
    ((100 + drawn(line_id, 4) * 9900)::INTEGER / 100)::DECIMAL(18, 2) AS net_revenue,
    net_revenue AS gross_sales, FALSE AS is_gift_card, order_day
FROM staging.orders, range(4) AS lines(k)
WHERE k < 1 + hash(order_id * 7) % 4
ORDER BY order_day, line_id;

INSERT INTO staging.content BY NAME
SELECT content_of(i) AS content_id, 'blog' AS content_type FROM range({contents}) AS numbers(i);

INSERT INTO staging.content_products BY NAME
SELECT DISTINCT
    content_of(i) AS content_id, (drawn(i * 100 + k, 5) ** 2 * {products})::BIGINT AS product_id
FROM range({contents}) AS numbers(i), range(80) AS features(k)
WHERE k < 5 + hash(i * 3) % 76
ORDER BY ALL;

CREATE TEMP TABLE featuring AS
SELECT product_id, list(content_id ORDER BY hash(content_id)) AS contents
FROM staging.content_products
GROUP BY product_id;

INSERT INTO staging.touches BY NAME
WITH numbered AS (
    SELECT
        orders.order_id * {touches} + k AS number, k, orders.customer_id, orders.processed_at,
        featuring.contents
    FROM staging.orders
    INNER JOIN staging.order_lines AS lines ON orders.order_id * 10 = lines.line_id
    LEFT JOIN featuring USING (product_id)
    CROSS JOIN range({touches}) AS touches(k)
)
SELECT
    'event-' || number AS event_id,
    CASE
        WHEN k < 3 THEN customer_id
        WHEN k < 6 THEN (drawn(number, 6) * {orders} * 0.4)::BIGINT + 1
    END AS user_id,
    if(user_id IS NULL, 'visitor-' || number % 1000000, NULL) AS anonymous_id,
    CASE
        WHEN k < 2 AND contents IS NOT NULL
            THEN contents[1 + (hash(number * 3) % least(len(contents), 4))::INTEGER]
        ELSE content_of(hash(number * 5) % {contents})
    END AS content_id,
    if(hash(number * 7) % 5 = 0, 'click', 'view') AS touch_type,
    CASE
        WHEN k < 3 THEN processed_at - to_microseconds(
            (drawn(number, 8) ** 2 * 9 * 86400e6)::BIGINT
        )
        ELSE instant_of(number, 8)
    END AS touched_at,
    touched_at AS ingested_at, shop_day(touched_at) AS touch_day, 'folder' AS source
FROM numbered
ORDER BY touch_day, event_id;
"""


@dataclass(frozen=True)
class Made:
    """A warehouse file that holds the shop."""

    path: Path
    orders: int
    lines: int
    touches: int


def make_shop(path: Path, orders: int = ORDERS) -> Made:
    """Fill a new warehouse at `path`."""
    sizes = {"contents": CONTENTS, "products": PRODUCTS, "touches": TOUCHES_PER_ORDER}
    with Warehouse(path).write() as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(DRAWN.format(orders=orders, **sizes))
        ((lines, touches),) = con.execute(
            "SELECT (SELECT count(*) FROM staging.order_lines), count(*) FROM staging.touches"
        ).fetchall()
    return Made(path, orders, lines, touches)
