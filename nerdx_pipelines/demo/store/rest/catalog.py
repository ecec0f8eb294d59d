"""How products, their variants and their stock look in REST and in webhooks, key for key.

A webhook's product names all its variants, of which the body itself holds the first hundred.
"""

from nerdx_pipelines.demo.store.rest.shape import (
    NONE,
    TAGS,
    Inner,
    Money,
    Rows,
    Shape,
    Time,
    constant,
    gid,
    plain,
    times,
)

MAX_VARIANTS = 100

VARIANT: Shape = {
    "admin_graphql_api_id": gid("ProductVariant"),
    "barcode": "NULL",
    "compare_at_price": Money("{t}.compare_at_price"),
    "created_at": Time("{t}.created_at"),
    "id": "{t}.id",
    "inventory_policy": "'deny'",
    "position": "{t}.position",
    "price": Money("{t}.price"),
    "product_id": "{t}.product_id",
    "sku": "{t}.sku",
    "taxable": "true",
    "title": "{t}.title",
    "updated_at": Time("{t}.updated_at"),
    "option1": "{t}.title",
    **constant("NULL", "option2", "option3", "image_id"),
    "inventory_item_id": "(SELECT max(i.id) FROM store.inventory_items i"
    " WHERE i.variant_id = {t}.id)",
    "inventory_quantity": "{t}.inventory_quantity",
    "old_inventory_quantity": "{t}.inventory_quantity",
}

_OPTION: Shape = {
    "id": "{t}.id",
    "product_id": "{t}.id",
    "name": "'Title'",
    "position": "1",
    "values": "(SELECT coalesce(to_json(list(v.title ORDER BY v.position)), json_array())"
    " FROM store.product_variants v WHERE v.product_id = {t}.id)",
}

PRODUCT: Shape = {
    "admin_graphql_api_id": gid("Product"),
    "body_html": "coalesce({t}.description_html, '')",
    "created_at": Time("{t}.created_at"),
    **plain("handle", "id", "product_type"),
    "published_at": Time("{t}.published_at"),
    "template_suffix": "NULL",
    "title": "{t}.title",
    "updated_at": Time("{t}.updated_at"),
    "vendor": "{t}.vendor",
    "status": "lower({t}.status)",
    "published_scope": "'web'",
    "tags": TAGS,
    "variants": Rows(
        "store.product_variants",
        "product_id",
        VARIANT,
        order="{t}.position, {t}.id",
        most=MAX_VARIANTS,
    ),
    "options": Inner(_OPTION, when="true", listed=True),
    "images": NONE,
    "image": "NULL",
}

PRODUCT_IN_WEBHOOK: Shape = {
    **PRODUCT,
    "media": NONE,
    "variant_gids": Rows(
        "store.product_variants",
        "product_id",
        {
            "admin_graphql_api_id": gid("ProductVariant"),
            "updated_at": "strftime(make_timestamp(epoch_us({t}.updated_at)),"
            " '%Y-%m-%dT%H:%M:%S.000Z')",
        },
        order="{t}.position, {t}.id",
    ),
    "has_variants_that_requires_components": "false",
    "category": "NULL",
}

INVENTORY_ITEM: Shape = {
    "id": "{t}.id",
    "sku": "(SELECT v.sku FROM store.product_variants v WHERE v.id = {t}.variant_id)",
    **times("created_at", "updated_at"),
    "requires_shipping": "true",
    "cost": Money("{t}.unit_cost"),
    **constant("NULL", "country_code_of_origin", "province_code_of_origin"),
    "harmonized_system_code": "NULL",
    "tracked": "{t}.tracked",
    "country_harmonized_system_codes": NONE,
    "admin_graphql_api_id": gid("InventoryItem"),
}

INVENTORY_LEVEL: Shape = {
    **plain("inventory_item_id", "location_id", "available"),
    **times("updated_at"),
    "admin_graphql_api_id": "'gid://shopify/InventoryLevel/' || {t}.location_id"
    " || '?inventory_item_id=' || {t}.inventory_item_id",
}

LOCATION: Shape = {
    **plain("id", "name"),
    **constant("NULL", "address1", "address2", "city", "zip", "province", "country", "phone"),
    **times("created_at", "updated_at"),
    **constant("NULL", "country_code", "country_name", "province_code"),
    "legacy": "false",
    "active": "{t}.is_active",
    "admin_graphql_api_id": gid("Location"),
}
