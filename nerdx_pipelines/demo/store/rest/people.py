"""How customers, the shop and events look in REST and in webhooks, key for key.

A webhook's customer has fewer keys than one that was asked for, and an order's fewer still.
"""

from nerdx_pipelines.demo.store.rest.shape import (
    NONE,
    TAGS,
    Money,
    Personal,
    Shape,
    Time,
    constant,
    gid,
    plain,
    times,
)

_VISIBLE = "CASE WHEN coalesce({t}.redacted, false) THEN NULL ELSE {t}."

CUSTOMER_IN_ORDER: Shape = {
    "id": "{t}.id",
    **times("created_at", "updated_at"),
    **{name: Personal(f"{_VISIBLE}{name} END") for name in ("first_name", "last_name")},
    "state": "'disabled'",
    "note": "NULL",
    "verified_email": "true",
    "multipass_identifier": "NULL",
    "tax_exempt": "false",
    "email": Personal(f"{_VISIBLE}email END"),
    "phone": Personal("NULL"),
    "currency": "{m}.currency_",
    "tax_exemptions": NONE,
    "admin_graphql_api_id": gid("Customer"),
    "default_address": Personal("NULL"),
}

CUSTOMER_IN_WEBHOOK: Shape = {**CUSTOMER_IN_ORDER, "addresses": Personal(NONE)}

_ORDERS = "(SELECT {column} FROM store.orders o WHERE o.customer_id = {{t}}.id)"


def _of_orders(column: str) -> str:
    return _ORDERS.format(column=column)


CUSTOMER: Shape = {
    **CUSTOMER_IN_WEBHOOK,
    "orders_count": _of_orders("count(*)"),
    "total_spent": Money(_of_orders("CAST(coalesce(sum(o.total_price), 0) AS DECIMAL(18, 4))")),
    "last_order_id": _of_orders("arg_max(o.id, (o.processed_at, o.id))"),
    "last_order_name": _of_orders("arg_max(o.name, (o.processed_at, o.id))"),
    "tags": TAGS,
    "email_marketing_consent": "NULL",
    "sms_marketing_consent": "NULL",
}

SHOP: Shape = {
    **plain("id", "name", "email"),
    "domain": "{t}.myshopify_domain",
    "province": "NULL",
    "country": "NULL",
    **constant("NULL", "address1", "zip", "city", "source", "phone", "latitude", "longitude"),
    "primary_locale": "'en'",
    "address2": "NULL",
    **times("created_at"),
    "updated_at": Time("{t}.created_at"),
    **constant("NULL", "country_code", "country_name"),
    "currency": "{t}.currency_code",
    "customer_email": "{t}.email",
    "timezone": "'(GMT) ' || {t}.iana_timezone",
    **plain("iana_timezone"),
    "shop_owner": "{t}.name",
    "money_format": "'{{{{amount}}}}'",
    "money_with_currency_format": "'{{{{amount}}}} ' || {t}.currency_code",
    "weight_unit": "'kg'",
    "province_code": "NULL",
    "taxes_included": "coalesce({t}.taxes_included, false)",
    **constant("NULL", "auto_configure_tax_inclusivity", "tax_shipping"),
    "county_taxes": "true",
    "plan_display_name": "'Shopify Plus'",
    "plan_name": "'shopify_plus'",
    "has_discounts": "true",
    "has_gift_cards": "true",
    "myshopify_domain": "{t}.myshopify_domain",
    "google_apps_domain": "NULL",
    "google_apps_login_enabled": "NULL",
    "money_in_emails_format": "'{{{{amount}}}}'",
    "money_with_currency_in_emails_format": "'{{{{amount}}}} ' || {t}.currency_code",
    "eligible_for_payments": "true",
    "requires_extra_payments_agreement": "false",
    "password_enabled": "false",
    "has_storefront": "true",
    "finances": "true",
    "primary_location_id": "(SELECT min(l.id) FROM store.locations l)",
    "checkout_api_supported": "true",
    "multi_location_enabled": "true",
    "setup_required": "false",
    "pre_launch_enabled": "false",
    "enabled_presentment_currencies": "json_array({t}.currency_code)",
}

EVENT: Shape = {
    **plain("id", "subject_id"),
    **times("created_at"),
    "subject_type": "upper(left({t}.subject_type, 1)) || lower(substr({t}.subject_type, 2))",
    "verb": "lower({t}.action)",
    "arguments": NONE,
    "body": "NULL",
    "message": "{t}.message",
    "author": "'Shopify'",
    "description": "{t}.message",
    "path": "NULL",
}
