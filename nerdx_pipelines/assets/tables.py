"""What every asset that writes a warehouse table tells Dagster about it."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import dagster as dg
import duckdb

from nerdx_pipelines.partitions import selected_days
from nerdx_pipelines.sql import sql

ENGINEERS = ["team:data-engineering"]
ANALYSTS = ["team:analytics"]


@cache
def _schemas() -> Mapping[str, dg.TableSchema]:
    with duckdb.connect() as con:
        con.execute(sql("schema"))
        rows = con.execute(
            "SELECT schema_name || '.' || table_name, column_name, data_type "
            "FROM duckdb_columns() ORDER BY table_oid, column_index"
        ).fetchall()
    columns: dict[str, list[dg.TableColumn]] = {}
    for table, column, kind in rows:
        columns.setdefault(table, []).append(dg.TableColumn(column, kind))
    return {table: dg.TableSchema(columns=found) for table, found in columns.items()}


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
        metadata={"dagster/column_schema": _schemas()[table], "dagster/table_name": table},
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
