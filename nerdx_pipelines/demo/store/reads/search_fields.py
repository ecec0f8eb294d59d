"""The search fields of each resource that the shop's data can answer; the others are ignored.

Names and meanings are Shopify's documented ones; how each kind compares is in `filters.py`.
"""

# ruff: noqa: S608 (statements are made of the names of our own columns)
from nerdx_pipelines.demo.store.reads.filters import (
    All,
    Choice,
    Filter,
    Not,
    Number,
    Some,
    Text,
    Time,
)
from nerdx_pipelines.demo.store.sqltext import personal

DEFAULT = "default"
_ID = Number("{t}.id")
_CREATED, _UPDATED = Time("{t}.created_at"), Time("{t}.updated_at")
_TITLE, _HANDLE = Text("{t}.title"), Choice("[lower({t}.handle)]")
_SKU = Choice("[lower({t}.sku)]")
_TAG = Choice("list_transform({t}.tags, lambda tag: lower(tag))")
_TAGGED: dict[str, Filter] = {"tag": _TAG, "tag_not": Not(_TAG)}
# Published means on the online store, the only channel there is.
_PUBLISHED = Choice(
    "CASE WHEN {t}.published_at IS NOT NULL THEN ['published', 'visible', 'online_store_channel',"
    " 'any'] ELSE ['unpublished', 'hidden', 'online_store_channel', 'any'] END"
)
_PRODUCT, _VARIANTS = (
    "store.products x WHERE x.id = {t}.product_id",
    ("store.product_variants x WHERE x.product_id = {t}.id"),
)
_LEVELS = (
    "store.inventory_levels x JOIN store.inventory_items i ON i.id = x.inventory_item_id"
    " WHERE i.variant_id = {t}.id"
)
_STOCK = (
    "store.inventory_levels x JOIN store.inventory_items i ON i.id = x.inventory_item_id"
    " JOIN store.product_variants v ON v.id = i.variant_id"
    " WHERE v.product_id = {t}.id AND i.tracked"
)


def _is(condition: str) -> Choice:
    """A boolean field: true or false."""
    return Choice(f"[CAST(coalesce({condition}, false) AS VARCHAR)]")


def _of_product(name: str) -> Some:
    return Some(_PRODUCT, FILTERS["Product"][name])


