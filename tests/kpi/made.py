"""All that is made of staging, by the statements that the assets run."""

from datetime import date
from typing import Any

from nerdx_pipelines.assets.kpis import DAILY, WHOLE
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.credits import make_credits
from nerdx_pipelines.warehouse.database import run
from nerdx_pipelines.warehouse.kpis import make_kpis

RULES = AttributionRules(window_days=7, half_life_days=7.0, model="linear", lag_days=3)


def make_all(
    con: Any, first: date = date(2026, 3, 1), last: date = date(2026, 8, 31), **rules: Any
) -> None:
    """Credits and every KPI table, of the days from `first` to `last`."""
    given = AttributionRules(**{**RULES.model_dump(), **rules})
    con.execute("CREATE OR REPLACE TEMP TABLE days_to_do (day DATE)")
    con.execute(
        "INSERT INTO days_to_do SELECT unnest(generate_series($1, $2, INTERVAL 1 DAY))::DATE",
        [first, last],
    )
    run(con, "macros", from_day=first, to_day=last)
    make_credits(con, given.kinds, **given.variables())
    for table in [*DAILY, *WHOLE]:
        make_kpis(con, table, given.variables())
