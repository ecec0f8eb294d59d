"""What the rows of a shop's folder must keep among themselves, beyond being well typed.

Rules only, in the order they are checked; content's own rules are in `folder/reading.py`.
"""

# ruff: noqa: S608 (statements are made of the names of our own columns)
from nerdx_pipelines.folder.reading import Rule, exists, unique
from nerdx_pipelines.money import rounded_sql

# Beside the folder's tables the rules read two that dataset.py makes: `orders`, one row an
# order as its first line says, and `settings`, one row for the shop.
OF_THE_ORDER = (
    "customer_id",
    "currency",
    "processed_at",
    "cancelled_at",
    "test",
    "presentment_currency",
    "presentment_rate",
    "journey_ready",
)


def _at_least(table: str, column: str, least: int) -> Rule:
    return Rule(table, column, f"t.{column} < {least}", f"is below {least}")


def _minor(table: str, column: str, currency: str) -> Rule:
    return Rule(
        table,
        column,
        f"t.{column} <> {rounded_sql(f't.{column}', currency)}",
        "has more decimals than its currency",
    )


def _one_of_order(column: str) -> Rule:
    first = f"(SELECT o.{column} FROM orders o WHERE o.order_id = t.order_id)"
    problem = "is not what the first line of its order says"
    return Rule("order_lines", column, f"t.{column} IS DISTINCT FROM {first}", problem)


def _one_of_refund(column: str) -> Rule:
    clashing = f"SELECT refund_id FROM refunds GROUP BY ALL HAVING count(DISTINCT {column}) > 1"
    problem = "differs between rows of one refund_id"
    return Rule("refunds", column, f"t.refund_id IN ({clashing})", problem)


ORDER_CURRENCY = "(SELECT o.currency FROM orders o WHERE o.order_id = t.order_id)"
LINE_OF_ORDER = "FROM order_lines l WHERE l.line_id = t.line_id AND l.order_id = t.order_id"
VARIANT_OF_PRODUCT = (
    "FROM product_variants v WHERE v.variant_id = t.variant_id AND v.product_id = t.product_id"
)

# A product's stock is its only variant's; of several nobody knows whose it is.
SEVERAL_VARIANTS = (
    "(SELECT count(*) > 1 OR any_value(v.title) <> 'Default Title'"
    " FROM product_variants v WHERE v.product_id = t.product_id)"
)
LINE_NET = "t.quantity * t.unit_price - t.discount"
ORDER_TIME = "(SELECT o.processed_at FROM orders o WHERE o.order_id = t.order_id)"
TACTICS = (
    "ABANDONED_CART",
    "AD",
    "AFFILIATE",
    "LINK",
    "LOYALTY",
    "MESSAGE",
    "NEWSLETTER",
    "NOTIFICATION",
    "POST",
    "RETARGETING",
    "SEO",
    "STOREFRONT_APP",
    "TRANSACTIONAL",
)  # Shopify's MarketingTactic

SHOP_RULES = (
    Rule("shop", "name", "(SELECT count(*) FROM shop) > 1", "is one of several; a shop is one row"),
    Rule(
        "shop",
        "timezone",
        "t.timezone NOT IN (SELECT name FROM pg_timezone_names())",
        "is no time zone such as Australia/Sydney",
    ),
    unique("products", "product_id"),
    unique("product_variants", "variant_id"),
    exists("product_variants", "product_id", "products", "product_id"),
    unique("customers", "customer_id"),
    unique("order_lines", "line_id"),
    *(_one_of_order(column) for column in OF_THE_ORDER),
    exists("order_lines", "customer_id", "customers", "customer_id"),
    exists("order_lines", "product_id", "products", "product_id"),
    Rule(
        "order_lines",
        "variant_id",
        f"t.variant_id IS NOT NULL AND NOT EXISTS ({VARIANT_OF_PRODUCT})",
        "is no variant of this line's product",
    ),
    _at_least("order_lines", "quantity", 1),
    _at_least("order_lines", "unit_price", 0),
    _at_least("order_lines", "discount", 0),
    Rule(
        "order_lines",
        "discount",
        "t.discount > t.quantity * t.unit_price",
        "is more than quantity * unit_price",
    ),
    Rule("order_lines", "presentment_rate", "t.presentment_rate <= 0", "is not above 0"),
    exists("refunds", "order_id", "order_lines", "order_id"),
    Rule(
        "refunds",
        "line_id",
        f"t.line_id IS NOT NULL AND NOT EXISTS ({LINE_OF_ORDER})",
        "is no line of this refund's order",
    ),
    _at_least("order_lines", "tax", 0),
    Rule(
        "order_lines",
        "tax",
        f"t.tax > {LINE_NET} AND (SELECT taxes_included FROM settings)",
        "is more than the line costs, its tax included",
    ),
    unique("refunds", "refund_id", "line_id", problem="is in this refund twice"),
    _one_of_refund("order_id"),
    _one_of_refund("created_at"),
    _at_least("refunds", "quantity", 0),
    _at_least("refunds", "amount", 0),
    _at_least("refunds", "tax", 0),
    Rule(
        "refunds",
        "tax",
        "t.tax > 0 AND t.line_id IS NULL",
        "is of no line, and only lines are taxed",
    ),
    Rule(
        "refunds",
        "tax",
        "t.tax > t.amount AND (SELECT taxes_included FROM settings)",
        "is more than amount, which includes it",
    ),
    exists("order_visits", "order_id", "order_lines", "order_id"),
    Rule("order_visits", "occurred_at", f"t.occurred_at > {ORDER_TIME}", "is after its order"),
    Rule(
        "order_visits",
        "visit_id",
        "t.visit_id IS NOT NULL AND t.rowid NOT IN"
        " (SELECT min(rowid) FROM order_visits GROUP BY visit_id)",
        "is there twice",
    ),
    Rule(
        "order_visits",
        "visit_id",
        "t.visit_id IS NULL AND EXISTS (FROM order_visits o WHERE o.visit_id IS NOT NULL)",
        "is empty where other rows have one",
    ),
    Rule(
        "order_visits",
        "source_type",
        f"upper(t.source_type) NOT IN {TACTICS}",
        f"is none of {', '.join(TACTICS)}",
    ),
    exists("content_products", "product_id", "products", "product_id"),
    exists("touches", "product_id", "products", "product_id"),
    _at_least("products", "price", 0),
    _at_least("products", "unit_cost", 0),
    Rule(
        "products",
        "inventory",
        f"t.inventory IS NOT NULL AND {SEVERAL_VARIANTS}",
        "belongs in product_variants.inventory_quantity, for the product has variants",
    ),
    _at_least("product_variants", "price", 0),
    _at_least("product_variants", "unit_cost", 0),
    _minor("order_lines", "unit_price", "t.currency"),
    _minor("order_lines", "discount", "t.currency"),
    _minor("order_lines", "tax", "t.currency"),
    _minor("refunds", "amount", ORDER_CURRENCY),
    _minor("refunds", "tax", ORDER_CURRENCY),
)
