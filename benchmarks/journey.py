"""The Complete Journey in a warehouse's staging tables, without the HTTP round.

The rules are those of `nerdx_pipelines.demo.complete_journey`; what is measured on it is not here.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from nerdx_pipelines.demo.complete_journey import write_folder
from nerdx_pipelines.folder.reading import drop_redeliveries, read_tables
from nerdx_pipelines.warehouse.database import Warehouse

TIMEZONE = "America/New_York"
STATEMENTS = """
INSERT INTO staging.products BY NAME
SELECT product_id, title, product_type, vendor, status, []::VARCHAR[] AS tags FROM products;
INSERT INTO staging.customers BY NAME SELECT customer_id, created_at FROM customers;
INSERT INTO staging.orders BY NAME
SELECT
    order_id, any_value(customer_id) AS customer_id, min(processed_at) AS processed_at,
    FALSE AS test, 'USD' AS currency, shop_day(min(processed_at)) AS order_day,
    sum(quantity * unit_price - discount) AS total_price
FROM order_lines GROUP BY order_id;
INSERT INTO staging.order_lines BY NAME
SELECT
    line_id, order_id, product_id, quantity, unit_price, quantity * unit_price AS gross_sales,
    discount AS discounts, 0 AS returned_quantity, 0 AS returns,
    quantity * unit_price - discount AS net_revenue, FALSE AS is_gift_card,
    shop_day(processed_at) AS order_day
FROM order_lines;
INSERT INTO staging.content BY NAME
SELECT content_id, title, content_type, creator, published_at FROM content;
INSERT INTO staging.content_products BY NAME FROM content_products;
INSERT INTO staging.touches BY NAME
SELECT
    event_id, user_id, content_id, touch_type, touched_at, shop_day(touched_at) AS touch_day,
    'folder' AS source
FROM touches;
"""


def load_journey(path: Path) -> Warehouse:
    """A warehouse at `path` with the year 2017. Raises ConfigError without the package."""
    warehouse = Warehouse(path, timezone=TIMEZONE)
    with TemporaryDirectory(dir=path.parent) as place, warehouse.write() as con:
        folder = Path(place) / "folder"
        write_folder(folder)
        read_tables(con, folder)
        drop_redeliveries(con)
        con.execute(STATEMENTS)
    return warehouse
