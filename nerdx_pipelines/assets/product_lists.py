"""What goes with each product: the lists of its own page.

Rules: `sql/loop/product_lists`, `loop/product_lists/neighbours.py`.

The table is rebuilt whole from staging, so that a refund takes back what a purchase did; sending
it to the shop is in `push.py`.
"""

from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa

from nerdx_pipelines.assets.loop import ORDERED
from nerdx_pipelines.assets.tables import ANALYSTS, rebuilt, table_spec
from nerdx_pipelines.loop.discovery import bought, product_weights
from nerdx_pipelines.loop.ease import MOST_BOUGHT
from nerdx_pipelines.loop.product_lists.neighbours import SUPPORT, related_items
from nerdx_pipelines.loop.ranking import LENGTH
from nerdx_pipelines.loop.world_model.chosen import learned
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run

# Products that may be in a complementary list: the pairs of 5,000 in 140,000 orders take seconds.
MOST_ORDERED = 5000
# Orders; see sql/loop/product_lists/complementary.sql. On The Complete Journey, the last 30 days
# held out, lists of ten hold something else of the order for 48 % of the products in it, and for
# 25 % something beside the fifty best sellers. Plain lift (0) has 22 % and 21 %, mere counts 59 %
# and 17 %: the best sellers, on every page.
DOUBT = 5

PRODUCT_RECOMMENDATIONS = table_spec(
    "product_recommendations",
    "loop.product_recommendations",
    f"One row a product, kind and rank, {LENGTH} a kind: `related`, what its buyers bought too, "
    "then or later (EASE); `complementary`, what is in one order with it more often than chance "
    "would have it (lift). Only products on sale and in stock; no list without evidence.",
    group="loop",
    deps=[*ORDERED, "shopify_product_variants"],
    owners=ANALYSTS,
)


@dg.multi_asset(name="product_recommendations", specs=[PRODUCT_RECOMMENDATIONS])
def product_recommendations(
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult[Any]:
    """Rebuild every list."""
    with warehouse.read() as con:
        weights = learned(con)
        run(con, "loop/facts", until=None, **weights.variables())
        run(con, "loop/discovery", most_bought=MOST_BOUGHT)
        con.register("related_lists", _related(con, weights.l2))
        run(con, "loop/product_lists/orders", support=SUPPORT, most_ordered=MOST_ORDERED)
        run(con, "loop/product_lists/complementary", length=LENGTH, doubt=DOUBT)
        rows = con.sql(sql("loop/product_lists/lists")).to_arrow_table()
    return rebuilt(warehouse, PRODUCT_RECOMMENDATIONS, rows)


def _related(con: duckdb.DuckDBPyConnection, l2: float) -> pa.Table:
    items: dict[str, Any] = con.table("discovery_items").order("item_number").fetchnumpy()
    lists = related_items(bought(con), product_weights(con, l2), items["sellable"])
    return pa.table(
        {
            "owner_number": lists.user,
            "rank": lists.rank,
            "item_number": lists.item,
            "score": lists.score,
        }
    )