FILTERS: dict[str, dict[str, Filter]] = {
    "Order": {
        DEFAULT: Text("concat_ws(' ', {t}.name, {t}.email)"),
        "id": _ID,
        "name": Text("{t}.name"),
        "email": Text("{t}.email"),
        "customer_id": Number("{t}.customer_id"),
        "created_at": _CREATED,
        "processed_at": Time("{t}.processed_at"),
        "updated_at": _UPDATED,
        "financial_status": Choice("[lower({t}.financial_status)]"),
        "fulfillment_status": Choice(
            "CASE {t}.fulfillment_status WHEN 'FULFILLED' THEN ['fulfilled', 'shipped']"
            " WHEN 'UNFULFILLED' THEN ['unfulfilled', 'unshipped']"
            " ELSE [lower({t}.fulfillment_status)] END"
        ),
        "status": Choice(
            "CASE WHEN {t}.cancelled_at IS NULL THEN ['open', 'not_closed', 'any']"
            " ELSE ['cancelled', 'not_closed', 'any'] END"
        ),
        "test": _is("{t}.test"),
        "source_name": Choice("[lower({t}.source_name)]"),
        "current_total_price": Number("{t}.current_total_price"),
        "subtotal_line_items_quantity": Number(
            "(SELECT coalesce(sum(l.quantity), 0) FROM store.line_items l"
            " WHERE l.order_id = {t}.id)"
        ),
        "sku": Some("store.line_items x WHERE x.order_id = {t}.id", _SKU),
        **_TAGGED,
    },
    "Customer": {
        DEFAULT: Text(personal("concat_ws(' ', {t}.first_name, {t}.last_name, {t}.email)")),
        "id": _ID,
        "email": Text(personal("{t}.email")),
        "first_name": Text(personal("{t}.first_name")),
        "last_name": Text(personal("{t}.last_name")),
        "customer_date": _CREATED,
        "updated_at": Time("{t}.updated_at", whole_days=True),
        "orders_count": Number(
            "(SELECT count(*) FROM store.orders o WHERE o.customer_id = {t}.id)"
        ),
        "order_date": Some("store.orders x WHERE x.customer_id = {t}.id", _CREATED),
        "total_spent": Number(
            "(SELECT coalesce(sum(o.current_total_price), 0) FROM store.orders o"
            " WHERE o.customer_id = {t}.id AND NOT o.test)"
        ),
        **_TAGGED,
    },
    "Product": {
        DEFAULT: Text("concat_ws(' ', {t}.title, {t}.vendor, {t}.product_type)"),
        "id": _ID,
        "title": _TITLE,
        "handle": _HANDLE,
        "vendor": Choice("[lower({t}.vendor)]"),
        "product_type": Choice("[lower({t}.product_type)]"),
        "status": Choice("[lower({t}.status)]"),
        "gift_card": _is("{t}.is_gift_card"),
        "created_at": _CREATED,
        "updated_at": _UPDATED,
        "published_at": Time("{t}.published_at"),
        "published_status": _PUBLISHED,
        "sku": Some(_VARIANTS, _SKU),
        "price": Some(_VARIANTS, Number("{t}.price")),
        "variant_id": Some(_VARIANTS, _ID),
        "variant_title": Some(_VARIANTS, _TITLE),
        "is_price_reduced": _is(
            f"EXISTS (SELECT 1 FROM {_VARIANTS} AND x.compare_at_price > x.price)"
        ),
        "has_only_default_variant": _is(
            f"(SELECT count(*) = 1 AND any_value(x.title) = 'Default Title' FROM {_VARIANTS})"
        ),
        "inventory_total": Number(
            f"(SELECT coalesce(sum(x.inventory_quantity), 0) FROM {_VARIANTS})"
        ),
        "out_of_stock_somewhere": _is(f"EXISTS (SELECT 1 FROM {_STOCK} AND x.available <= 0)"),
        "tracks_inventory": _is(f"EXISTS (SELECT 1 FROM {_STOCK})"),
        **_TAGGED,
    },
    "InventoryItem": {
        "id": _ID,
        "sku": Some("store.product_variants x WHERE x.id = {t}.variant_id", _SKU),
        "created_at": _CREATED,
        "updated_at": _UPDATED,
    },
    "InventoryLevel": {
        "id": _ID,
        "inventory_item_id": Number("{t}.inventory_item_id"),
        "created_at": _CREATED,
        "updated_at": _UPDATED,
    },
    "Location": {
        DEFAULT: Text("{t}.name"),
        "id": _ID,
        "location_id": _ID,
        "active": _is("{t}.is_active"),
        "created_at": _CREATED,
    },
    "Collection": {
        DEFAULT: _TITLE,
        "id": _ID,
        "title": _TITLE,
        "handle": _HANDLE,
        "updated_at": _UPDATED,
    },
    "BasicEvent": {
        "id": _ID,
        "action": Choice("[lower({t}.action)]"),
        "subject_type": Choice("[lower({t}.subject_type)]"),
        "created_at": _CREATED,
        "comments": All(),  # there are none to be left out
    },
    "DeletionEvent": {"id": _ID, "occurred_at": _CREATED},
    "WebhookSubscription": {"id": _ID, "created_at": _CREATED, "updated_at": _UPDATED},
    "BulkOperation": {
        "id": _ID,
        "created_at": _CREATED,
        "operation_type": Choice("[lower({t}.type)]"),
        "status": Choice("[lower({t}.status)]"),
    },
}
FILTERS["ProductVariant"] = {
    DEFAULT: Text("concat_ws(' ', {t}.title, {t}.sku)"),
    "id": _ID,
    "title": _TITLE,
    "sku": _SKU,
    "product_id": Number("{t}.product_id"),
    "product_ids": Choice("[CAST({t}.product_id AS VARCHAR)]"),
    "inventory_quantity": Number("{t}.inventory_quantity"),
    "updated_at": _UPDATED,
    "location_id": Some(_LEVELS, Number("{t}.location_id")),
    "vendor": _of_product("vendor"),
    "product_type": _of_product("product_type"),
    "product_status": _of_product("status"),
    "published_status": _of_product("published_status"),
    "gift_card": _of_product("gift_card"),
    "tag": _of_product("tag"),
    "tag_not": _of_product("tag_not"),
}
