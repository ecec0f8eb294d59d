"""Every figure has a definition, and no definition is of a figure that is gone."""

import re
import tomllib

import pytest

from nerdx_pipelines.kpi_definitions import EVERYWHERE, definition
from nerdx_pipelines.sql import sql, text
from nerdx_pipelines.warehouse.schema import wanted_columns

LONG = ("platform_kpis", "health")  # their rows are figures too
TABLES = {
    table.removeprefix("kpi."): set(columns)
    for table, columns in wanted_columns().items()
    if table.startswith("kpi.")
}
WORDS = tomllib.loads(text("kpi/definitions.toml"))


def test_every_column_of_every_table_is_defined():
    for table, columns in TABLES.items():
        for column in columns:
            assert definition(table, column)[-1] in ".)", (table, column)


@pytest.mark.parametrize("table", LONG)
def test_the_metrics_of_the_long_tables_are_those_that_are_defined(table: str):
    rows = re.findall(r"SELECT\s+(\d+)(?: AS position)?,\s+'(\w+)'", sql(f"kpi/{table}"))
    metrics = [metric for _, metric in rows]
    assert [int(position) for position, _ in rows] == list(range(1, len(rows) + 1))
    assert sql(f"kpi/{table}").count("UNION ALL\n    SELECT") == len(rows) - 1  # none is missed
    assert sorted(set(WORDS[table]) - TABLES[table]) == sorted(metrics)


def test_nothing_is_defined_that_is_not_there():
    assert set(WORDS[EVERYWHERE]) <= set().union(*TABLES.values())
    for table in set(WORDS) - {EVERYWHERE, *LONG}:
        assert set(WORDS[table]) <= TABLES[table], table
