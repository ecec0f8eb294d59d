"""inventorySetQuantities and inventoryAdjustQuantities, by the rules of each API version.

Idempotency keys are looked after in `idempotency.py`; what a change of stock moves in `stock.py`.
"""

from typing import Any

from graphql import GraphQLError

from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.demo.store.versions import requires_idempotency
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import number
from nerdx_pipelines.demo.store.writes.stock import keep, level, move

KEPT_EVERYWHERE_SINCE = "2026-10"  # until then an item had to be stocked at a location first
_REASONS = (
    "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created",
    "movement_received", "movement_updated", "other", "promotion", "quality_control", "received",
    "reservation_created", "reservation_deleted", "reservation_updated", "restock",
    "safety_stock", "shrinkage",
)  # fmt: skip
_NAMES = ("available", "damaged", "incoming", "quality_control", "reserved", "safety_stock")
_SET_LIMIT, _ADJUST_LIMIT = 1_000_000_000, 2_000_000_000


def set_quantities(change: Change, version: str, input: Row) -> Row:
    """The payload of inventorySetQuantities; raises RefusedError and GraphQLError."""
    given = input["quantities"]
    comparing = not requires_idempotency(version)
    _check_fields(version, input, "quantities", "InventoryQuantityInput")
    _check_reason(input)
    uncompared = any(not row.keys() & {"compareQuantity", "changeFromQuantity"} for row in given)
    if comparing and uncompared and not input.get("ignoreCompareQuantity"):
        raise RefusedError(
            "The compareQuantity argument must be given to each quantity or ignored using"
            " ignoreCompareQuantity.",
            ["input", "ignoreCompareQuantity"],
            "COMPARE_QUANTITY_REQUIRED",
        )
    name = input["name"]
    if name not in ("available", "on_hand"):
        message = "The quantity name must be either 'available' or 'on_hand'."
        raise RefusedError(message, ["input", "name"], "INVALID_NAME")
    _check_reference(input)
    errors = [error for i, row in enumerate(given) for error in _unusable(i, row, given)]
    if errors:
        raise RefusedError.all(errors)
    levels = _levels(change, version, "quantities", given)
    for i, (row, found) in enumerate(zip(given, levels, strict=True)):
        if not (comparing and input.get("ignoreCompareQuantity")):
            _compare(i, row, _quantity(found, name))
    targets = [row["quantity"] for row in given]
    deltas = [
        target - _quantity(found, name) for target, found in zip(targets, levels, strict=True)
    ]
    return _moved(change, input, levels, deltas, [None] * len(given))


def adjust_quantities(change: Change, version: str, input: Row) -> Row:
    """The payload of inventoryAdjustQuantities; raises RefusedError and GraphQLError."""
    given, name = input["changes"], input["name"]
    _check_fields(version, input, "changes", "InventoryChangeInput")
    _check_reason(input)
    if name not in _NAMES:
        message = f"The specified quantity name is invalid. Valid values are: {', '.join(_NAMES)}."
        raise RefusedError(message, ["input", "name"], "INVALID_QUANTITY_NAME")
    if name != "available":
        raise bad_request(f"The demo store keeps no {name} quantities, only available ones.")
    _check_reference(input)
    for i, row in enumerate(given):
        if row.get("ledgerDocumentUri") is not None:
            message = "A ledger document URI is not allowed when adjusting available."
            path = ["input", "changes", i, "ledgerDocumentUri"]
            raise RefusedError(message, path, "INVALID_AVAILABLE_DOCUMENT")
    levels = _levels(change, version, "changes", given)
    after: dict[int, int] = {}
    for i, (row, found) in enumerate(zip(given, levels, strict=True)):
        now = after.setdefault(found["id"], found["available"])
        _compare(i, row, now, "changes")
        after[found["id"]] = now + row["delta"]
        path = ["input", "changes", i, "delta"]
        if after[found["id"]] > _ADJUST_LIMIT:
            message = "The quantity can't be higher than 2,000,000,000."
            raise RefusedError(message, path, "INVALID_QUANTITY_TOO_HIGH")
        if after[found["id"]] < -_ADJUST_LIMIT:
            message = "The quantity can't be lower than -2,000,000,000."
            raise RefusedError(message, path, "INVALID_QUANTITY_TOO_LOW")
    documents = [row.get("ledgerDocumentUri") for row in given]
    return _moved(change, input, levels, [row["delta"] for row in given], documents)


