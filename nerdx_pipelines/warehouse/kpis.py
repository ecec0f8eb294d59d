"""One KPI table made anew, inside the caller's transaction. Rules are in `sql/kpi/<table>.sql`.

Only what SQL alone would do badly is here: the resampling of users behind the intervals.
"""

from collections.abc import Mapping

import duckdb
import numpy as np
import pyarrow as pa

from nerdx_pipelines.bootstrap import DRAWS, resampled_sums
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run


def make_kpis(con: duckdb.DuckDBPyConnection, table: str, variables: Mapping[str, object]) -> None:
    """Replace kpi.`table`, a daily one for the days in `days_to_do`; `variables` are the rules'."""
    if table == "content_kpis":
        _resample(con, variables)
    run(con, f"kpi/{table}", **variables)


def _resample(con: duckdb.DuckDBPyConnection, variables: Mapping[str, object]) -> None:
    run(con, "kpi/revenue_by_user", **variables)
    rows = con.execute("FROM revenue_by_user ORDER BY content, buyer").fetchnumpy()
    ((contents,),) = con.execute("SELECT count(*) FROM earning_contents").fetchall()
    content, buyer, revenue = (
        np.asarray(rows[name], np.int64) for name in ("content", "buyer", "revenue")
    )
    sums = resampled_sums(content, buyer, revenue, contents)
    draws = pa.FixedSizeListArray.from_arrays(pa.array(sums.ravel()), DRAWS)
    con.register("resampled", pa.table({"number": range(contents), "draws": draws}))
    con.execute(sql("kpi/revenue_draws"))
    con.unregister("resampled")
