"""What the graph is known to hold: the tables `graph.loaded` and `graph.load_state`.

A row's hash is NULL while what the graph has of it is uncertain; the projection compares
hashes to send only what changed. It is valid for the graph that names its last load (`mark.py`),
which the ledger notes before the graph does. Nothing here speaks to the graph.
"""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from nerdx_pipelines.graph.mark import Mark
from nerdx_pipelines.warehouse.database import Warehouse

ENTRY = ["kind", "key", "hash"]  # one row of one kind; no hash: the graph holds it no longer


@dataclass(frozen=True)
class Ledger:
    """The record of one warehouse; each method is one short transaction or none."""

    warehouse: Warehouse

    def adopt(self, mark: Mark) -> bool:
        """Be the record of the graph with this mark; False if the last load there is unknown.

        It is forgotten what another graph holds, and what this one held before it was wiped or
        before another was loaded meanwhile.
        """
        with self.warehouse.write() as con:
            states = con.execute(
                "SELECT is_current IS NOT FALSE FROM graph.load_state WHERE $load = load "
                "OR $load = next_load OR ($load IS NULL AND load IS NULL AND graph_id = $id)",
                {"id": mark.graph_id, "load": mark.load},
            ).fetchall()
            if not states and mark.load is not None:
                return False
            if states != [(True,)]:
                _begin(con, mark)
        return True

    def take_over(self, mark: Mark, rows: pa.Table) -> None:
        """Be the record of the graph with this mark, which holds rows (kind, key) of any kind."""
        with self.warehouse.write() as con:
            _begin(con, mark)
            con.register("found", rows)
            con.execute("INSERT INTO graph.loaded SELECT DISTINCT kind, key, NULL FROM found")

    def summary(self) -> dict[str, tuple[int, int]]:
        """By kind: how many rows the graph is known to hold, how many of them are uncertain."""
        with self.warehouse.read() as con:
            rows = con.execute(
                "SELECT kind, count(*), count(*) - count(hash) FROM graph.loaded GROUP BY kind"
            ).fetchall()
        return {kind: (known, uncertain) for kind, known, uncertain in rows}

    def doubt(self, rows: pa.Table, mark: Mark, load: str) -> None:
        """Mark rows (kind, key) uncertain before the load touches them.

        Were they marked afterwards, a load killed in between would leave the graph with
        rows that no later load knows of. Until the graph names `load`, `mark` holds.
        """
        with self.warehouse.write() as con:
            con.execute(
                "UPDATE graph.load_state SET load = $seen, next_load = $load "
                "WHERE is_current IS NOT FALSE",
                {"seen": mark.load, "load": load},
            )
            con.register("doubted", rows)
            con.execute(
                "DELETE FROM graph.loaded USING doubted "
                "WHERE loaded.kind = doubted.kind AND loaded.key = doubted.key"
            )
            # In the order in which they are settled, which then looks at a part of the table only.
            con.execute(
                "INSERT INTO graph.loaded SELECT kind, key, NULL FROM doubted ORDER BY kind, key"
            )

    def settle(self, rows: pa.Table) -> None:
        """Record what the graph now holds of doubted rows (ENTRY), once it has committed them."""
        with self.warehouse.write() as con:
            con.register("settled", rows)
            con.execute(
                "UPDATE graph.loaded SET hash = settled.hash FROM settled "
                "WHERE loaded.kind = settled.kind AND loaded.key = settled.key"
            )
            con.execute(
                "DELETE FROM graph.loaded USING settled WHERE settled.hash IS NULL "
                "AND loaded.kind = settled.kind AND loaded.key = settled.key"
            )


def _begin(con: duckdb.DuckDBPyConnection, mark: Mark) -> None:
    """Know nothing yet of the graph with this mark."""
    con.execute("DELETE FROM graph.loaded")
    con.execute(
        "DELETE FROM graph.load_state WHERE graph_id = $id OR $load IN (load, next_load)",
        {"id": mark.graph_id, "load": mark.load},
    )
    con.execute("UPDATE graph.load_state SET is_current = FALSE")
    con.execute(
        "INSERT INTO graph.load_state (graph_id, load, is_current) VALUES ($1, $2, TRUE)",
        [mark.graph_id, mark.load],
    )
