"""productVariantsBulkCreate and productVariantsBulkUpdate: which variants they take and refuse.

What making or changing one variant means is in `variants.py`.
"""

from nerdx_pipelines.demo.store.writes import variants
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import number
from nerdx_pipelines.demo.store.writes.products import existing


def create(change: Change, given: Row) -> Row:
    """The payload of productVariantsBulkCreate; raises RefusedError."""
    product = existing(change, given["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
    known = variants.of(change, product)
    titles = {row["title"] for row in known}
    errors = []
    for i, row in enumerate(given["variants"]):
        path = ["variants", i]
        title = variants.title_of(row)
        if row.get("id") is not None:
            message, code = "Key `id` is not allowed on create", "NO_KEY_ON_CREATE"
            errors.append(RefusedError(message, path, code))
        elif not row.get("optionValues"):
            message = "You need to add option values for Title"
            errors.append(RefusedError(message, path, "NEED_TO_ADD_OPTION_VALUES"))
        elif title in titles:
            message = (
                f"The variant '{title}' already exists. Please change at least one option value."
            )
            errors.append(RefusedError(message, path, "VARIANT_ALREADY_EXISTS"))
        errors += _bad_price(row, path)
        titles.add(title)
    if errors:
        raise RefusedError.all(errors)
    made = [variants.add(change, product, row) for row in given["variants"]]
    standalone = len(known) == 1 and known[0]["title"] == variants.DEFAULT_TITLE
    if standalone and given["strategy"] != "PRESERVE_STANDALONE_VARIANT":
        variants.remove(change, f"id = {known[0]['id']}")
        _renumber(change, product)
    _changed(change, product)
    return {"product": product, "productVariants": made, "userErrors": []}


def update(change: Change, given: Row) -> Row:
    """The payload of productVariantsBulkUpdate; raises RefusedError."""
    product = existing(change, given["productId"], ["productId"], "PRODUCT_DOES_NOT_EXIST")
    known = {row["id"] for row in variants.of(change, product)}
    errors, good = [], []
    for i, row in enumerate(given["variants"]):
        path = ["variants", i]
        found = [*_not_updatable(row, path, known), *_bad_price(row, path)]
        errors += found
        if not found:
            good.append(row)
    if errors and not (good and given["allowPartialUpdates"]):
        raise RefusedError.all(errors)
    for row in good:
        variants.alter(change, number("ProductVariant", row["id"]), row)
    _changed(change, product)
    return {
        "product": product,
        "productVariants": [number("ProductVariant", row["id"]) for row in good],
        "userErrors": RefusedError.all(errors).errors,
    }


def _not_updatable(row: Row, path: list[object], known: set[int]) -> list[RefusedError]:
    if row.get("id") is None:
        message = "Product variant is missing ID attribute"
        return [RefusedError(message, [*path, "id"], "PRODUCT_VARIANT_ID_MISSING")]
    if number("ProductVariant", row["id"]) not in known:
        message = "Product variant does not exist"
        return [RefusedError(message, [*path, "id"], "PRODUCT_VARIANT_DOES_NOT_EXIST")]
    if row.get("inventoryQuantities"):
        message = (
            "Inventory quantities can only be provided during create. To update inventory for"
            " existing variants, use inventoryAdjustQuantities."
        )
        code = "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE"
        return [RefusedError(message, [*path, "inventoryQuantities"], code)]
    return []


def _bad_price(row: Row, path: list[object]) -> list[RefusedError]:
    errors = []
    for key in ("price", "compareAtPrice"):
        try:
            variants.price(row.get(key))
        except RefusedError as refused:
            (error,) = refused.errors
            errors.append(RefusedError(error["message"], [*path, key], error["code"]))
    return errors


def _renumber(change: Change, product: int) -> None:
    for position, row in enumerate(variants.of(change, product), 1):
        change.update("product_variants", row["id"], position=position)


def _changed(change: Change, product: int) -> None:
    change.update("products", product)
    change.announce("PRODUCTS_UPDATE", product)
