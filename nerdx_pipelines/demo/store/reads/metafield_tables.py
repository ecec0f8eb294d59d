"""Where the fields of metafields and of their definitions come from."""

# ruff: noqa: S608 (statements are made of the names of our own columns)
from collections.abc import Mapping, Sequence
from typing import Any

from nerdx_pipelines.demo.store.namespaces import whole
from nerdx_pipelines.demo.store.reads.sources import (
    Chosen,
    Column,
    Many,
    Part,
    Source,
    Table,
    ids,
    plain,
    times,
)
from nerdx_pipelines.demo.store.sqltext import gid, quoted

# By owner type, the column that an owner's metafields are found by.
_OWNERS = {
    "PRODUCT": "product_id",
    "PRODUCTVARIANT": "variant_id",
    "CUSTOMER": "customer_id",
    "ORDER": "order_id",
}
_JSON_TYPES = "('boolean', 'json', 'link', 'money', 'number_integer', 'rating', 'rich_text_field')"


def metafields_of(owner_type: str) -> dict[str, Source]:
    """The fields of an owner that give its metafields."""
    owner = _OWNERS[owner_type]
    return {"metafield": Chosen(owner, _named), "metafields": Many(owner)}


def _named(arguments: Mapping[str, Any]) -> str:
    namespace, key = whole(arguments.get("namespace")), arguments["key"]
    return f"{{t}}.namespace = {quoted(namespace)} AND {{t}}.key = {quoted(key)}"


def _in_namespace(namespace: str | None) -> str | None:
    return None if namespace is None else f"{{t}}.namespace = {quoted(whole(namespace))}"


def _keyed(keys: Sequence[str] | None) -> str | None:
    """Keys are asked for with their namespace, `custom.material`."""
    if keys is None:
        return None
    return f"list_contains([{', '.join(map(quoted, keys))}], {{t}}.namespace || '.' || {{t}}.key)"


METAFIELDS: dict[str, Table] = {
    "Metafield": Table(
        "(SELECT *, "
        + ", ".join(
            f"CASE owner_type WHEN '{type_}' THEN owner_id END AS {column}"
            for type_, column in _OWNERS.items()
        )
        + " FROM store.metafields)",
        {
            **ids("Metafield"),
            **plain("namespace", "key", "type", "value", "ownerType"),
            **times("createdAt", "updatedAt"),
            "compareDigest": Column("sha256({t}.value)"),
            "sizeInBytes": Column("strlen({t}.value)"),
            "jsonValue": Column(
                f"CASE WHEN ({{t}}.type LIKE 'list.%' OR {{t}}.type IN {_JSON_TYPES})"
                " AND json_valid({t}.value) THEN CAST({t}.value AS JSON)"
                " ELSE to_json({t}.value) END"
            ),
        },
        narrowing={"namespace": _in_namespace, "keys": _keyed},
    ),
    "MetafieldDefinition": Table(
        "store.metafield_definitions",
        {
            "id": Column(gid("MetafieldDefinition", "{t}.id")),
            **plain("namespace", "key", "name", "ownerType"),
            "type": Part(),
        },
    ),
    "MetafieldDefinitionType": Table("", {"name": Column("{t}.type")}),
}
