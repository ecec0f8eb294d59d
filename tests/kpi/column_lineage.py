"""Which column is made of which, read out of the SQL by sqlglot, into `sql/kpi/lineage.json`.

`python -m tests.kpi.column_lineage` writes it. A column depends on those its value is computed of;
what only chooses or joins rows is not told.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.lineage import Node, lineage

import nerdx_pipelines.sql
from nerdx_pipelines.assets.kpis import DAILY, WHOLE
from nerdx_pipelines.assets.lineage import ASSETS
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.schema import columns, wanted_columns

FILE = Path(nerdx_pipelines.sql.__file__).parent / "kpi" / "lineage.json"
Lineage = dict[str, dict[str, list[str]]]  # kpi table -> column -> "schema.table.column"s
# Tables that no asset shows: what their columns are made of, whoever makes them.
STAND_INS = {
    "days_to_do": "SELECT NULL::DATE AS day",
    "content_days": "SELECT NULL::DATE AS day",
    "attribution.revenue_draws": """
        SELECT content_id, currency, credit AS draws FROM attribution.credits""",
    "attribution.order_paths": """
        SELECT order_id, order_day, content_id AS content_ids FROM attribution.credits""",
    "attribution.reversals": """
        SELECT credits.*, credits.credit AS amount, refunds.created_at AS reversed_day
        FROM attribution.credits AS credits
        CROSS JOIN staging.refunds AS refunds""",
    "attribution.placebo": """
        SELECT orders.currency, lines.order_day, lines.line_id AS order_lines,
            lines.order_id AS orders, lines.net_revenue
        FROM staging.order_lines AS lines
        CROSS JOIN staging.orders AS orders""",
}


def derived() -> Lineage:
    """The lineage of every KPI table, as its statement has it today."""
    return {table: _of_table(table) for table in sorted([*DAILY, *WHOLE])}


def written(found: Lineage) -> str:
    """As the file has it."""
    return json.dumps(found, indent=1) + "\n"


def _of_table(table: str) -> dict[str, list[str]]:
    (insert,) = (s for s in _statements(f"kpi/{table}") if isinstance(s, exp.Insert))
    query = insert.expression
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for name, of_table in columns().items():
        space, _, short = name.partition(".")
        schema.setdefault(space, {})[short] = dict(of_table)
    found = {}
    for column in wanted_columns()[f"kpi.{table}"]:
        node = lineage(column, query.copy(), schema=schema, sources=_views(), dialect="duckdb")
        found[column] = sorted(set(_leaves(node)))
    return found


def _leaves(node: Node) -> Iterator[str]:
    if node.downstream:
        for below in node.downstream:
            yield from _leaves(below)
    elif isinstance(node.source, exp.Table) and node.source.db:
        yield f"{node.source.db}.{node.source.name}.{node.name.rpartition('.')[2]}"


def _views() -> dict[str, exp.Expression]:
    stand_ins = {
        name: sqlglot.parse_one(query, dialect="duckdb") for name, query in STAND_INS.items()
    }
    return stand_ins | {
        create.this.sql("duckdb"): create.expression
        for create in _statements("views")
        if isinstance(create, exp.Create) and create.this.sql("duckdb") not in ASSETS
    }


def _statements(name: str) -> list[exp.Expression]:
    # Sizes of frames and names of macros mean nothing to lineage; BY NAME is known to DuckDB only.
    text = re.sub(r"\bBY NAME\n", "\n", sql(name))
    return [statement for statement in sqlglot.parse(text, dialect="duckdb") if statement]


if __name__ == "__main__":
    FILE.write_text(written(derived()), encoding="utf-8")
