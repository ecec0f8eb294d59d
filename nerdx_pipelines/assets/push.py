"""Showing the recommendations on the shop's product pages, where that is switched on.

Which lists are written is in `loop/product_lists/pushing.py`, what the warehouse remembers of it in
`loop/product_lists/pushed.py`, and how they are written in `shopify/recommendations.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from nerdx_pipelines.assets.retries import asks_shop
from nerdx_pipelines.assets.tables import ANALYSTS, materialized, table_spec
from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.loop.product_lists.pushed import (
    Memory,
    remembered,
    sending,
    sent,
    wanted_lists,
)
from nerdx_pipelines.loop.product_lists.pushing import Lists, changes, unsettled
from nerdx_pipelines.shopify.recommendations import (
    Place,
    Written,
    delete_lists,
    enable,
    read_lists,
    set_lists,
)
from nerdx_pipelines.shopify.scopes import granted, missing_for
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.warehouse.database import Warehouse

ROUNDS = 3  # for lists that change in the shop between being read and being written
SHOWN = 5  # refusals that a message tells
OFF = "off: NERDX_PUSH_RECOMMENDATIONS is not true, so nothing was sent"

PUSHED = table_spec(
    "pushed_recommendations",
    "loop.pushed_recommendations",
    "One row a product's list that was written to the shop, as Shopify's own metafields of related "
    "and complementary products. Only differences are sent, and a list that a merchant wrote "
    "stays. Off unless NERDX_PUSH_RECOMMENDATIONS=true.",
    group="loop",
    deps=["product_recommendations"],
    owners=ANALYSTS,
)


class Push(dg.Config):
    """What a run may be asked for beside."""

    check_all: bool = False  # compare every list with the shop's, not only those that changed here


def push_asset(*, switched_on: bool, replace_merchants: bool) -> dg.AssetsDefinition:
    """The asset; switched off it needs no shop, and takes no time."""
    return _pushing(replace_merchants) if switched_on else _nothing


@dg.multi_asset(name="pushed_recommendations", specs=[PUSHED])
def _nothing() -> dg.MaterializeResult[Any]:
    """Say that it is off."""
    return dg.MaterializeResult(asset_key=PUSHED.key, metadata={"pushed": OFF})


def _pushing(replace_merchants: bool) -> dg.AssetsDefinition:
    @dg.multi_asset(name="pushed_recommendations", specs=[PUSHED])
    @asks_shop
    def pushed_recommendations(
        config: Push,
        shopify: dg.ResourceParam[ShopifyClient],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Bring the shop's lists to what `product_recommendations` has."""
        with warehouse.read() as con:
            wanted, known = wanted_lists(con), remembered(con)
        pushing = _Pushing(shopify, warehouse, wanted, known, replace_merchants)
        places = unsettled(wanted, known.ours, {} if config.check_all else known.written)
        if places and (reason := missing_for("push_recommendations", granted(shopify))):
            raise ShopifyError(f"Nothing was sent, since {reason}.")
        for _ in range(ROUNDS):
            places = pushing.bring(places) if places else places
        with warehouse.write() as con:
            yield materialized(con, PUSHED, **pushing.figures(len(places)))
        pushing.check()

    return pushed_recommendations


@dataclass
class _Pushing:
    """One run: what it is to bring about, and what it has done so far."""

    shopify: ShopifyClient
    warehouse: Warehouse
    wanted: Lists
    known: Memory
    replace_merchants: bool
    written: Written = field(default_factory=Written)
    deleted: int = 0
    merchants: set[Place] = field(default_factory=set)

    def bring(self, places: frozenset[Place]) -> frozenset[Place]:
        """Bring these lists to what is wanted; those that somebody else changed meanwhile."""
        there = read_lists(self.shopify, {product for product, _ in places})
        found = {place: known for place, known in there.items() if place in places}
        ours, replacing = self.known.ours, self.replace_merchants
        plan = changes(self.wanted, ours, found, replace_merchants=replacing)
        sending(self.warehouse, plan.to_set)
        for place, products in plan.to_set.items():
            ours.setdefault(place, set()).add(products)
        if plan.to_set:
            enable(self.shopify)
        written = set_lists(self.shopify, plan.to_set, found)
        deleted = delete_lists(self.shopify, plan.to_delete)
        done = {*plan.settled, *written.done, *deleted.done}
        no_longer_ours = plan.merchants | (places - found.keys())  # the latter's products are gone
        as_wanted = {place: self.wanted[place] for place in done if place in self.wanted}
        sent(self.warehouse, as_wanted, done | no_longer_ours)
        self.written += written
        self.deleted += len(deleted.done)
        self.merchants |= plan.merchants
        return frozenset(written.stale)

    def figures(self, changing: int) -> dict[str, Any]:
        """What the run's page says of it; lists, all of them."""
        return {
            "wanted": len(self.wanted),
            "sent": len(self.written.done),
            "deleted": self.deleted,
            "left_to_the_merchant": len(self.merchants),
            "refused": len(self.written.refused),
            "changing_meanwhile": changing,
            "shopify_points": self.shopify.stats.points,
        }

    def check(self) -> None:
        """Raise ShopifyError if the shop refused lists."""
        if not (refused := self.written.refused):
            return
        more = f", and {len(refused) - SHOWN} more" if len(refused) > SHOWN else ""
        raise ShopifyError(
            f"The shop did not take the {'; the '.join(map(str, refused[:SHOWN]))}{more}. The "
            f"other {len(self.written.done)} were set; the next run sends these again."
        )
