"""Publishing: the KPI tables as files that analysts open and that no run ever locks."""

import os
from pathlib import Path

import duckdb


def publish(con: duckdb.DuckDBPyConnection, database: Path, folder: Path) -> dict[str, int]:
    """Copy every table of schema kpi to `database` and to `folder`/<table>.parquet.

    Each file is written aside and put in place by a rename: readers see the old one or the new
    one. Returns the rows of each table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = [
        name
        for (name,) in con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'kpi' ORDER BY ALL"
        ).fetchall()
    ]
    aside = database.with_name(f".{database.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    rows: dict[str, int] = {}
    try:
        con.execute(f"ATTACH '{_quoted(aside)}' AS aside")
        con.execute("CREATE SCHEMA aside.kpi")
        for table in tables:
            con.execute(f"CREATE TABLE aside.kpi.{table} AS FROM kpi.{table}")
            rows[table] = con.table(f"kpi.{table}").count("*").fetchall()[0][0]
            partial = folder / f".{table}.{os.getpid()}"
            con.execute(f"COPY kpi.{table} TO '{_quoted(partial)}' (FORMAT parquet)")
            partial.replace(folder / f"{table}.parquet")
        con.execute("DETACH aside")
        aside.replace(database)
    finally:
        aside.unlink(missing_ok=True)
    return rows


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
