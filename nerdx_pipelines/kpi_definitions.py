"""What every figure of the KPI tables is, in words: for the report, Dagster and whoever asks.

The words are in `sql/kpi/definitions.toml`; the rules they tell of in the statements beside it.
"""

import tomllib
from collections.abc import Mapping
from functools import cache

from nerdx_pipelines.sql import text

EVERYWHERE = "*"


def definition(table: str, column: str) -> str:
    """The definition of `column` of kpi.`table`, or of a metric of it; one or two sentences.

    Raises KeyError if there is none.
    """
    if words := find(table, column):
        return words
    raise KeyError(f"{table}.{column} has no definition in sql/kpi/definitions.toml")


def find(table: str, column: str) -> str | None:
    """The same, or None: somebody's own metric is shown without one."""
    words = _definitions()
    return words.get(table, {}).get(column) or words[EVERYWHERE].get(column)


@cache
def _definitions() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(text("kpi/definitions.toml"))
