"""The warehouse as a Dagster resource; the work is in `warehouse/`."""

from pathlib import Path

import dagster as dg

from nerdx_pipelines.warehouse.database import Warehouse


class WarehouseResource(dg.ConfigurableResource[Warehouse]):
    """Gives assets a `Warehouse` on the file at `path`."""

    path: str
    timezone: str = "UTC"
    memory_limit: str = "2GB"
    rows_at_once: int = 2_000_000

    def create_resource(self, context: dg.InitResourceContext) -> Warehouse:
        """The warehouse; nothing is opened yet."""
        return Warehouse(
            Path(self.path),
            self.timezone,
            rows_at_once=self.rows_at_once,
            memory_limit=self.memory_limit,
        )
