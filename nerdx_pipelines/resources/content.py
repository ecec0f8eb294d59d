"""Where content, its products and its touches come from, as a Dagster resource."""

from pathlib import Path

import dagster as dg


class ContentFolder(dg.ConfigurableResource["ContentFolder"]):
    """A folder of CSV or Parquet files (`folder/` has the format); empty: no content yet."""

    path: str

    @property
    def folder(self) -> Path | None:
        """The folder, if one is set."""
        return Path(self.path) if self.path else None
