"""A small shop whose customers buy and watch, and what the loop makes of it."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import dagster as dg

from nerdx_pipelines.assets import loop
from nerdx_pipelines.resources.loop import LoopRules
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import NOON, World


def at(days: float) -> datetime:
    return NOON + timedelta(days=days)


class Shop(World):
    """Each method adds rows; times are in days from a fixed noon."""

    def __init__(self) -> None:
        super().__init__()
        self.ids = count(1)

    def sells(self, *products: int, **about: Any) -> "Shop":
        for product in products:
            self.add("staging.products", **{"product_id": product, "status": "ACTIVE"} | about)
        return self

    def buys(self, user: int | None, *products: int, day: float = 0, **line: Any) -> "Shop":
        order = next(self.ids)
        self.order(order, user, processed_at=at(day))
        for product in products:
            row = {"returned_quantity": 0, "returns": 0, "is_gift_card": False} | line
            self.line(next(self.ids), order, product, **row)
        return self

    def shows(
        self, content: str, *products: int, creator: str | None = None, **valid: datetime
    ) -> "Shop":
        self.add("staging.content", content_id=content, creator=creator)
        for product in products:
            self.add("staging.content_products", content_id=content, product_id=product, **valid)
        return self

    def watches(self, user: int | None, content: str, day: float = 0, kind: str = "view") -> "Shop":
        return self.touch(  # type: ignore[return-value]
            f"e{next(self.ids)}", user, content, touch_type=kind, touched_at=at(day)
        )


GIVEN_BACK = {"quantity": 1, "returned_quantity": 1, "returns": 10, "net_revenue": 0}


def rebuild(warehouse: Warehouse, share: float = 0) -> dict[str, list[tuple[Any, ...]]]:
    """Run both assets, with that share of exploration; the rows of their tables."""
    resources = {
        "warehouse": WarehouseResource(path=str(warehouse.path)),
        "rules": AttributionRules(window_days=7, half_life_days=7, model="linear", lag_days=2),
        "loop_rules": LoopRules(exploration_share=share),
    }
    assert dg.materialize([loop.taste_profiles, loop.recommendations], resources=resources).success
    with warehouse.read() as con:
        return {
            table: con.sql(f"FROM loop.{table}").fetchall()
            for table in ("taste_profiles", "recommendations")
        }


def lists(rows: dict[str, list[tuple[Any, ...]]], slot: str) -> dict[int, list[int]]:
    """Products by user, best first."""
    found: dict[int, list[int]] = {}
    for user, its_slot, rank, product, *_ in rows["recommendations"]:
        if its_slot == slot:
            found.setdefault(user, []).append(product)
            assert rank == len(found[user])
    return found
