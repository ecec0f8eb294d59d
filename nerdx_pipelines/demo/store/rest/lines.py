"""How lines of orders and refunds look in REST and in webhooks, key for key.

A refund is shown by itself and inside its order, which is in `orders.py`.
"""

from nerdx_pipelines.demo.store.rest.shape import (
    NONE,
    ZERO,
    Inner,
    Money,
    MoneySet,
    Row,
    Rows,
    Shape,
    Time,
    amount,
    constant,
    gid,
    plain,
)

_DISCOUNT: Shape = {
    "amount": Money("{t}.total_discount"),
    "amount_set": MoneySet("{t}.total_discount"),
    "discount_application_index": "0",
}

LINE_ITEM: Shape = {
    "id": "{t}.id",
    "admin_graphql_api_id": gid("LineItem"),
    "attributed_staffs": NONE,
    "current_quantity": "{t}.current_quantity",
    "fulfillable_quantity": "0",
    "fulfillment_service": "'manual'",
    "fulfillment_status": "NULL",
    "gift_card": "coalesce({t}.is_gift_card, false)",
    "grams": "0",
    "name": "concat_ws(' - ', {t}.title, {t}.variant_title)",
    **amount("price", "{t}.unit_price"),
    "product_exists": "{t}.product_id IS NOT NULL",
    "product_id": "{t}.product_id",
    "properties": NONE,
    "quantity": "{t}.quantity",
    "requires_shipping": "NOT coalesce({t}.is_gift_card, false)",
    "sales_line_item_group_id": "NULL",
    "sku": "{t}.sku",
    "taxable": "true",
    "title": "{t}.title",
    # Discounts of the whole order are allocations, not discounts of the line.
    **amount("total_discount", ZERO),
    **plain("variant_id"),
    "variant_inventory_management": "CASE WHEN {t}.variant_id IS NOT NULL THEN 'shopify' END",
    **plain("variant_title", "vendor"),
    "tax_lines": Inner(
        {
            "channel_liable": "false",
            **amount("price", "{t}.tax"),
            "rate": "round({t}.tax / nullif({t}.unit_price * {t}.quantity - {t}.total_discount, 0),"
            " 4)",
            "title": "'Tax'",
        },
        when="{t}.tax > 0",
        listed=True,
    ),
    "duties": NONE,
    "discount_allocations": Inner(_DISCOUNT, when="{t}.total_discount > 0", listed=True),
}

REFUND_LINE: Shape = {
    "id": "{t}.id",
    "quantity": "{t}.quantity",
    "line_item_id": "{t}.line_item_id",
    "location_id": "NULL",
    "restock_type": "lower({t}.restock_type)",
    # Numbers, where everything else about money is text: so in Shopify's own samples.
    "subtotal": "CAST({t}.subtotal AS DECIMAL(18, 2))",
    "total_tax": "CAST(coalesce({t}.total_tax, 0) AS DECIMAL(18, 2))",
    "subtotal_set": MoneySet("{t}.subtotal"),
    "total_tax_set": MoneySet("coalesce({t}.total_tax, 0)"),
    "line_item": Row("store.line_items", "{t}.line_item_id", LINE_ITEM),
}

_TRANSACTION: Shape = {
    "id": "{t}.id",
    "order_id": "{t}.order_id",
    "kind": "'refund'",
    "gateway": "'bogus'",
    "status": "'success'",
    "message": "NULL",
    "created_at": Time("{t}.created_at"),
    "test": "false",
    **constant("NULL", "authorization", "location_id", "user_id", "parent_id"),
    "processed_at": Time("{t}.created_at"),
    **constant("NULL", "device_id", "error_code"),
    "source_name": "'web'",
    "receipt": "json_object()",
    "amount": Money("{t}.total_refunded"),
    "currency": "{m}.currency_",
    "payment_id": "'r' || {t}.id",
    "total_unsettled_set": Inner(
        {
            "presentment_money": Inner(
                {"amount": "'0.0'", "currency": "{m}.presentment_"}, when="true"
            ),
            "shop_money": Inner({"amount": "'0.0'", "currency": "{m}.currency_"}, when="true"),
        },
        when="true",
    ),
    "manual_payment_gateway": "false",
    "amount_rounding": "NULL",
    "admin_graphql_api_id": gid("OrderTransaction"),
}

REFUND: Shape = {
    "id": "{t}.id",
    "order_id": "{t}.order_id",
    "created_at": Time("{t}.created_at"),
    "note": "{t}.note",
    "user_id": "NULL",
    "processed_at": Time("{t}.created_at"),
    "duties": NONE,
    "total_duties_set": MoneySet(ZERO),
    "return": "NULL",
    "refund_shipping_lines": NONE,
    "restock": "false",
    "admin_graphql_api_id": gid("Refund"),
    "order_adjustments": NONE,
    "refund_line_items": Rows("store.refund_line_items", "refund_id", REFUND_LINE),
    "transactions": Inner(_TRANSACTION, when="{t}.total_refunded > 0", listed=True),
}
