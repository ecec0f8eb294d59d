"""Where each field of each GraphQL type comes from, in the tables of `demo/store.sql`.

One declarative table per type, read by the compiler for pages and bulk exports alike; those of
goods and of orders are in files of their own.
"""

from nerdx_pipelines.demo.store.reads.goods_tables import GOODS
from nerdx_pipelines.demo.store.reads.metafield_tables import METAFIELDS, metafields_of
from nerdx_pipelines.demo.store.reads.order_tables import ORDERS
from nerdx_pipelines.demo.store.reads.paging import Sort
from nerdx_pipelines.demo.store.reads.sources import (
    CREATED,
    UPDATED,
    Amount,
    Column,
    Many,
    Part,
    Table,
    ids,
    plain,
    times,
)
from nerdx_pipelines.demo.store.sqltext import date_time, gid, personal
from nerdx_pipelines.sql import literal

_NAME = "lower(concat_ws(', ', {t}.last_name, {t}.first_name))"
_SUBJECT = (  # CUSTOMER is Customer, PRODUCT_VARIANT is ProductVariant
    "'gid://shopify/' || list_reduce(list_transform(string_split({t}.subject_type, '_'),"
    " lambda word: word[1] || lower(word[2:])), lambda words, word: words || word)"
    " || '/' || {t}.subject_id"
)

TABLES: dict[str, Table] = {
    **GOODS,
    **ORDERS,
    **METAFIELDS,
    "Shop": Table(
        "store.shop",
        {
            **ids("Shop"),
            **plain("name", "myshopifyDomain", "email", "ianaTimezone", "currencyCode"),
            **plain("taxesIncluded"),
            **times("createdAt"),
            "contactEmail": Column("{t}.email"),
            "url": Column("'https://' || {t}.myshopify_domain"),
            "plan": Part(),
        },
    ),
    "ShopPlan": Table(
        "",
        {
            "partnerDevelopment": Column("true"),
            "publicDisplayName": Column("'Development'"),
            "shopifyPlus": Column("false"),
        },
    ),
    "Customer": Table(
        "store.customers",
        {
            **ids("Customer"),
            **plain("tags"),
            **times("createdAt", "updatedAt"),
            "email": Column(personal("{t}.email")),
            "firstName": Column(personal("{t}.first_name")),
            "lastName": Column(personal("{t}.last_name")),
            "defaultEmailAddress": Part(when="{t}.email IS NOT NULL AND NOT {t}.redacted"),
            "displayName": Column(
                "CASE WHEN {t}.redacted THEN '' ELSE coalesce(nullif("
                "concat_ws(' ', {t}.first_name, {t}.last_name), ''), {t}.email, '') END"
            ),
            "numberOfOrders": Column(
                "CAST((SELECT count(*) FROM store.orders c"
                " WHERE c.customer_id = {t}.id) AS VARCHAR)"
            ),
            "amountSpent": Amount(
                "(SELECT coalesce(sum(o.current_total_price), 0) FROM store.orders o"
                " WHERE o.customer_id = {t}.id AND NOT o.test)"
            ),
            "orders": Many("customer_id"),
            **metafields_of("CUSTOMER"),
        },
        sorts={
            **CREATED,
            **UPDATED,
            "NAME": Sort(f"coalesce({personal(_NAME)}, '')"),
        },
    ),
    "CustomerEmailAddress": Table("", {"emailAddress": Column("{t}.email")}),
    "BasicEvent": Table(
        "store.events",
        {
            "id": Column(gid("BasicEvent", "{t}.id")),
            **plain("action", "message", "subjectType"),
            **times("createdAt"),
            "subjectId": Column(_SUBJECT),
            "appTitle": Column("NULL"),
            "attributeToApp": Column("false"),
            "attributeToUser": Column("true"),
            "criticalAlert": Column("false"),
        },
        sorts=CREATED,
    ),
    "DeletionEvent": Table(
        "(SELECT * FROM store.events"
        " WHERE action = 'destroy' AND subject_type IN ('COLLECTION', 'PRODUCT'))",
        {
            **plain("subjectType"),
            "occurredAt": Column(date_time("{t}.created_at")),
            "subjectId": Column(_SUBJECT),
        },
        sorts=CREATED,
        narrowing={"subjectTypes": lambda types: f"list_contains({types}, {{t}}.subject_type)"},
    ),
    "WebhookSubscription": Table(
        "store.webhook_subscriptions",
        {
            **ids("WebhookSubscription"),
            **plain("topic", "uri", "format", "filter", "includeFields", "name"),
            **times("createdAt", "updatedAt"),
            "callbackUrl": Column("{t}.uri"),
            "metafieldNamespaces": Column("json_array()"),
            "apiVersion": Part(),
        },
        sorts=CREATED,
        narrowing={
            "topics": lambda topics: f"list_contains({topics}, {{t}}.topic)",
            "format": lambda name: f"{{t}}.format = {literal(name)}",
            "uri": lambda uri: f"{{t}}.uri = {literal(uri)}",
            "callbackUrl": lambda uri: f"{{t}}.uri = {literal(uri)}",
        },
    ),
    "ApiVersion": Table(
        "",
        {
            "handle": Column("{t}.api_version"),
            "displayName": Column("{t}.api_version"),
            "supported": Column("true"),
        },
    ),
    "BulkOperation": Table(
        "bulk_operations",
        {
            "id": Column(gid("BulkOperation", "{t}.id")),
            **plain("status", "type", "errorCode", "query", "url"),
            **times("createdAt", "completedAt"),
            "objectCount": Column("CAST({t}.object_count AS VARCHAR)"),
            "rootObjectCount": Column("CAST({t}.root_object_count AS VARCHAR)"),
            "fileSize": Column("CAST({t}.file_size AS VARCHAR)"),
            "partialDataUrl": Column("{t}.partial_data_url"),
        },
        sorts={
            **CREATED,
            "COMPLETED_AT": Sort("coalesce({t}.completed_at, TIMESTAMPTZ 'epoch')", "time"),
        },
    ),
}
