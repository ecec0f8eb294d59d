"""Analysts' reading of the warehouse: one SELECT, its rows as a table, CSV or JSON.

Tables of schema `kpi` come from the published file, which no run ever locks; others from a
snapshot of the warehouse, so that a query neither waits for a run nor stops one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import duckdb

from nerdx_pipelines.errors import NerdxError
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.tabular import as_text, write_rows
from nerdx_pipelines.warehouse.lake import open_warehouse
from nerdx_pipelines.warehouse.publish import published


class QueryError(NerdxError):
    """The statement cannot be run; the message says why, mostly in DuckDB's words."""


def query(settings: Settings, statement: str, to: TextIO, form: str = "table") -> None:
    """Run `statement` (reading only) and write its rows to `to` as `form`.

    Raises QueryError for a statement that is wrong or would write, WarehouseError without data.
    """
    try:
        _refuse_writing(statement)
        with _connection(settings, statement) as con:
            result = con.execute(statement)
            columns = [column[0] for column in result.description or ()]
            rows = iter(result.fetchone, None)
            write_rows(columns, rows, to, form)
    except duckdb.Error as error:
        raise QueryError(str(error)) from None


def cells(settings: Settings, statement: str) -> tuple[list[str], list[list[str]]]:
    """Column names and rows of `statement`, every value as the text a person reads."""
    with _connection(settings, statement) as con:
        result = con.execute(statement)
        columns = [column[0] for column in result.description or ()]
        return columns, [[as_text(value) for value in row] for row in result.fetchall()]


def _refuse_writing(statement: str) -> None:
    # Nothing could reach the data, but a COPY would write files, and a CREATE seem to work.
    kinds = [parsed.type.name for parsed in duckdb.extract_statements(statement)]
    if kinds != ["SELECT"]:
        raise QueryError(
            f"Give one SELECT (or FROM, DESCRIBE, SUMMARIZE), not {', '.join(kinds) or 'nothing'}. "
            "The data are written by runs only: `nerdx refresh`."
        )


@contextmanager
def _connection(settings: Settings, statement: str) -> Iterator[duckdb.DuckDBPyConnection]:
    if settings.kpi_path.exists() and _only_kpis(statement):
        with published(settings.kpi_path) as con:
            yield con
    else:
        with open_warehouse(settings).read() as con:
            yield con


def _only_kpis(statement: str) -> bool:
    try:
        tables = duckdb.get_table_names(statement, qualified=True)
    except duckdb.Error:  # it also binds, without the tables, and so refuses JOIN … USING
        return False
    return bool(tables) and all(name.lower().startswith("kpi.") for name in tables)
