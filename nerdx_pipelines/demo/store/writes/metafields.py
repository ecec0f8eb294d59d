"""metafieldsSet and metafieldsDelete: values that apps hang on products, variants and others.

Which values a type takes is in `metafield_values.py`; how they are read is in `reads/`.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.namespaces import RESERVED, whole
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import gid, number
from nerdx_pipelines.demo.store.writes.metafield_definitions import TEMPLATES, definition
from nerdx_pipelines.demo.store.writes.metafield_values import fault
from nerdx_pipelines.sql import literal

MOST = 25
_NOT_ALLOWED = (
    "Access to this namespace and key on Metafields for this resource type is not allowed."
)


class Owner(NamedTuple):
    """What a metafield hangs on: its type and table, who is told of changes, who may make them."""

    type: str
    table: str
    topic: str | None
    scope: str


_OWNERS = {
    "Product": Owner("PRODUCT", "products", "PRODUCTS_UPDATE", "write_products"),
    "ProductVariant": Owner("PRODUCTVARIANT", "product_variants", None, "write_products"),
    "Customer": Owner("CUSTOMER", "customers", "CUSTOMERS_UPDATE", "write_customers"),
    "Order": Owner("ORDER", "orders", "ORDERS_UPDATED", "write_orders"),
}


def set_all(change: Change, given: Row, access: Access) -> Row:
    """The payload of metafieldsSet: all are set, or none; raises RefusedError."""
    wanted = given["metafields"]
    _check_number(wanted)
    done, refused = [], []
    for index, each in enumerate(wanted):
        try:
            done.append(_set(change, ["metafields", index], each, access))
        except RefusedError as error:
            refused.append(error)
    if refused:
        raise RefusedError.all(refused)
    return {"metafields": done, "userErrors": []}


def delete_all(change: Change, given: Row, access: Access) -> Row:
    """The payload of metafieldsDelete: null for what there was not; raises RefusedError."""
    wanted = given["metafields"]
    _check_number(wanted)
    return {
        "deletedMetafields": [
            _delete(change, ["metafields", index], each, access)
            for index, each in enumerate(wanted)
        ],
        "userErrors": [],
    }


def _check_number(wanted: list[Row]) -> None:
    if len(wanted) > MOST:
        message = f"Exceeded the maximum metafields input limit of {MOST}"
        raise RefusedError(message, ["metafields"], "LESS_THAN_OR_EQUAL_TO")


def _set(change: Change, path: list[object], given: Row, access: Access) -> int:
    owner, id = _owner(change, path, given["ownerId"], access)
    namespace, key = whole(given.get("namespace")), given["key"]
    if misnamed := list(_misnamed(path, owner, namespace, key)):
        raise RefusedError.all(misnamed)
    if not given["value"]:
        raise RefusedError("Value can't be blank", [*path, "value"], "BLANK")
    known = _known(change, owner, id, namespace, key)
    defined = definition(change, owner.type, namespace, key)
    kind: str = given.get("type") or (defined or known or {}).get("type") or ""
    if not kind:
        raise RefusedError("Type can't be blank", [*path, "type"], "BLANK")
    if defined and kind != defined["type"]:
        message = f"Type '{kind}' must be consistent with the definition's type: "
        raise RefusedError(f"{message}'{defined['type']}'.", [*path, "type"], "INVALID_TYPE")
    if wrong := fault(change, kind, given["value"]):
        raise RefusedError(wrong, [*path, "value"], "INVALID_VALUE")
    if "compareDigest" in given and given["compareDigest"] != _digest(known):
        message = "The resource has been updated since it was loaded. Try again with an updated"
        raise RefusedError(f"{message} `compareDigest` value.", path, "STALE_OBJECT")
    values = {"type": kind, "value": given["value"], "updated_at": change.at}
    _touch(change, owner, id)
    if known:
        change.update("metafields", known["id"], **values)
        return int(known["id"])
    return change.insert(
        "metafields",
        owner_type=owner.type,
        owner_id=id,
        namespace=namespace,
        key=key,
        created_at=change.at,
        **values,
    )


def _delete(change: Change, path: list[object], given: Row, access: Access) -> Row | None:
    owner, id = _owner(change, path, given["ownerId"], access, there=False)
    namespace, key = whole(given["namespace"]), given["key"]
    known = _known(change, owner, id, namespace, key)
    if known is None:
        return None
    change.delete("metafields", f"id = {known['id']}")
    _touch(change, owner, id)
    kind = next(name for name, each in _OWNERS.items() if each is owner)
    return {"ownerId": gid(kind, id), "namespace": namespace, "key": key}


def _owner(
    change: Change, path: list[object], given: object, access: Access, *, there: bool = True
) -> tuple[Owner, int]:
    """The owner named; `there`: raise RefusedError if the shop has it not."""
    kind = str(given).removeprefix("gid://shopify/").partition("/")[0]
    if kind not in _OWNERS:
        raise RefusedError(f"Owner {given} can't be found", [*path, "ownerId"], "INVALID")
    owner = _OWNERS[kind]
    if not access.has(owner.scope):
        message = f"Access denied. Required access: `{owner.scope}` access scope."
        raise RefusedError(message, [*path, "ownerId"], "APP_NOT_AUTHORIZED")
    id = number(kind, str(given))
    if there and change.get(owner.table, id) is None:
        raise RefusedError("Owner does not exist", [*path, "ownerId"], "INVALID")
    return owner, id


def _misnamed(path: list[object], owner: Owner, namespace: str, key: str) -> Iterator[RefusedError]:
    """What Shopify has against a namespace and key."""
    limits = (("namespace", namespace, 3, 255), ("key", key, 2, 64))
    for field, text, least, most in limits:
        if len(text) < least:
            message = f"{field.title()} is too short (minimum is {least} characters)"
            yield RefusedError(message, [*path, field], "TOO_SHORT")
        if len(text) > most:
            message = f"{field.title()} is too long (maximum is {most} characters)"
            yield RefusedError(message, [*path, field], "TOO_LONG")
    if namespace in RESERVED:
        yield RefusedError(f"Namespace {namespace} is a reserved namespace", [*path, "namespace"])
    if namespace.startswith("shopify--") and (owner.type, namespace, key) not in TEMPLATES:
        yield RefusedError(_NOT_ALLOWED, path, "APP_NOT_AUTHORIZED")


def _known(change: Change, owner: Owner, id: int, namespace: str, key: str) -> Row | None:
    found = change.rows(
        f"SELECT * FROM store.metafields WHERE owner_type = '{owner.type}' AND owner_id = {id}"  # noqa: S608
        f" AND namespace = {literal(namespace)} AND key = {literal(key)}"
    )
    return found[0] if found else None


def _touch(change: Change, owner: Owner, id: int) -> None:
    change.update(owner.table, id)
    if owner.topic:
        change.announce(owner.topic, id)


def _digest(known: Row | None) -> str | None:
    """As in `reads/metafield_tables.py`."""
    return hashlib.sha256(known["value"].encode()).hexdigest() if known else None
