"""Variants of a product: made, changed, and removed with their inventory items.

Whole products are in `products.py`; who may set stock and when is in `inventory.py`.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import number
from nerdx_pipelines.demo.store.writes.stock import counted, first_location, keep, level, move

DEFAULT_TITLE = "Default Title"
PRICE_LIMIT = Decimal(10) ** 14  # more than a DECIMAL(18, 4) holds
_TOO_HIGH = "Price must be less than 100,000,000,000,000"


def add(change: Change, product: int, given: Row, *, tracked: bool = True) -> int:
    """A new variant with its inventory item and stock, and its id."""
    position = change.scalar(
        "coalesce((SELECT max(position) FROM store.product_variants"  # noqa: S608
        f" WHERE product_id = {product}), 0)"
    )
    item = given.get("inventoryItem") or {}
    variant = change.insert(
        "product_variants",
        product_id=product,
        title=title_of(given),
        sku=given.get("sku") or item.get("sku"),
        position=given.get("position") or position + 1,
        price=price(given.get("price")) or Decimal(0),
        compare_at_price=price(given.get("compareAtPrice")),
        inventory_quantity=0,
        created_at=change.at,
        updated_at=change.at,
    )
    item_id = change.insert(
        "inventory_items",
        variant_id=variant,
        tracked=item.get("tracked", tracked),
        unit_cost=price(item.get("cost")),
        created_at=change.at,
        updated_at=change.at,
    )
    _stock(change, item_id, given)
    return variant


def _stock(change: Change, item: int, given: Row) -> None:
    quantities = {
        number("Location", row["locationId"]): row.get("availableQuantity", row.get("quantity"))
        for row in given.get("inventoryQuantities") or []
    }
    first = first_location(change)
    if not quantities and first is not None:
        quantities = {first: 0}
    for location, quantity in quantities.items():
        if change.get("locations", location) is None:
            code = "TRACKED_VARIANT_LOCATION_NOT_FOUND"
            raise RefusedError("Location does not exist", ["inventoryQuantities"], code)
        found = level(change, item, location)
        if found is None:
            keep(change, item, location, quantity)
        else:
            move(change, found, available=quantity - found["available"])
    counted(change, [item])


def alter(change: Change, variant: int, given: Row) -> None:
    """New values for what `given` names; the rest stays."""
    item = given.get("inventoryItem") or {}
    values: dict[str, Any] = {}
    if given.get("price") is not None:
        values["price"] = price(given["price"])
    if "compareAtPrice" in given:
        values["compare_at_price"] = price(given["compareAtPrice"])
    if given.get("optionValues"):
        values["title"] = title_of(given)
    if "sku" in given or "sku" in item:
        values["sku"] = given.get("sku", item.get("sku"))
    if given.get("position") is not None:
        values["position"] = given["position"]
    change.update("product_variants", variant, **values)
    kept = {"tracked": item["tracked"]} if item.get("tracked") is not None else {}
    if "cost" in item:
        kept["unit_cost"] = price(item["cost"])
    for row in change.rows(
        f"SELECT id FROM store.inventory_items WHERE variant_id = {variant}"  # noqa: S608
    ):
        if kept:
            change.update("inventory_items", row["id"], **kept)
        if given.get("inventoryQuantities"):
            _stock(change, row["id"], given)


def remove(change: Change, condition: str) -> None:
    """Remove the variants that satisfy an SQL condition; order lines forget them."""
    variants = f"(SELECT id FROM store.product_variants WHERE {condition})"  # noqa: S608
    items = f"(SELECT id FROM store.inventory_items WHERE variant_id IN {variants})"  # noqa: S608
    change.delete("inventory_levels", f"inventory_item_id IN {items}")
    change.cursor.execute(
        f"UPDATE store.line_items SET variant_id = NULL WHERE variant_id IN {variants}"  # noqa: S608
    )
    change.delete("inventory_items", f"variant_id IN {variants}")
    change.delete("product_variants", condition)


def of(change: Change, product: int) -> list[Row]:
    """The variants of a product, by position."""
    return change.rows(
        f"SELECT * FROM store.product_variants WHERE product_id = {product}"  # noqa: S608
        " ORDER BY position, id"
    )


def title_of(given: Row) -> str:
    """What its option values are together, as Shopify writes it."""
    names = [value.get("name") or "" for value in given.get("optionValues") or []]
    return " / ".join(names) or DEFAULT_TITLE


def price(value: Any) -> Decimal | None:
    """An amount of money; raises RefusedError for what is none."""
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise RefusedError("Price is not a number", ["price"], "INVALID_INPUT")
    if amount < 0:
        message = "Price must be greater than or equal to 0"
        raise RefusedError(message, ["price"], "GREATER_THAN_OR_EQUAL_TO")
    if amount >= PRICE_LIMIT:
        raise RefusedError(_TOO_HIGH, ["price"], "INVALID_INPUT")
    return amount
