"""Reading a data folder: `<table>.csv` or `<table>.parquet` into typed, checked DuckDB tables.

The rules that content must keep are here; the tables' columns are in `tables.py`, what a
single value may look like in `values.py`, and a shop's own rules in `demo/rules.py`.
"""

# ruff: noqa: S608 (statements are made of the names in TABLES and of rules in code, never of data)
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nerdx_pipelines.errors import FolderError
from nerdx_pipelines.folder.files import Source, find, open_source, place
from nerdx_pipelines.folder.tables import CONTENT_TABLES, HINTS, TABLES
from nerdx_pipelines.folder.values import kind_of, may_be_empty, raw_sql, value_sql


@dataclass(frozen=True)
class Rule:
    """What no row of a table may be: `bad` is an SQL condition on the row, called `t`."""

    table: str
    column: str
    bad: str
    problem: str


def unique(table: str, *key: str, problem: str = "is there twice") -> Rule:
    """The rule that no two rows of `table` share `key`; the later row is the bad one."""
    columns = ", ".join(key)
    first = f"SELECT min(rowid) FROM {table} GROUP BY {columns}"
    return Rule(table, key[-1], f"t.rowid NOT IN ({first})", problem)


def exists(table: str, column: str, parent: str, key: str) -> Rule:
    """The rule that `column`, where not empty, is a `key` of `parent`."""
    bad = f"t.{column} IS NOT NULL AND t.{column} NOT IN (SELECT {key} FROM {parent})"
    return Rule(table, column, bad, f"is not in {parent}")


CONTENT_RULES = (
    unique("content", "content_id"),
    exists("content_products", "content_id", "content", "content_id"),
    exists("touches", "content_id", "content", "content_id"),
    unique("identities", "anonymous_id"),
    Rule("content", "production_cost", "t.production_cost < 0", "is below 0"),
)


