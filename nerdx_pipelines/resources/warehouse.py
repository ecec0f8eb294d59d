"""The warehouse as a Dagster resource; the work is in `warehouse/`."""

from pathlib import Path

import dagster as dg

from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.lake import LakeWarehouse, check_lake


class WarehouseResource(dg.ConfigurableResource[Warehouse]):
    """Gives assets a `Warehouse`: the lake at `url`, or the file at `path` where none is set."""

    path: str
    timezone: str = "UTC"
    memory_limit: str = "2GB"
    rows_at_once: int = 2_000_000
    url: str = ""  # a secret: give an EnvVar
    data: str = ""

    def create_resource(self, context: dg.InitResourceContext | None = None) -> Warehouse:
        """The warehouse; nothing is opened yet. Raises ConfigError if half a lake is set."""
        path = Path(self.path)
        if not self.url:
            return Warehouse(
                path,
                self.timezone,
                rows_at_once=self.rows_at_once,
                memory_limit=self.memory_limit,
            )
        check_lake(self.url, self.data)
        return LakeWarehouse(
            path,
            self.timezone,
            rows_at_once=self.rows_at_once,
            memory_limit=self.memory_limit,
            url=self.url,
            data=self.data,
        )
