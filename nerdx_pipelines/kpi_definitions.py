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
    words = _definitions()
    return words.get(table, {}).get(column) or words[EVERYWHERE][column]


@cache
def _definitions() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(text("kpi/definitions.toml"))
