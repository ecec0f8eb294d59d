"""What every asset that writes a warehouse table tells Dagster about it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa

from nerdx_pipelines.kpi_definitions import definition
from nerdx_pipelines.partitions import selected_days
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.schema import columns

ENGINEERS = ["team:data-engineering"]
ANALYSTS = ["team:analytics"]


def _schema(table: str) -> dg.TableSchema:
    found = columns()[table].items()
    if (figures := table.removeprefix("kpi.")) == table:
        return dg.TableSchema([dg.TableColumn(name, kind) for name, kind in found])
    return dg.TableSchema(
        [dg.TableColumn(name, kind, definition(figures, name)) for name, kind in found]
    )


def table_spec(
    key: str,
    table: str,
    description: str,
    *,
    group: str,
    deps: Sequence[Any] = (),
    partitions: dg.PartitionsDefinition[Any] | None = None,
    owners: Sequence[str] = ENGINEERS,
) -> dg.AssetSpec:
    """Spec of the asset `key`, whose rows are the table `table` (schema.name)."""
    return dg.AssetSpec(
        key,
        description=description,
        group_name=group,
        deps=deps,
        kinds={"duckdb", "sql"},
        owners=owners,
        partitions_def=partitions,
        metadata={"dagster/column_schema": _schema(table), "dagster/table_name": table},
    )


def materialized(
    con: duckdb.DuckDBPyConnection, spec: dg.AssetSpec, **metadata: Any
) -> dg.MaterializeResult[Any]:
    """The result for one asset: rows its table has now, and what else the asset knows."""
    table = spec.metadata["dagster/table_name"]
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (our own names)
    return dg.MaterializeResult(
        asset_key=spec.key, metadata={"dagster/row_count": row[0] if row else 0, **metadata}
    )


def rebuilt(
    warehouse: Warehouse, spec: dg.AssetSpec, rows: pa.Table, **metadata: Any
) -> dg.MaterializeResult[Any]:
    """Put `rows` in the place of all that the table of `spec` holds; the result for the asset."""
    table = spec.metadata["dagster/table_name"]
    with warehouse.write() as con:
        con.register("rebuilt", rows)
        con.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rebuilt")  # noqa: S608
        return materialized(con, spec, **metadata)


def count_days(
    context: dg.AssetExecutionContext,
    con: duckdb.DuckDBPyConnection,
    spec: dg.AssetSpec,
    day_column: str,
) -> None:
    """Give every day of the run its own row count.

    A result's metadata is copied to all partitions of the run, so these are added one by one.
    """
    table = spec.metadata["dagster/table_name"]
    found: dict[date, int] = dict(
        con.execute(
            f"SELECT {day_column}, count(*) FROM {table} "  # noqa: S608 (our own names)
            f"WHERE {day_column} BETWEEN $1 AND $2 GROUP BY ALL",
            list(selected_days(context)),
        ).fetchall()
    )
    for key in context.partition_keys:
        context.add_asset_metadata(
            {"dagster/partition_row_count": found.get(date.fromisoformat(key), 0)},
            asset_key=spec.key,
            partition_key=key,
        )
