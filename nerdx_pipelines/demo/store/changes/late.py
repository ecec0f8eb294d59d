"""An update out of order: something of any age gets a new `updated_at`.

Updates that come by themselves while a client reads are in `demo/store/late.py`.
"""

import random
from typing import Literal

from pydantic import AwareDatetime, PositiveInt

from nerdx_pipelines.demo.store.changes.form import ChangeForm
from nerdx_pipelines.demo.store.writes.change import Change, Row
from nerdx_pipelines.sql import literal

_UPDATED = {
    "orders": "ORDERS_UPDATED",
    "customers": "CUSTOMERS_UPDATE",
    "products": "PRODUCTS_UPDATE",
}


class LateUpdate(ChangeForm):
    """Things get a new `updated_at`: those named, or `n` drawn with `seed`; ties if it is given."""

    do: Literal["late_update"]
    resource: Literal["orders", "customers", "products"] = "orders"
    n: PositiveInt = 1
    ids: list[int] | None = None
    updated_at: AwareDatetime | None = None
    seed: int = 0

    def run(self, change: Change) -> Row:  # noqa: D102
        every = f"SELECT id FROM store.{self.resource} ORDER BY id"  # noqa: S608
        known = [row["id"] for row in change.rows(every)]
        drawn = random.Random(self.seed).sample(known, min(self.n, len(known)))  # noqa: S311
        chosen = [id for id in self.ids if id in set(known)] if self.ids is not None else drawn
        at = self.updated_at or change.at
        for id in chosen:
            change.announce(_UPDATED[self.resource], id)
        change.cursor.execute(
            f"UPDATE store.{self.resource} SET updated_at = TIMESTAMPTZ {literal(at.isoformat())}"  # noqa: S608
            f" WHERE id IN ({', '.join(map(str, chosen)) or 'NULL'})"
        )
        return {"ids": sorted(chosen), "updated_at": at.isoformat()}