def _check_fields(version: str, input: Row, rows: str, type_name: str) -> None:
    if not requires_idempotency(version):
        return
    # The schema has these fields for 2026-01's sake.
    unknown = ["ignoreCompareQuantity"] if input.get("ignoreCompareQuantity") else []
    unknown += ["compareQuantity" for row in input[rows] if "compareQuantity" in row][:1]
    for name in unknown:
        owner = type_name if name == "compareQuantity" else "InventorySetQuantitiesInput"
        raise GraphQLError(
            f"InputObject '{owner}' doesn't accept argument '{name}'",
            extensions={"code": "argumentNotAccepted", "argumentName": name},
        )
    if any("changeFromQuantity" not in row for row in input[rows]):
        raise GraphQLError(
            f"{type_name} must include the following argument: changeFromQuantity.",
            extensions={"code": "INVALID_FIELD_ARGUMENTS"},
        )


def _check_reason(input: Row) -> None:
    if input["reason"] not in _REASONS:
        message = f"The specified reason is invalid. Valid values are: {', '.join(_REASONS)}."
        raise RefusedError(message, ["input", "reason"], "INVALID_REASON")


def _check_reference(input: Row) -> None:
    uri = input.get("referenceDocumentUri")
    scheme, _, rest = (uri or "").partition("://")
    if uri is not None and not (scheme.replace("-", "").isalnum() and rest):
        message = "The specified reference document is invalid."
        raise RefusedError(message, ["input", "referenceDocumentUri"], "INVALID_REFERENCE_DOCUMENT")


def _unusable(index: int, row: Row, rows: list[Row]) -> list[RefusedError]:
    path = ["input", "quantities", index]
    errors = []
    pairs = [(each["inventoryItemId"], each["locationId"]) for each in rows]
    if pairs.count(pairs[index]) > 1:
        message = "The combination of inventoryItemId and locationId must be unique."
        code = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
        errors.append(RefusedError(message, [*path, "locationId"], code))
    if row["quantity"] < 0:
        message, code = "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE"
        errors.append(RefusedError(message, [*path, "quantity"], code))
    if row["quantity"] > _SET_LIMIT:
        message = "The total quantity can't be higher than 1,000,000,000."
        errors.append(RefusedError(message, [*path, "quantity"], "INVALID_QUANTITY_TOO_HIGH"))
    return errors


def _levels(change: Change, version: str, rows: str, given: list[Row]) -> list[Row]:
    found, errors = [], []
    for i, row in enumerate(given):
        path = ["input", rows, i]
        item = change.get("inventory_items", number("InventoryItem", row["inventoryItemId"]))
        place = change.get("locations", number("Location", row["locationId"]))
        if item is None:
            message = "The specified inventory item could not be found."
            errors.append(
                RefusedError(message, [*path, "inventoryItemId"], "INVALID_INVENTORY_ITEM")
            )
        if place is None:
            message = "The specified location could not be found."
            errors.append(RefusedError(message, [*path, "locationId"], "INVALID_LOCATION"))
        if item is None or place is None:
            continue
        kept = level(change, item["id"], place["id"])
        if kept is None and version < KEPT_EVERYWHERE_SINCE:
            message = "The specified inventory item is not stocked at the location."
            code = "ITEM_NOT_STOCKED_AT_LOCATION"
            errors.append(RefusedError(message, [*path, "locationId"], code))
            continue
        found.append(kept or keep(change, item["id"], place["id"]))
    if errors:
        raise RefusedError.all(errors)
    return found


def _compare(index: int, row: Row, now: int, rows: str = "quantities") -> None:
    for name, code in (
        ("changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE"),
        ("compareQuantity", "COMPARE_QUANTITY_STALE"),
    ):
        if row.get(name) is not None and row[name] != now:
            message = f"The {name} argument no longer matches the persisted quantity."
            raise RefusedError(message, ["input", rows, index, name], code)


def _quantity(level: Row, name: str) -> int:
    return int(level["available"] + (level["committed"] if name == "on_hand" else 0))


def _moved(
    change: Change, input: Row, levels: list[Row], deltas: list[int], documents: list[Any]
) -> Row:
    changes = []
    for before, delta, document in zip(levels, deltas, documents, strict=True):
        now = level(change, before["inventory_item_id"], before["location_id"])
        if delta == 0 or now is None:
            continue
        move(change, now, available=delta)
        common = {
            "delta": delta,
            "ledgerDocumentUri": document,
            "item": before["inventory_item_id"],
            "location": before["location_id"],
        }
        for name in ("available", "on_hand"):
            changes.append(
                common | {"name": name, "quantityAfterChange": _quantity(now, name) + delta}
            )
    if not changes:
        return {"inventoryAdjustmentGroup": None, "userErrors": []}
    group = {
        "id": f"gid://shopify/InventoryAdjustmentGroup/"
        f"{change.new_id('inventory_adjustment_groups')}",
        "createdAt": change.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reason": input["reason"],
        "referenceDocumentUri": input.get("referenceDocumentUri"),
        "changes": changes,
    }
    return {"inventoryAdjustmentGroup": group, "userErrors": []}
