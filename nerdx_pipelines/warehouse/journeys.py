"""Reading the journeys of a warehouse, of some of its users where they are many; keeping credits.

Which touches are a journey is in `sql/attribution/data_driven`; what follows from journeys, in
`attribution/levels.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa

from nerdx_pipelines.attribution.levels import Content, Journeys, Row
from nerdx_pipelines.attribution.paths import Codes
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import run

# A touch counts once for each product that its content features. Of more than so many, the journeys
# of part of the users are taken: a sample of a million tells removal effects well enough, and to
# find more takes minutes.
EXPOSURES = 2_000_000


def read_journeys(
    con: duckdb.DuckDBPyConnection, variables: Mapping[str, object]
) -> tuple[Journeys, list[Content]]:
    """The journeys of known users, and the contents they number. `con` may be read-only."""
    run(con, "attribution/data_driven/features", **variables)
    ((exposures,),) = con.execute(sql("attribution/data_driven/exposures")).fetchall()
    sample = 1 + exposures // EXPOSURES
    run(con, "attribution/data_driven/journeys", sample=sample)
    found = con.execute(sql("attribution/data_driven/paths")).to_arrow_table()
    contents = con.execute(sql("attribution/data_driven/contents")).fetchall()
    journeys = _journeys(found)
    if sample > 1:
        totals = con.execute(sql("attribution/data_driven/totals")).fetchall()
        journeys = replace(journeys, sample=sample, totals=totals)
    return journeys, [Content(*content) for content in contents]


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
