"""What became of the recommendations that people were shown. Rules: `sql/loop`.

The table is rebuilt whole from the site's events and what was bought, so that neither their order
nor a refund matters; how events get into staging is in `events.py`.
"""

from typing import Any

import dagster as dg

from nerdx_pipelines.assets.loop import ORDERED
from nerdx_pipelines.assets.tables import ANALYSTS, rebuilt, table_spec
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run

RECOMMENDATION_LOG = table_spec(
    "recommendation_log",
    "loop.recommendation_log",
    "One row an item of a list that somebody was shown (Product List Viewed of a list_id nerdx:…), "
    "whether chance had put it there, the click on it and the order that was kept within 7 days: "
    "click-through and conversion by slot, rank and exploration.",
    group="loop",
    deps=[*ORDERED, "content_events", "content_products", "recommendations"],
    owners=ANALYSTS,
)


@dg.multi_asset(name="recommendation_log", specs=[RECOMMENDATION_LOG])
def recommendation_log(warehouse: dg.ResourceParam[Warehouse]) -> dg.MaterializeResult[Any]:
    """Rebuild the log."""
    with warehouse.read() as con:
        # What was bought; no weight has a part in it.
        run(con, "loop/facts", until=None, **Weights().variables())
        rows = con.sql(sql("loop/recommendation_log")).to_arrow_table()
    return rebuilt(warehouse, RECOMMENDATION_LOG, rows)
