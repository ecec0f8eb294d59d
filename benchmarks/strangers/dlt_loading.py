"""The command that loads the demo store with dlt, as `dlt_rest.py` in dlt's own environment."""

from pathlib import Path

from benchmarks.strangers.store import Store
from benchmarks.strangers.venvs import binaries

SCRIPT = Path(__file__).with_name("dlt_rest.py")
QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false"}
TIMEOUT_S = 1200


def command(store: Store, database: Path) -> list[str]:
    """Loads orders, customers and products into schema `shop` of a new DuckDB file."""
    python = binaries("dlt") / "python"
    return [str(python), str(SCRIPT), store.url, store.token, str(database)]
