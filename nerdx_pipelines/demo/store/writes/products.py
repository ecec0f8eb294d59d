"""Products: created, changed, set as a whole, and deleted.

Their variants are in `variants.py`; stock is in `stock.py`.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.demo.store.writes import variants
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import gid, number
from nerdx_pipelines.sql import literal

_COLUMNS = {
    "title": "title",
    "handle": "handle",
    "descriptionHtml": "description_html",
    "productType": "product_type",
    "vendor": "vendor",
    "status": "status",
    "giftCard": "is_gift_card",
}


def create(change: Change, given: Row) -> Row:
    """The payload of productCreate: a product with one variant; raises RefusedError."""
    wanted = given.get("product") or given.get("input")  # the latter is deprecated
    if wanted is None:
        raise bad_request("productCreate is missing its argument product.")
    product = _add(change, wanted, [])
    first = [
        {"optionName": option.get("name"), **(option.get("values") or [{}])[0]}
        for option in wanted.get("productOptions") or []
    ]
    variants.add(change, product, {"optionValues": first}, tracked=False)
    return {"product": product, "shop": change.shop_id, "userErrors": []}


def update(change: Change, given: Row) -> Row:
    """The payload of productUpdate; raises RefusedError."""
    wanted = given.get("product") or given.get("input")  # the latter is deprecated
    if wanted is None or wanted.get("id") is None:
        raise bad_request("productUpdate needs product.id.")
    product = existing(change, wanted["id"], ["id"])
    _alter(change, product, wanted, [])
    return {"product": product, "userErrors": []}


def delete(change: Change, given: Row) -> Row:
    """The payload of productDelete; raises RefusedError."""
    product = existing(change, given["input"]["id"], ["id"])
    remove(change, product)
    shop = change.shop_id
    return {"deletedProductId": gid("Product", product), "shop": shop, "userErrors": []}


def set_whole(change: Change, given: Row) -> Row:
    """The payload of productSet, synchronous: make or change it; its variants are replaced."""
    if not given["synchronous"]:
        raise bad_request("The demo store does productSet with synchronous: true only.")
    wanted, identifier = dict(given["input"]), given.get("identifier") or {}
    id, handle = identifier.get("id") or wanted.get("id"), identifier.get("handle")
    product: int | None
    if id is not None:
        product = existing(change, id, ["input", "id"], "PRODUCT_DOES_NOT_EXIST")
    else:
        product = by_handle(change, handle) if handle else None
        wanted.setdefault("handle", handle)
    if product is not None:
        _alter(change, product, wanted, ["input"], "INVALID_INPUT")
    elif wanted.get("variants") and not wanted.get("productOptions"):
        message = "Product options input is required when updating variants"
        path = ["input", "productOptions"]
        raise RefusedError(message, path, "PRODUCT_OPTIONS_INPUT_MISSING")
    else:
        product = _add(change, wanted, ["input"], "INVALID_INPUT")
    _replace_variants(change, product, wanted.get("variants"))
    return {"product": product, "userErrors": []}


def _replace_variants(change: Change, product: int, wanted: list[Row] | None) -> None:
    known = variants.of(change, product)
    if wanted is None:
        if not known:
            variants.add(change, product, {}, tracked=False)
        return
    by_title = {row["title"]: row["id"] for row in known}
    kept = []
    for i, row in enumerate(wanted):
        try:
            if row.get("id") is not None:
                id = number("ProductVariant", row["id"])
                if id not in by_title.values():
                    message, code = (
                        "Product variant does not exist",
                        "PRODUCT_VARIANT_DOES_NOT_EXIST",
                    )
                    raise RefusedError(message, ["id"], code)
            else:
                id = by_title.get(variants.title_of(row), 0)
            if id:
                variants.alter(change, id, row)
            else:
                id = variants.add(change, product, row)
        except RefusedError as refused:
            (error,) = refused.errors
            path = ["input", "variants", i, *(error["field"] or [])]
            raise RefusedError(error["message"], path, "INVALID_VARIANT") from None
        kept.append(id)
    others = ", ".join(map(str, kept)) or "NULL"
    variants.remove(change, f"product_id = {product} AND id NOT IN ({others})")


def remove(change: Change, product: int) -> None:
    """Delete a product; its order lines forget it, and an event tells of it."""
    row = change.get("products", product)
    title = row["title"] if row else ""
    variants.remove(change, f"product_id = {product}")
    change.cursor.execute(
        f"UPDATE store.line_items SET product_id = NULL WHERE product_id = {product}"  # noqa: S608
    )
    change.delete("metafields", f"owner_type = 'PRODUCT' AND owner_id = {product}")
    change.delete("products", f"id = {product}")
    change.destroyed("PRODUCT", "PRODUCTS_DELETE", product, f"Product was deleted: {title}.")


def existing(change: Change, id: str, path: Iterable[object], code: str | None = None) -> int:
    """The number of a product that is there; raises RefusedError."""
    product = number("Product", id)
    if change.get("products", product) is None:
        raise RefusedError("Product does not exist", path, code)
    return product


def by_handle(change: Change, handle: str) -> int | None:
    """The product that has a handle."""
    found = change.rows(f"SELECT id FROM store.products WHERE handle = {literal(handle)}")  # noqa: S608
    return found[0]["id"] if found else None


def _add(change: Change, given: Row, path: list[str], code: str | None = None) -> int:
    if not (given.get("title") or "").strip():
        raise RefusedError("Title can't be blank", [*path, "title"], code)
    handle = given.get("handle")
    if handle:
        _check_handle(change, handle, path)
    values = _values({**given, "handle": handle or _free_handle(change, given["title"])})
    if not values.get("vendor"):
        values["vendor"] = change.scalar("(SELECT name FROM store.shop)")
    defaults: Row = {"description_html": "", "product_type": "", "status": "ACTIVE", "tags": []}
    product = change.insert(
        "products",
        **{"is_gift_card": False, **defaults, **values},
        created_at=change.at,
        updated_at=change.at,
        published_at=None,
    )
    change.announce("PRODUCTS_CREATE", product)
    return product


def _alter(
    change: Change, product: int, given: Row, path: list[str], code: str | None = None
) -> None:
    if "title" in given and not (given["title"] or "").strip():
        raise RefusedError("Title can't be blank", [*path, "title"], code)
    if given.get("handle"):
        _check_handle(change, given["handle"], path, product)
    change.update("products", product, **_values(given))
    change.announce("PRODUCTS_UPDATE", product)


def _values(given: Row) -> dict[str, Any]:
    values = {
        column: given[name] for name, column in _COLUMNS.items() if given.get(name) is not None
    }
    if given.get("tags") is not None:
        tags = {tag.strip().casefold(): tag.strip() for tag in given["tags"] if tag.strip()}
        values["tags"] = sorted(tags.values(), key=str.casefold)
    return values


def _check_handle(change: Change, handle: str, path: list[str], own: int | None = None) -> None:
    if by_handle(change, handle) not in (None, own):
        message = f"Handle '{handle}' already in use. Please provide a new handle."
        raise RefusedError(message, [*path, "handle"], "HANDLE_NOT_UNIQUE")


def _free_handle(change: Change, title: str) -> str:
    plain = unicodedata.normalize("NFKD", title)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    base = re.sub(r"[^\w]+|_+", "-", plain).strip("-") or "product"
    handle, tries = base, 0
    while by_handle(change, handle) is not None:
        tries += 1
        handle = f"{base}-{tries}"
    return handle