def read_content(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Temp tables content, content_products, touches and identities of `folder`, checked.

    Only among themselves: whether their products and customers exist is the caller's to ask.
    Of touches that repeat an event_id, the earliest stays. Raises FolderError.
    """
    read_tables(con, folder, CONTENT_TABLES)
    check(con, folder, CONTENT_RULES)
    hide_addresses(con)
    drop_redeliveries(con)


def read_tables(
    con: duckdb.DuckDBPyConnection, folder: Path, tables: Iterable[str] = tuple(TABLES)
) -> set[str]:
    """`read_table` for each of `tables`; which of them have a file. Raises FolderError."""
    if not folder.is_dir():
        raise FolderError(f"There is no folder {folder}.")
    _refuse_misspelt(folder)
    return {table for table in tables if read_table(con, folder, table)}


def read_table(con: duckdb.DuckDBPyConnection, folder: Path, table: str) -> bool:
    """Make the temp table `table` of the folder's file; False, and an empty one, without a file.

    Its columns are those of `TABLES`, typed; money DECIMAL(18, 4), times TIMESTAMPTZ. Sets the
    connection's time zone to UTC. Raises FolderError naming file, row and column.
    """
    con.execute("SET TimeZone = 'UTC'")
    path = find(folder, table)
    kinds = TABLES[table].kinds
    if path is None:
        if TABLES[table].required:
            raise FolderError(f"{folder} has no {table}.csv or {table}.parquet; it must have one.")
        columns = ", ".join(f"{name} {kind_of(kind).sql_type}" for name, kind in kinds.items())
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
        return False
    source = open_source(con, path)
    headers = _match(source, table)
    raw = [raw_sql(f'"{stored}"', physical) for stored, physical in source.columns.items()]
    physical = dict(zip(headers, source.columns.values(), strict=True))
    values = (
        value_sql(kind, f"raw_{name}", physical[name])
        if name in headers
        else f"CAST(NULL AS {kind_of(kind).sql_type})"
        for name, kind in kinds.items()
    )
    with source.reading():
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS"
            f" WITH stored AS (SELECT {_named(raw, (f'raw_{name}' for name in headers))}"
            f" FROM {source.sql}), typed AS (SELECT *, {_named(values, kinds)} FROM stored)"
            f" SELECT {', '.join(kinds)}, {_fault(headers, kinds)} AS fault FROM typed"
        )
    row, position = _first_row(con, table, "fault", "t.fault IS NOT NULL") or (0, None)
    if position is not None:
        column = int(position)
        value = con.execute(
            f"SELECT CAST({raw[column]} AS VARCHAR) FROM {source.sql} LIMIT 1 OFFSET {row - 1}"
        ).fetchall()[0][0]
        name = headers[column]
        problem = "is empty" if value is None else f"is not {kind_of(kinds[name]).description}"
        raise _row_error(path, row, table, name, value, problem)
    con.execute(f"ALTER TABLE {table} DROP COLUMN fault")
    return True


def check(con: duckdb.DuckDBPyConnection, folder: Path, rules: Iterable[Rule]) -> None:
    """Raise FolderError for the first row, in the order of `rules`, that breaks one."""
    for rule in rules:
        broken = _first_row(con, rule.table, rule.column, rule.bad)
        path = find(folder, rule.table)
        if broken and path:
            row, value = broken
            raise _row_error(path, row, rule.table, rule.column, value, rule.problem)


def hide_addresses(con: duckdb.DuckDBPyConnection) -> None:
    """Where an anonymous id is an e-mail address, keep its digest, named as that of an event is."""
    for table in ("touches", "identities"):
        con.execute(
            f"UPDATE {table} SET anonymous_id = 'email ' || sha256(lower(trim(anonymous_id)))"
            " WHERE contains(anonymous_id, '@') AND anonymous_id LIKE '%_@_%'"
        )


def drop_redeliveries(con: duckdb.DuckDBPyConnection) -> None:
    """Leave one touch an event_id: the earliest, then the least by its other columns."""
    order = "touched_at, user_id, anonymous_id, content_id, touch_type, product_id"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE touches AS SELECT * FROM touches"
        f" QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY {order}) = 1"
    )


def _refuse_misspelt(folder: Path) -> None:
    """Raise FolderError for a file that is nearly, but not, called like a table that is absent."""
    absent = [table for table in TABLES if find(folder, table) is None]
    for path in sorted(folder.iterdir()):
        near = difflib.get_close_matches(path.stem, absent, n=1, cutoff=0.8)
        if path.suffix in {".csv", ".parquet"} and near and path.stem not in TABLES:
            raise FolderError(f"{path} is no table; did you mean {near[0]}{path.suffix}?")


def _match(source: Source, table: str) -> list[str]:
    """The file's columns, in its order, by our names. Raises FolderError if they are not ours."""
    spec = TABLES[table]
    headers = [header.strip() for header in source.columns]
    for header in headers:
        if header not in spec.kinds:
            near = difflib.get_close_matches(header, spec.kinds, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it may have {', '.join(spec.kinds)}."
            raise FolderError(f"{source.path} has an unknown column {header!r}: {hint}")
        if headers.count(header) > 1:
            raise FolderError(f"{source.path} has the column {header} more than once.")
    missing = [name for name in spec.columns if name not in headers]
    if missing:
        raise FolderError(
            f"{source.path} lacks the column {', '.join(missing)}; it must have "
            f"{', '.join(spec.columns)} and may have {', '.join(spec.optional) or 'no others'}."
        )
    return headers


def _named(expressions: Iterable[str], names: Iterable[str]) -> str:
    return ", ".join(f"{sql} AS {name}" for sql, name in zip(expressions, names, strict=True))


def _fault(headers: list[str], kinds: Mapping[str, str]) -> str:
    """An SQL expression: the position of the first header whose value is unfit, else NULL."""
    cases = (
        f"WHEN {name} IS NULL {present} THEN {position}"
        for position, name in enumerate(headers)
        for present in (f"AND raw_{name} IS NOT NULL" if may_be_empty(kinds[name]) else "",)
    )
    return f"CASE {' '.join(cases)} END"


def _first_row(
    con: duckdb.DuckDBPyConnection, table: str, column: str, bad: str
) -> tuple[int, str | None] | None:
    """Number, counted from 1, and `column` of the first row `t` for which `bad` holds."""
    # Relative, because row ids of a table made in an open transaction begin very high.
    found = con.execute(
        f"SELECT t.rowid - (SELECT min(rowid) FROM {table}) + 1, CAST(t.{column} AS VARCHAR)"
        f" FROM {table} t WHERE {bad} ORDER BY t.rowid LIMIT 1"
    ).fetchone()
    return (int(found[0]), found[1]) if found else None


def _row_error(
    path: Path, row: int, table: str, column: str, value: str | None, problem: str
) -> FolderError:
    shown = "" if value is None else f" {value[:60]!r}"
    hint = HINTS.get((table, column))
    return FolderError(
        f"{place(path, row)}: {column}{shown} {problem}." + (f" {hint}" if hint else "")
    )
