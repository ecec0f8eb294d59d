"""How orders look in REST and in webhooks, key for key; their lines are in `lines.py`.

Declared over the tables of `demo/store.sql`; what the store has no data for has Shopify's own
default. Compiling is in `shape.py`, asking in `query.py`.
"""

from nerdx_pipelines.demo.store.rest.lines import LINE_ITEM, REFUND
from nerdx_pipelines.demo.store.rest.people import CUSTOMER_IN_ORDER
from nerdx_pipelines.demo.store.rest.shape import (
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
