"""Stock: how many of what lie where, and what else moves when they do.

The rules of the two inventory mutations are in `inventory.py`; orders take and return stock here.
"""

from collections.abc import Iterable

from nerdx_pipelines.demo.store.writes.change import Change, Row


def level(change: Change, item: int, location: int) -> Row | None:
    """The stock of an inventory item at a location, if it is kept there."""
    found = change.rows(
        "SELECT * FROM store.inventory_levels"  # noqa: S608
        f" WHERE inventory_item_id = {item} AND location_id = {location}"
    )
    return found[0] if found else None


def keep(change: Change, item: int, location: int, available: int = 0) -> Row:
    """Begin to keep an item at a location."""
    change.insert(
        "inventory_levels",
        inventory_item_id=item,
        location_id=location,
        available=available,
        committed=0,
        is_active=True,
        created_at=change.at,
        updated_at=change.at,
    )
    found = level(change, item, location)
    assert found is not None  # noqa: S101  (just inserted)
    return found


def first_location(change: Change) -> int | None:
    """Where goods are sent from unless somebody says otherwise."""
    found = change.scalar("(SELECT min(id) FROM store.locations WHERE is_active)")
    return None if found is None else int(found)


def move(change: Change, level: Row, *, available: int, committed: int = 0) -> None:
    """Change a level by so many units, and the times and sums that depend on it."""
    values = {
        "available": level["available"] + available,
        "committed": level["committed"] + committed,
    }
    change.update("inventory_levels", level["id"], **values)
    change.announce("INVENTORY_LEVELS_UPDATE", level["id"])
    counted(change, [level["inventory_item_id"]])


def counted(change: Change, items: Iterable[int]) -> None:
    """The variants of these items hold what their levels say; they and their products moved."""
    wanted = ", ".join(map(str, items)) or "NULL"
    change.cursor.execute(
        "UPDATE store.product_variants AS v SET updated_at ="  # noqa: S608
        f" TIMESTAMPTZ '{change.at.isoformat()}', inventory_quantity ="
        " (SELECT coalesce(sum(l.available), 0) FROM store.inventory_levels l"
        " WHERE l.inventory_item_id = i.id AND l.is_active)"
        f" FROM store.inventory_items AS i WHERE i.variant_id = v.id AND i.id IN ({wanted})"
    )
    for row in change.rows(
        "SELECT DISTINCT v.product_id FROM store.inventory_items i"  # noqa: S608
        f" JOIN store.product_variants v ON v.id = i.variant_id WHERE i.id IN ({wanted})"
    ):
        change.update("products", row["product_id"])
        change.announce("PRODUCTS_UPDATE", row["product_id"])


def sold(change: Change, variant: int | None, quantity: int) -> None:
    """Promise units of a variant to a buyer; negative ones are free again."""
    if variant is None or quantity == 0:
        return
    items = change.rows(f"SELECT * FROM store.inventory_items WHERE variant_id = {variant}")  # noqa: S608
    location = first_location(change)
    if not items or not items[0]["tracked"] or location is None:
        return
    item = items[0]["id"]
    found = level(change, item, location) or keep(change, item, location)
    # What came back after it had been sent was never promised at this moment.
    promised = max(quantity, -found["committed"])
    move(change, found, available=-quantity, committed=promised)
