"""The data-driven credits: Markov over the journeys of the whole period.

The mathematics is in `attribution/`, the journeys in `sql/attribution/data_driven`.
"""

from typing import Any

import dagster as dg

from nerdx_pipelines.assets.tables import materialized, table_spec
from nerdx_pipelines.attribution.levels import data_driven
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.journeys import read_journeys, replace_credits

_SPEC = table_spec(
    "data_driven_credits",
    "attribution.data_driven",
    "One row a content, content type or creator, order of the Markov chain, and currency: its part "
    "of all attributed lines by removal effect, journeys without purchase included. A journey is "
    "one user's towards one product. Of the whole period.",
    group="attribution",
    # After the credits, so that both tell of the same days.
    deps=["attribution_credits", "content_catalog", "content_products", "touches"],
)


@dg.multi_asset(name="data_driven_credits", specs=[_SPEC])
def data_driven_credits(
    warehouse: dg.ResourceParam[Warehouse], rules: AttributionRules
) -> dg.MaterializeResult[Any]:
    """Read the journeys from a snapshot, since they may take a minute; store what follows."""
    with warehouse.read() as con:
        journeys, contents = read_journeys(con, rules.variables())
    rows = data_driven(journeys, contents)
    with warehouse.write() as con:
        replace_credits(con, rows, rules.window_days)
        return materialized(
            con,
            _SPEC,
            journeys_converted=int(journeys.conversions.sum()),
            journeys_without_purchase=int(journeys.nulls.sum()),
            distinct_paths=len(journeys.lengths),
            window_days=rules.window_days,
        )
