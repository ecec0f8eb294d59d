"""What the graph lacks of a kind and what it has too much, by the warehouse and the ledger.

Both are left in temporary tables of the connection; sending them is in `projection.py`.
"""

from dataclasses import dataclass

import duckdb

from nerdx_pipelines.graph.kinds import Kind


@dataclass(frozen=True)
class KindResult:
    """What a load does to one kind: rows it should hold, rows sent, rows deleted.

    `without_key`: rows left out since a part of what identifies them is NULL.
    """

    kind: str
    total: int
    written: int
    deleted: int
    without_key: int


def is_wanted(kind: Kind) -> str:
    """SQL: whether the graph should hold a row of `graph_<kind>_rows`."""
    return f"{_has_key(kind)} AND getvariable('graph_scope') <> 'none'"


def compare(con: duckdb.DuckDBPyConnection, kind: Kind) -> KindResult:
    """What is to be sent and deleted of a kind; of rows with one key, one counts.

    `changed_<kind>` then has the rows to send (`ledger.ENTRY`, then the view's columns),
    `gone_<kind>` what to delete (`ledger.ENTRY`); both only if anything is to be done.
    """
    total, is_unchanged, without_key = _summed(con, kind)
    if is_unchanged:
        return KindResult(kind.name, total, 0, 0, without_key)
    _make_wanted(con, kind)
    _execute(
        con,
        kind,
        "CREATE TEMP TABLE changed_{name} AS FROM wanted_{name} AS wanted ANTI JOIN "
        "(FROM graph.loaded WHERE kind = '{name}') AS loaded "
        "ON wanted.key = loaded.key AND wanted.hash = loaded.hash",
    )
    _execute(
        con,
        kind,
        "CREATE TEMP TABLE gone_{name} AS SELECT kind, key, NULL::UBIGINT AS hash "
        "FROM graph.loaded ANTI JOIN wanted_{name} USING (key) WHERE kind = '{name}'",
    )
    parts = (len(con.table(f"{part}_{kind.name}")) for part in ("wanted", "changed", "gone"))
    total, changed, gone = parts
    return KindResult(kind.name, total, changed, gone, without_key)


def _summed(con: duckdb.DuckDBPyConnection, kind: Kind) -> tuple[int, bool, int]:
    """Rows that the graph should hold, whether it holds just these, and rows without a key.

    Told by sums of hashes, of 64 bits a row: far quicker than to join the rows.
    """
    ((total, is_unchanged, without_key),) = _execute(
        con,
        kind,
        "WITH wanted AS (SELECT count(*) FILTER ({wanted}) AS rows, "
        "sum(hash(one)) FILTER ({wanted}) AS hashes, "
        "count(*) FILTER (NOT ({has_key})) AS without_key FROM {view}_rows AS one), "
        "loaded AS (SELECT count(*) AS rows, count(hash) AS certain, sum(hash) AS hashes "
        "FROM graph.loaded WHERE kind = '{name}') "
        "SELECT wanted.rows, wanted.rows = loaded.rows AND wanted.rows = loaded.certain "
        "AND wanted.hashes IS NOT DISTINCT FROM loaded.hashes, wanted.without_key "
        "FROM wanted, loaded",
    ).fetchall()
    return total, is_unchanged, without_key


def _make_wanted(con: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    _execute(
        con,
        kind,
        "CREATE TEMP TABLE wanted_{name} AS SELECT '{name}' AS kind, "
        "to_json({{{key}}})::VARCHAR AS key, hash(one) AS hash, * FROM {view} AS one",
    )
    # Rarely does staging repeat an event; which row counts must not depend on their order.
    _execute(
        con,
        kind,
        "DELETE FROM wanted_{name} WHERE rowid IN (SELECT rowid FROM wanted_{name} "
        "SEMI JOIN (SELECT key FROM wanted_{name} GROUP BY key HAVING count(*) > 1) USING (key) "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY hash) > 1)",
    )


def _has_key(kind: Kind) -> str:
    return " AND ".join(f"{column} IS NOT NULL" for column in kind.key)


def _execute(
    con: duckdb.DuckDBPyConnection, kind: Kind, statement: str
) -> duckdb.DuckDBPyConnection:
    about = {
        "name": kind.name,
        "view": kind.view,
        "key": ", ".join(f"'{column}': one.{column}" for column in kind.key),
        "has_key": _has_key(kind),
        "wanted": is_wanted(kind),
    }
    return con.execute(statement.format(**about))
