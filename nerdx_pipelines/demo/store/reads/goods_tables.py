"""Where the fields of products, variants and their inventory come from."""

from nerdx_pipelines.demo.store.reads.metafield_tables import metafields_of
from nerdx_pipelines.demo.store.reads.paging import Sort
from nerdx_pipelines.demo.store.reads.sources import (
    CREATED,
    POSITION,
    TITLE,
    UPDATED,
    Amount,
    Column,
    Counted,
    Many,
    Named,
    One,
    Only,
    Table,
    ids,
    plain,
    times,
)
from nerdx_pipelines.demo.store.sqltext import gid, money

_VARIANTS = "FROM store.product_variants v WHERE v.product_id = {t}.id"
_LEVEL = "{t}.id || '?inventory_item_id=' || {t}.inventory_item_id"
QUANTITIES = {
    "available": "{t}.available",
    "committed": "{t}.committed",
    "damaged": "0",
    "incoming": "0",
    "on_hand": "({t}.available + {t}.committed)",
    "quality_control": "0",
    "reserved": "0",
    "safety_stock": "0",
}


def _active_only(include_inactive: bool) -> str | None:
    return None if include_inactive else "{t}.is_active"


GOODS: dict[str, Table] = {
    "Product": Table(
        "store.products",
        {
            **ids("Product"),
            **plain("title", "handle", "productType", "vendor", "status", "tags"),
            **plain("descriptionHtml", "isGiftCard"),
            **times("createdAt", "updatedAt", "publishedAt"),
            "onlineStoreUrl": Column(
                "CASE WHEN {t}.published_at IS NOT NULL AND {t}.status = 'ACTIVE' THEN"
                " 'https://' || (SELECT s.myshopify_domain FROM store.shop s)"
                " || '/products/' || {t}.handle END"
            ),
            "totalInventory": Column(
                f"(SELECT CAST(coalesce(sum(v.inventory_quantity), 0) AS BIGINT) {_VARIANTS})"
            ),
            "tracksInventory": Column(
                "EXISTS (SELECT 1 FROM store.product_variants v"
                " JOIN store.inventory_items i ON i.variant_id = v.id"
                " WHERE v.product_id = {t}.id AND i.tracked)"
            ),
            "hasOnlyDefaultVariant": Column(
                f"(SELECT count(*) = 1 AND any_value(v.title) = 'Default Title' {_VARIANTS})"
            ),
            "variantsCount": Counted(f"(SELECT count(*) {_VARIANTS})"),
            "variants": Many("product_id"),
            **metafields_of("PRODUCT"),
        },
        sorts={
            **CREATED,
            **UPDATED,
            **TITLE,
            "PUBLISHED_AT": Sort("coalesce({t}.published_at, TIMESTAMPTZ 'epoch')", "time"),
            "VENDOR": Sort("coalesce({t}.vendor, '')"),
            "PRODUCT_TYPE": Sort("coalesce({t}.product_type, '')"),
            "INVENTORY_TOTAL": Sort(
                f"(SELECT coalesce(sum(v.inventory_quantity), 0) {_VARIANTS})", "number"
            ),
        },
    ),
    "ProductVariant": Table(
        "store.product_variants",
        {
            **ids("ProductVariant"),
            **plain("title", "sku", "position", "inventoryQuantity"),
            **times("createdAt", "updatedAt"),
            "price": Column(money("{t}.price")),
            "compareAtPrice": Column(money("{t}.compare_at_price")),
            "displayName": Column(
                "concat_ws(' - ', (SELECT p.title FROM store.products p"
                " WHERE p.id = {t}.product_id), {t}.title)"
            ),
            "product": One("{t}.product_id"),
            "inventoryItem": Only("variant_id"),
            **metafields_of("PRODUCTVARIANT"),
        },
        sorts={
            **TITLE,
            "POSITION": POSITION,
            "SKU": Sort("coalesce({t}.sku, '')"),
            "INVENTORY_QUANTITY": Sort("coalesce({t}.inventory_quantity, 0)", "number"),
        },
    ),
    "InventoryItem": Table(
        "store.inventory_items",
        {
            **ids("InventoryItem"),
            **plain("tracked"),
            **times("createdAt", "updatedAt"),
            "sku": Column(
                "(SELECT v.sku FROM store.product_variants v WHERE v.id = {t}.variant_id)"
            ),
            "unitCost": Amount("{t}.unit_cost"),
            "variant": One("{t}.variant_id"),
            "variants": Many("id", of="variant_id"),
            "inventoryLevel": Only("inventory_item_id", "locationId", "location_id"),
            "inventoryLevels": Many("inventory_item_id"),
            "locationsCount": Counted(
                "(SELECT count(*) FROM store.inventory_levels l"
                " WHERE l.inventory_item_id = {t}.id AND l.is_active)"
            ),
        },
    ),
    "InventoryLevel": Table(
        "store.inventory_levels",
        {
            "id": Column(gid("InventoryLevel", _LEVEL)),
            **plain("isActive"),
            **times("createdAt", "updatedAt"),
            "item": One("{t}.inventory_item_id"),
            "location": One("{t}.location_id"),
            "quantities": Named("names", QUANTITIES),
        },
        narrowing={"includeInactive": _active_only},
    ),
    "InventoryQuantity": Table(
        "",
        {
            "id": Column(gid("InventoryQuantity", f"{_LEVEL} || '&name=' || {{name}}")),
            "name": Column("{name}"),
            "quantity": Column("{value}"),
            **times("updatedAt"),
        },
    ),
    "Location": Table(
        "store.locations",
        {
            **ids("Location"),
            **plain("name", "isActive"),
            **times("createdAt", "updatedAt"),
            "isPrimary": Column("{t}.id = (SELECT min(l.id) FROM store.locations l)"),
            "inventoryLevel": Only("location_id", "inventoryItemId", "inventory_item_id"),
            "inventoryLevels": Many("location_id"),
        },
        sorts={"NAME": Sort("{t}.name")},
        narrowing={"includeInactive": _active_only},
    ),
    "Collection": Table(
        "store.collections",
        {**ids("Collection"), **plain("title", "handle", "descriptionHtml"), **times("updatedAt")},
        sorts={**TITLE, **UPDATED},
    ),
}
