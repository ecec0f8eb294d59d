"""Reading all journeys of a warehouse, whatever their number, and keeping what models make of them.

Which touches are a journey is in `sql/attribution/data_driven`; what follows from journeys, in
`attribution/levels.py`.
"""

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from nerdx_pipelines.attribution.levels import Content, Journeys, Row
from nerdx_pipelines.attribution.paths import Codes
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run

# A touch counts once for each product that its content features. Of so many the journeys are
# found at once, of part of the users: that bounds memory.
EXPOSURES_AT_ONCE = 5_000_000


def read_journeys(
    con: duckdb.DuckDBPyConnection, variables: Mapping[str, object]
) -> tuple[Journeys, list[Content]]:
    """Every journey of a known user, and the contents they number. `con` may be read-only."""
    run(con, "attribution/data_driven/features", **variables)
    ((exposures,),) = con.execute(
        "SELECT count(*) FROM staging.touches INNER JOIN featured USING (content_id)"
        " WHERE user_id IS NOT NULL"
    ).fetchall()
    parts = 1 + exposures // EXPOSURES_AT_ONCE
    for part in range(parts):
        run(con, "attribution/data_driven/journeys", parts=parts, part=part)
    found = con.execute(sql("attribution/data_driven/paths")).to_arrow_table()
    contents = con.execute(sql("attribution/data_driven/contents")).fetchall()
    return _journeys(found), [Content(*content) for content in contents]


def replace_credits(con: duckdb.DuckDBPyConnection, rows: Sequence[Row], window_days: int) -> None:
    """Make attribution.data_driven hold these rows and no others."""
    con.execute("DELETE FROM attribution.data_driven")
    if not rows:
        return
    types = {"value": pa.decimal128(18, 4)}
    table = {
        name: pa.array(cells, types.get(name))
        for name, cells in zip(Row._fields, zip(*rows, strict=True), strict=True)
    }
    table["model"] = pa.array(["markov"] * len(rows))
    table["window_days"] = pa.array([window_days] * len(rows))
    con.register("made", pa.table(table))
    con.execute("INSERT INTO attribution.data_driven BY NAME FROM made")
    con.unregister("made")


def _journeys(found: pa.Table) -> Journeys:
    paths = found.column("path").combine_chunks()

    def counts(column: str) -> Codes:
        return np.asarray(found.column(column).to_numpy(), dtype=np.int64)

    return Journeys(
        codes=paths.flatten().to_numpy().astype(np.int64),
        lengths=np.diff(paths.offsets.to_numpy()).astype(np.int64),
        currencies=found.column("currency").to_pylist(),
        conversions=counts("conversions"),
        units=counts("units"),
        nulls=counts("nulls"),
    )
