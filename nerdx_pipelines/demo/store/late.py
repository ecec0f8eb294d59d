"""Late updates: something of any age changes while a client is reading.

When that happens is decided in `faults.py`.
"""

from nerdx_pipelines.demo.store.faults import Faults
from nerdx_pipelines.demo.store.sqltext import select
from nerdx_pipelines.demo.store.writes.change import Writer

_TOPICS = {
    "orders": "ORDERS_UPDATED",
    "customers": "CUSTOMERS_UPDATE",
    "products": "PRODUCTS_UPDATE",
}


class LateUpdates:
    """Touches one order, customer or product a time, chosen by the faults' seed."""

    def __init__(self, writer: Writer, faults: Faults) -> None:
        self._writer, self._faults = writer, faults

    def one(self) -> None:
        """Change one row: a note on an order, only the time of the others."""
        table = self._faults.choice("orders", "orders", "orders", "customers", "products")
        with self._writer.change() as change:
            total = int(change.scalar(f"(SELECT count(*) FROM store.{table})"))  # noqa: S608
            if not total:
                return
            place = int(total * self._faults.share())
            chosen = f"{select('id', f'store.{table}', order='id', limit=1)} OFFSET {place}"
            id = int(change.scalar(f"({chosen})"))
            values = {"note": f"Changed at {change.at:%H:%M:%S.%f}"} if table == "orders" else {}
            change.update(table, id, **values)
            change.announce(_TOPICS[table], id)
