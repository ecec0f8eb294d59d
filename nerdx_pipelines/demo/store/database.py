"""The store's DuckDB: the shop's tables read-only, and the bulk operations in memory.

One instance per server, one cursor per request or export, so that they run in parallel.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.sql import literal

_BULK_OPERATIONS = """
CREATE SEQUENCE bulk_operation_ids START 1000000000001;
CREATE TABLE bulk_operations (
    id BIGINT DEFAULT nextval('bulk_operation_ids'),
    type VARCHAR DEFAULT 'QUERY', status VARCHAR DEFAULT 'CREATED',
    error_code VARCHAR, query VARCHAR,
    created_at TIMESTAMPTZ DEFAULT now(), completed_at TIMESTAMPTZ,
    object_count BIGINT DEFAULT 0, root_object_count BIGINT DEFAULT 0,
    file_size BIGINT, url VARCHAR
)
"""


class StoreDatabase:
    """Tables `store.*` of the file `path`, and `bulk_operations`.

    `zone` is the shop's time zone and `shop_id` its number. Raises ConfigError if the file is
    not a demo store.
    """

    def __init__(self, path: Path, spill_dir: Path) -> None:
        # Only a grouped bulk export, which sorts, needs as much; it spills the rest.
        self._connection = duckdb.connect(
            config={"memory_limit": "1GB", "temp_directory": str(spill_dir)}
        )
        try:
            self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
            self._connection.execute(f"ATTACH {literal(path)} AS store (READ_ONLY)")
            self._connection.execute(_BULK_OPERATIONS)
            shop = self._connection.execute("SELECT id, iana_timezone FROM store.shop").fetchone()
        except duckdb.Error as error:
            self._connection.close()
            raise ConfigError(
                f"{path} is not a demo store ({error}); build it again from its data folder."
            ) from error
        if shop is None:
            raise ConfigError(f"The demo store {path} has no row in its table shop.")
        self.shop_id: int = shop[0]
        self.zone = ZoneInfo(shop[1])

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the same tables."""
        return self._connection.cursor()

    def close(self) -> None:
        """Close the database; cursors still open become unusable."""
        self._connection.close()
