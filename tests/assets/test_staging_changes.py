"""A shop that changes, and staging that follows as if it had been pulled for the first time."""

import random
from pathlib import Path

import pytest

from tests.assets.world import CHANGES, FIGURES, FIRST, LAST, PULLS, Follower, Shop

LINES = "SELECT line_id, quantity FROM staging.order_lines WHERE order_id = {} ORDER BY 1"


@pytest.fixture
def follower(shop: Shop, tmp_path: Path) -> Follower:
    follower = Follower(shop, tmp_path / "data")
    follower.backfill()
    return follower


def orders_with_lines(follower: Follower, number: int) -> list[tuple[int, int]]:
    """Orders that live and a line of each that has not come back."""
    return follower.rows(
        "SELECT order_id, min(line_id) FROM staging.order_lines"
        " INNER JOIN staging.orders USING (order_id) WHERE cancelled_at IS NULL"
        f" AND returned_quantity = 0 GROUP BY ALL ORDER BY 1 LIMIT {number}"
    )


def whatever(shop: Shop, follower: Follower, dice: random.Random) -> None:
    """One change of the shop, drawn by the dice."""
    live = orders_with_lines(follower, 40)
    order, line = dice.choice(live)
    at = f"2026-03-0{dice.randint(1, 6)}T{dice.randint(0, 23):02}:30:00Z"
    visit = {"occurred_at": "2026-02-28T12:00:00Z", "utm_content": dice.choice(["vid", "?"])}
    customer = dice.choice([None, 500, 502])
    changes = [
        lambda: shop.change("refund", order_id=order, amount="1.25"),
        lambda: shop.change(
            "refund", order_id=order, lines=[{"line_item_id": line, "quantity": 1}]
        ),
        lambda: shop.change("cancel_order", order_id=order),
        lambda: shop.change("edit_order", order_id=order, add=[{"variant_id": 1010}]),
        lambda: shop.change("delete_order", order_id=order),
        lambda: shop.change(
            "place_order",
            lines=[{"variant_id": 1000 + 10 * dice.randint(0, 11), "quantity": 2}],
            customer_id=customer,
            processed_at=at,
            visits=[visit] if customer else [],
        ),
        lambda: shop.change("late_update", n=10, seed=dice.randint(0, 9)),
        lambda: shop.change("update_customer", customer_id=502, email="new@example.com"),
    ]
    for change in dice.sample(changes, 3):
        try:
            change()
        except AssertionError as refused:  # what was cancelled cannot be refunded
            assert '"errors"' in str(refused)


@pytest.mark.parametrize("seed", range(4))
def test_changes_of_any_kind_end_where_a_first_pull_ends(
    shop: Shop, follower: Follower, tmp_path: Path, seed: int
):
    dice = random.Random(seed)
    for _ in range(3):
        whatever(shop, follower, dice)
        follower.follow()
    assert follower.rows("FROM staging.changed_days") == []
    fresh = Follower(shop, tmp_path / "fresh")
    fresh.backfill()
    ours, theirs = follower.figures(), fresh.figures()
    for table in theirs:
        assert ours[table] == theirs[table], table


def test_a_change_names_the_days_it_touches_and_any_run_works_them_off(
    shop: Shop, follower: Follower
):
    ((order, line),) = orders_with_lines(follower, 1)
    ((day,),) = follower.rows(f"SELECT order_day FROM staging.orders WHERE order_id = {order}")
    shop.change("refund", order_id=order, lines=[{"line_item_id": line, "quantity": 1}])
    result = follower.run(CHANGES)
    waiting = [row[0] for row in follower.rows("SELECT day FROM staging.pending_days")]
    assert day in waiting
    (told,) = result.asset_materializations_for_node("shopify_order_changes")
    assert day.isoformat() in told.metadata["pending_days"].value

    # The invariants leave the days out that wait, and the next run of any day makes them.
    follower.run(FIGURES, LAST, LAST)
    assert follower.rows("FROM staging.pending_days") == []
    assert (
        follower.rows(
            "SELECT sum(credit) - any_value(net_revenue) FROM attribution.credits"
            f" INNER JOIN staging.order_lines USING (line_id) WHERE line_id = {line}"
            " AND model <> 'any_touch' GROUP BY model HAVING sum(credit) <> any_value(net_revenue)"
        )
        == []
    )


def test_an_order_nobody_asked_for_does_not_come_in_alone(shop: Shop, tmp_path: Path):
    follower = Follower(shop, tmp_path / "data")
    follower.run(PULLS, FIRST, FIRST)
    shop.change("late_update", n=40)
    follower.run(CHANGES)
    assert follower.rows("SELECT count(*) FROM staging.orders") == [(0,)]


def test_many_orders_changed_in_the_same_instant(shop: Shop, follower: Follower):
    everything = "SELECT count(*), min(updated_at) = max(updated_at) FROM staging.orders"
    shop.change("late_update", n=40, updated_at="2026-11-22T12:00:00Z")
    follower.run(CHANGES)
    # That is before the last pull: the shop says so late, as it may.
    assert follower.rows(everything) != [(40, True)]
    changed = shop.change("late_update", n=40)
    follower.run(CHANGES)
    assert len(changed["ids"]) == 40
    assert follower.rows(everything) == [(40, True)]


def test_what_is_deleted_stays_deleted(shop: Shop, follower: Follower):
    (order, _), (kept, _) = orders_with_lines(follower, 2)
    ((product,),) = follower.rows(
        f"SELECT min(product_id) FROM staging.order_lines WHERE order_id = {kept}"
    )
    shop.change("delete_order", order_id=order)
    shop.change("delete_product", product_id=product)
    follower.follow()
    assert follower.rows(LINES.format(order)) == []
    assert follower.rows(f"SELECT status FROM staging.products WHERE product_id = {product}") == [
        ("DELETED",)
    ]
    assert sorted(follower.rows("SELECT kind, id FROM staging.tombstones")) == [
        ("ORDER", order),
        ("PRODUCT", product),
    ]
    # The line still says what was sold, though the shop no longer does.
    shop.change("late_update", ids=[kept])
    follower.follow()
    assert (product,) in follower.rows(
        f"SELECT product_id FROM staging.order_lines WHERE order_id = {kept}"
    )
