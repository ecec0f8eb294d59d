"""metafieldsSet: values that apps hang on products, variants, customers and orders.

They are kept and answered by the mutation; a query does not show them yet.
"""

import hashlib

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import gid, number
from nerdx_pipelines.sql import literal

MOST = 25
_OWNERS = {
    "Product": ("PRODUCT", "products", "PRODUCTS_UPDATE", "write_products"),
    "ProductVariant": ("PRODUCTVARIANT", "product_variants", None, "write_products"),
    "Customer": ("CUSTOMER", "customers", "CUSTOMERS_UPDATE", "write_customers"),
    "Order": ("ORDER", "orders", "ORDERS_UPDATED", "write_orders"),
}
_DEFAULT_NAMESPACE = "app--1"


def set_all(change: Change, given: Row, access: Access) -> Row:
    """The payload of metafieldsSet: all are set, or none; raises RefusedError."""
    wanted = given["metafields"]
    if len(wanted) > MOST:
        message = f"Exceeded the maximum metafields input limit of {MOST}"
        raise RefusedError(message, ["metafields"], "LESS_THAN_OR_EQUAL_TO")
    return {
        "metafields": [_set(change, i, each, access) for i, each in enumerate(wanted)],
        "userErrors": [],
    }


def _set(change: Change, index: int, given: Row, access: Access) -> Row:
    path = ["metafields", index]
    kind = str(given["ownerId"]).removeprefix("gid://shopify/").partition("/")[0]
    if kind not in _OWNERS:
        raise RefusedError(
            f"Owner {given['ownerId']} can't be found", [*path, "ownerId"], "INVALID"
        )
    owner_type, table, topic, scope = _OWNERS[kind]
    if not access.has(scope):
        message = f"Access denied. Required access: `{scope}` access scope."
        raise RefusedError(message, [*path, "ownerId"], "APP_NOT_AUTHORIZED")
    owner = number(kind, given["ownerId"])
    if change.get(table, owner) is None:
        raise RefusedError("Owner does not exist", [*path, "ownerId"], "INVALID")
    if not given["value"]:
        raise RefusedError("Value can't be blank", [*path, "value"], "BLANK")
    namespace = given.get("namespace") or _DEFAULT_NAMESPACE
    known = change.rows(
        f"SELECT * FROM store.metafields WHERE owner_type = '{owner_type}' AND owner_id = {owner}"  # noqa: S608
        f" AND namespace = {literal(namespace)} AND key = {literal(given['key'])}"
    )
    if not known and not given.get("type"):
        raise RefusedError("Type can't be blank", [*path, "type"], "BLANK")
    expected = given.get("compareDigest")
    if "compareDigest" in given and expected != (_digest(known[0]["value"]) if known else None):
        message = "The resource has been updated since it was loaded. Try again with an updated"
        raise RefusedError(f"{message} `compareDigest` value.", path, "STALE_OBJECT")
    values = {"value": given["value"], "updated_at": change.at}
    if known:
        id, type_ = known[0]["id"], given.get("type") or known[0]["type"]
        change.update("metafields", id, type=type_, **values)
        created = known[0]["created_at"]
    else:
        type_, created = given["type"], change.at
        id = change.insert(
            "metafields",
            owner_type=owner_type,
            owner_id=owner,
            namespace=namespace,
            key=given["key"],
            type=type_,
            created_at=created,
            **values,
        )
    change.update(table, owner)
    if topic:
        change.announce(topic, owner)
    return {
        "id": gid("Metafield", id),
        "legacyResourceId": str(id),
        "namespace": namespace,
        "key": given["key"],
        "type": type_,
        "value": given["value"],
        "ownerType": owner_type,
        "compareDigest": _digest(given["value"]),
        "createdAt": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updatedAt": change.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
