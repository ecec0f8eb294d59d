"""standardMetafieldDefinitionEnable: those of Shopify's standard definitions that tools use here.

Enabling one again answers with the same definition, as Shopify's does.
"""

from nerdx_pipelines.demo.store.namespaces import RECOMMENDATIONS, whole
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import gid
from nerdx_pipelines.sql import literal

# By owner type, namespace and key: the template's number, name and type.
TEMPLATES: dict[tuple[str, str, str], tuple[int, str, str]] = {
    ("PRODUCT", RECOMMENDATIONS, "related_products"): (
        14,
        "Related products",
        "list.product_reference",
    ),
    ("PRODUCT", RECOMMENDATIONS, "related_products_display"): (
        15,
        "Related products settings",
        "single_line_text_field",
    ),
    ("PRODUCT", RECOMMENDATIONS, "complementary_products"): (
        17,
        "Complementary products",
        "list.product_reference",
    ),
}


def enable(change: Change, given: Row) -> Row:
    """The payload of standardMetafieldDefinitionEnable; raises RefusedError."""
    owner_type, namespace, key = identity = _template(given)
    known = definition(change, *identity)
    if known is None:
        _, name, type_ = TEMPLATES[identity]
        id = change.insert(
            "metafield_definitions",
            owner_type=owner_type,
            namespace=namespace,
            key=key,
            type=type_,
            name=name,
        )
    else:
        id = known["id"]
    return {"createdDefinition": id, "userErrors": []}


def definition(change: Change, owner_type: str, namespace: str, key: str) -> Row | None:
    """The definition of these metafields, if they have one."""
    found = change.rows(
        f"SELECT * FROM store.metafield_definitions WHERE owner_type = {literal(owner_type)}"  # noqa: S608
        f" AND namespace = {literal(namespace)} AND key = {literal(key)}"
    )
    return found[0] if found else None


def _template(given: Row) -> tuple[str, str, str]:
    id, namespace, key = given.get("id"), given.get("namespace"), given.get("key")
    if id is None and (namespace is None or key is None):
        message = "A namespace and key or standard metafield definition template id must be"
        raise RefusedError(f"{message} provided.", None, "TEMPLATE_NOT_FOUND")
    for identity, (number, *_) in TEMPLATES.items():
        same = identity[1:] == (whole(namespace), key)
        if id is not None:
            same = id == gid("StandardMetafieldDefinitionTemplate", number)
        if same and identity[0] == given["ownerType"]:
            return identity
    if id is not None:
        message = "Id is not a valid standard metafield definition template id"
        raise RefusedError(message, ["id"], "TEMPLATE_NOT_FOUND")
    message = "A standard definition wasn't found for the specified owner type, namespace, and key."
    raise RefusedError(message, None, "TEMPLATE_NOT_FOUND")
