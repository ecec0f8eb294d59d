"""What the graph is known to hold: the tables `graph.loaded` and `graph.load_state`.

A row's hash is NULL while what the graph has of it is uncertain; the projection compares
hashes to send only what changed. Nothing here speaks to the graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from nerdx_pipelines.warehouse.database import Warehouse


class Entry(NamedTuple):
    """One row of one kind; its hash is None if the graph no longer holds it."""

    kind: str
    key: str
    hash: int | None


@dataclass(frozen=True)
class Ledger:
    """The record of one warehouse; each method is one short transaction or none."""

    warehouse: Warehouse

    def adopt(self, graph_id: str) -> None:
        """Forget everything if the graph is another than the one recorded."""
        with self.warehouse.write() as con:
            if con.execute("SELECT graph_id FROM graph.load_state").fetchall() != [(graph_id,)]:
                con.execute("DELETE FROM graph.loaded")
                con.execute("DELETE FROM graph.load_state")
                con.execute("INSERT INTO graph.load_state VALUES ($id)", {"id": graph_id})

    def doubt(self, rows: pa.Table) -> None:
        """Mark rows (kind, key) uncertain before they are touched.

        Were they marked afterwards, a load killed in between would leave the graph with
        rows that no later load knows of.
        """
        with self.warehouse.write() as con:
            con.register("doubted", rows)
            con.execute(
                "DELETE FROM graph.loaded USING doubted "
                "WHERE loaded.kind = doubted.kind AND loaded.key = doubted.key"
            )
            con.execute("INSERT INTO graph.loaded SELECT kind, key, NULL FROM doubted")

    def settle(self, rows: Sequence[Entry]) -> None:
        """Record what the graph now holds of doubted rows, once it has committed them."""
        kinds, keys, hashes = zip(*rows, strict=True)
        table = pa.table(
            {"kind": pa.array(kinds), "key": pa.array(keys), "hash": pa.array(hashes, pa.uint64())}
        )
        with self.warehouse.write() as con:
            con.register("settled", table)
            con.execute(
                "UPDATE graph.loaded SET hash = settled.hash FROM settled "
                "WHERE loaded.kind = settled.kind AND loaded.key = settled.key"
            )
            con.execute(
                "DELETE FROM graph.loaded USING settled WHERE settled.hash IS NULL "
                "AND loaded.kind = settled.kind AND loaded.key = settled.key"
            )
