"""How orders, their lines and refunds look in REST and in webhooks, key for key.

Declared over the tables of `demo/store.sql`; what the store has no data for has Shopify's own
default. Compiling is in `rest_shape.py`, asking in `rest_query.py`.
"""

from nerdx_pipelines.demo.store.rest_people import CUSTOMER_IN_ORDER
from nerdx_pipelines.demo.store.rest_shape import (
    NONE,
    TAGS,
    ZERO,
    Inner,
    Money,
    MoneySet,
    Personal,
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

_OUTSTANDING = (
    "CASE WHEN {t}.financial_status IN ('PENDING', 'AUTHORIZED', 'PARTIALLY_PAID')"
    " THEN {t}.current_total_price ELSE " + ZERO + " END"
)
_TAX_NOW = (
    "CAST(CASE WHEN {t}.total_price = 0 THEN 0"
    " ELSE coalesce({t}.total_tax, 0) * {t}.current_total_price / {t}.total_price END"
    " AS DECIMAL(18, 4))"
)
_VISIT = "(SELECT arg_max(v.{column}, v.occurred_at) FROM store.order_visits v WHERE v.order_id = "
_LANDING = _VISIT.format(column="landing_page") + "{t}.id)"
_REFERRER = _VISIT.format(column="referrer_url") + "{t}.id)"
_NUMBER = "coalesce(TRY_CAST(ltrim({t}.name, '#') AS BIGINT), {t}.id)"

ORDER: Shape = {
    "id": "{t}.id",
    "admin_graphql_api_id": gid("Order"),
    "app_id": "NULL",
    "browser_ip": Personal("NULL"),
    "buyer_accepts_marketing": "false",
    "cancel_reason": "lower({t}.cancel_reason)",
    "cancelled_at": Time("{t}.cancelled_at"),
    **constant("NULL", "cart_token", "checkout_token", "client_details", "closed_at"),
    "confirmation_number": "upper(left(md5(CAST({t}.id AS VARCHAR)), 9))",
    "confirmed": "true",
    "contact_email": Personal("{t}.email"),
    "created_at": Time("{t}.created_at"),
    "currency": "{t}.currency_code",
    "current_shipping_price_set": MoneySet(ZERO),
    **amount(
        "current_subtotal_price",
        f"{{t}}.current_total_price - CASE WHEN {{t}}.taxes_included THEN 0 ELSE {_TAX_NOW} END",
    ),
    "current_total_additional_fees_set": "NULL",
    **amount(
        "current_total_discounts",
        "CASE WHEN {t}.current_total_price = 0 THEN " + ZERO + " ELSE {t}.total_discounts END",
    ),
    "current_total_duties_set": "NULL",
    **amount("current_total_price", "{t}.current_total_price"),
    **amount("current_total_tax", _TAX_NOW),
    "customer_locale": "'en'",
    "device_id": "NULL",
    "discount_codes": NONE,
    "duties_included": "false",
    "email": Personal("{t}.email"),
    "estimated_taxes": "false",
    "financial_status": "lower({t}.financial_status)",
    "fulfillment_status": "CASE {t}.fulfillment_status WHEN 'FULFILLED' THEN 'fulfilled'"
    " WHEN 'PARTIALLY_FULFILLED' THEN 'partial' WHEN 'RESTOCKED' THEN 'restocked' END",
    "landing_site": f"regexp_replace({_LANDING}, '^https?://[^/]+', '')",
    **constant("NULL", "landing_site_ref", "location_id"),
    "merchant_business_entity_id": "'MTU0ODM4MDAwOQ'",
    "merchant_of_record_app_id": "NULL",
    **plain("name", "note"),
    "note_attributes": NONE,
    "number": f"{_NUMBER} - 1000",
    "order_number": _NUMBER,
    "order_status_url": Personal(
        "(SELECT 'https://' || s.myshopify_domain || '/' || s.id FROM store.shop s)"
        " || '/orders/' || md5(CAST({t}.id AS VARCHAR)) || '/authenticate'"
    ),
    **constant("NULL", "original_total_additional_fees_set", "original_total_duties_set"),
    "payment_gateway_names": "json_array('bogus')",
    "phone": Personal("NULL"),
    "po_number": "NULL",
    "presentment_currency": "{t}.presentment_currency_code",
    "processed_at": Time("{t}.processed_at"),
    "reference": "NULL",
    "referring_site": _REFERRER,
    "source_identifier": "NULL",
    "source_name": "{t}.source_name",
    "source_url": "NULL",
    **amount("subtotal_price", "{t}.subtotal_price"),
    "tags": TAGS,
    "tax_exempt": "false",
    "tax_lines": Inner(
        {
            **amount("price", "{t}.total_tax"),
            "rate": "round({t}.total_tax / nullif({t}.subtotal_price, 0), 4)",
            "title": "'Tax'",
            "channel_liable": "false",
        },
        when="{t}.total_tax > 0",
        listed=True,
    ),
    "taxes_included": "coalesce({t}.taxes_included, false)",
    "test": "{t}.test",
    "token": "md5(CAST({t}.id AS VARCHAR))",
    "total_cash_rounding_payment_adjustment_set": MoneySet(ZERO),
    "total_cash_rounding_refund_adjustment_set": MoneySet(ZERO),
    **amount("total_discounts", "{t}.total_discounts"),
    **amount("total_line_items_price", "{t}.subtotal_price + {t}.total_discounts"),
    "total_outstanding": Money(_OUTSTANDING),
    **amount("total_price", "{t}.total_price"),
    "total_shipping_price_set": MoneySet(ZERO),
    **amount("total_tax", "coalesce({t}.total_tax, 0)"),
    "total_tip_received": Money(ZERO),
    "total_weight": "0",
    "updated_at": Time("{t}.updated_at"),
    "user_id": "NULL",
    "billing_address": Personal("NULL"),
    "customer": Row("store.customers", "{t}.customer_id", CUSTOMER_IN_ORDER),
    "discount_applications": Inner(
        {
            "target_type": "'line_item'",
            "type": "'manual'",
            "value": Money("{t}.total_discounts"),
            "value_type": "'fixed_amount'",
            "allocation_method": "'across'",
            "target_selection": "'all'",
            "title": "'Discount'",
            "description": "'Discount'",
        },
        when="{t}.total_discounts > 0",
        listed=True,
    ),
    "fulfillments": NONE,
    "line_items": Rows("store.line_items", "order_id", LINE_ITEM, order="{t}.position, {t}.id"),
    "payment_terms": "NULL",
    "refunds": Rows("store.refunds", "order_id", REFUND, order="{t}.created_at, {t}.id"),
    "shipping_address": Personal("NULL"),
    "shipping_lines": NONE,
    "returns": NONE,
    "line_item_groups": NONE,
}
