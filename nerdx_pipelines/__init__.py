"""NERDX pipelines: which content sold which product, to the cent.

This package holds the Dagster project (`definitions.py`), the code behind its
assets, the demo store and the `nerdx` command. Start at `definitions.py`.

The KPI tables for analysts, each from files that no run ever locks:

    nerdx_pipelines.kpis("content_kpis")                        # pandas, money as Decimal
    duckdb.sql("FROM '.nerdx/published/content_kpis.parquet'")  # or ATTACH '.nerdx/kpi.duckdb'
    pandas.read_csv(".nerdx/published/content_kpis.csv")        # or whatever reads Parquet or CSV
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__version__ = "0.1.0"


def kpis(table: str) -> "pd.DataFrame":
    """The KPI table of this name as last published, such as content_kpis; of NERDX_DATA_DIR.

    Money comes as Decimal, times as UTC timestamps; `kpi_definitions.definition(table, column)`
    says what a figure is. Raises WarehouseError where nothing is published yet or no table has
    this name; it lists those there are.
    """
    # Only who asks for a table waits for what reads it.
    from nerdx_pipelines.settings import load_settings
    from nerdx_pipelines.warehouse.publish import frame

    return frame(load_settings().published_dir, table)
