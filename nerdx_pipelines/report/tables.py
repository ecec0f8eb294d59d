"""The tables of the report: which columns, how each is written, why a figure may be missing.

What a figure means is said in `kpi_definitions`, what a row is in `sql/report/`.
"""

from nerdx_pipelines.kpi_definitions import definition
from nerdx_pipelines.report.columns import Column, Table

NO_COST = "No production cost is known, or it is in another currency."
NO_MARGIN = "It needs the production cost of the content and the unit costs of the goods."
NO_VIEWS = "Nobody has seen it."
NO_CLICKS = "Nobody has clicked in it."
NOT_OVER = "Not all of these days are over for anybody yet."
SHARE = "Of all orders that had content on their way."
PER_ORDER = "Net revenue divided by orders."
EARLY = "Nobody who saw it has had a whole window to buy."

_REVENUE = Column(
    "attributed_revenue",
    "Attributed revenue",
    "money",
    interval=("attributed_revenue_low", "attributed_revenue_high"),
)
_ROI = Column("roi", "ROI", "multiple", NO_COST)
_NET_ROI = Column(
    "net_roi", "Net ROI", "multiple", NO_MARGIN, interval=("net_roi_low", "net_roi_high")
)
_CTR = Column("click_through_rate", "Click-through", "percent", NO_VIEWS, extra=True)

TABLES = (
    Table(
        "contents",
        "",
        "contents",
        "content_kpis",
        (
            Column("title", "Content", "content"),
            Column("views", "Views", "count"),
            Column("unique_viewers", "Viewers", "count", extra=True),
            Column("clicks", "Clicks", "count"),
            Column("unique_clickers", "Clickers", "count", extra=True),
            _CTR,
            Column(
                "unique_click_through_rate", "Viewers who clicked", "percent", NO_VIEWS, extra=True
            ),
            Column("conversions", "Conversions", "count"),
            Column("fractional_orders", "Orders, shared", "number", extra=True),
            Column("buyers", "Buyers", "count", extra=True),
            Column("conversion_rate", "Conversion rate", "percent", NO_CLICKS, extra=True),
            Column("click_conversion", "Clickers who bought", "percent", NO_CLICKS, extra=True),
            Column("viewer_conversion", "Viewers who bought", "percent", EARLY, extra=True),
            Column(
                "shrunken_viewer_conversion", "… towards its type", "percent", EARLY, extra=True
            ),
            _REVENUE,
            Column("click_through_revenue", "… by clicks", "money", extra=True),
            Column("view_through_revenue", "… by views", "money", extra=True),
            Column("influenced_revenue", "Influenced revenue", "money", extra=True),
            Column("production_cost", "Production cost", "money", NO_COST, extra=True),
            _ROI,
            Column("margin", "Margin", "percent", "Unit costs are unknown.", extra=True),
            _NET_ROI,
            Column("engagement_score", "Engagement", "number", NO_VIEWS, extra=True),
        ),
        "There is no content yet: add content to the catalogue and materialize the KPIs.",
        also=(
            *("content_id", "content_type", "creator", "published_on"),
            *("is_mature", "is_small_sample", "currency"),
        ),
    ),
    Table(
        "creators",
        "All creators",
        "creators",
        "creator_kpis",
        (
            Column("creator", "Creator", "creator"),
            Column("contents", "Posts", "count"),
            Column("revenue_per_content", "Revenue per post", "money"),
            Column("median_revenue_per_content", "Median post", "money"),
            _REVENUE,
            Column("buyers", "Buyers", "count", extra=True),
            Column("conversions", "Conversions", "count", extra=True),
            Column("views", "Views", "count", extra=True),
            Column("unique_viewers", "Viewers", "count", extra=True),
            Column("clicks", "Clicks", "count", extra=True),
            Column("production_cost", "Production cost", "money", NO_COST, extra=True),
            _ROI,
            _NET_ROI,
            Column("best_content_type", "Best format", "text"),
        ),
        "No creator has content yet.",
        also=("is_small_sample", "currency"),
    ),
    Table(
        "content_types",
        "Formats",
        "content_types",
        "content_type_kpis",
        (
            Column("content_type", "Format", "text"),
            Column("contents", "Posts", "count"),
            Column("views", "Views", "count", extra=True),
            Column("unique_viewers", "Viewers", "count"),
            Column("clicks", "Clicks", "count", extra=True),
            Column("unique_clickers", "Clickers", "count", extra=True),
            _CTR,
            Column("conversions", "Conversions", "count"),
            Column("buyers", "Buyers", "count", extra=True),
            Column("conversion_rate", "Conversion rate", "percent", NO_CLICKS, extra=True),
            _REVENUE,
            Column("avg_attribution_revenue", "Revenue per post", "money"),
            Column("production_cost", "Production cost", "money", NO_COST, extra=True),
            _ROI,
            _NET_ROI,
        ),
        "No content has a type yet.",
        also=("is_small_sample", "currency"),
    ),
    Table(
        "unsold",
        "Products with views but no sales by content",
        "unsold",
        "product_kpis",
        (
            Column("product", "Product", "text", column="title"),
            Column("product_type", "Type", "text", "The shop names no type."),
            Column("content_impressions", "Impressions", "count"),
            Column("unique_viewers_exposed", "Viewers", "count"),
            Column("orders", "Orders", "count"),
            Column("net_revenue", "Net revenue", "money"),
        ),
        "Every product that content showed was also sold by it.",
        also=("vendor", "currency"),
    ),
    Table(
        "creator_products",
        "",
        "creator_products",
        "product_content",
        (
            Column("product", "Product", "text", column="product_title"),
            Column("contents", "Shown in", "count", means="Posts of the creator that feature it."),
            Column("impressions", "Impressions", "count"),
            Column("attributed_revenue", "Attributed revenue", "money"),
        ),
        "No product of this creator's content has been seen yet.",
        also=("currency",),
    ),
    Table(
        "path_lengths",
        "How many steps a purchase takes",
        "path_lengths",
        "paths",
        (
            Column("path_length", "Steps", "count"),
            Column("orders", "Orders", "count"),
            Column("order_share", "Share of orders", "percent", means=SHARE),
            Column("net_revenue", "Net revenue", "money"),
            Column("revenue_per_order", "Net revenue per order", "money", means=PER_ORDER),
        ),
        "No purchase had content on its way yet.",
        also=("currency",),
    ),
    Table(
        "paths",
        "The paths",
        "paths",
        "paths",
        (
            Column("path", "Path", "text"),
            Column("path_length", "Steps", "count"),
            Column("orders", "Orders", "count"),
            Column("order_share", "Share of orders", "percent", means=SHARE),
            Column("net_revenue", "Net revenue", "money"),
        ),
        "No purchase had content on its way yet.",
        folded=True,
        also=("currency",),
    ),
    Table(
        "cohorts",
        "Customers by first content",
        "cohorts",
        "cohorts",
        (
            Column("title", "First content", "text"),
            Column("customers", "Customers", "count"),
            Column("orders", "Orders", "count", extra=True),
            Column("new_revenue", "First orders", "money"),
            Column("returning_revenue", "Later orders", "money"),
            *(
                Column(
                    f"per_customer_{days}",
                    f"{days} days",
                    "money",
                    NOT_OVER,
                    means=f"For each customer: {definition('cohorts', f'revenue_{days}')}",
                )
                for days in (30, 60, 90)
            ),
        ),
        "No customer's first order is known yet.",
        note="30, 60 and 90 days: net revenue for each customer, over the months whose days are "
        "over for all of their customers.",
        also=("content_type", "creator", "currency"),
    ),
    Table(
        "cohort_months",
        "Customers by month of their first order",
        "cohort_months",
        "cohorts",
        (
            Column("cohort_month", "Month", "month"),
            Column("customers", "Customers", "count"),
            Column("orders", "Orders", "count"),
            Column("new_revenue", "First orders", "money"),
            Column("returning_revenue", "Later orders", "money"),
            Column("revenue_30", "30 days", "money", NOT_OVER),
            Column("revenue_60", "60 days", "money", NOT_OVER),
            Column("revenue_90", "90 days", "money", NOT_OVER),
        ),
        "No customer's first order is known yet.",
        folded=True,
        also=("is_mature", "currency"),
    ),
    Table(
        "daily_sales",
        "Sales by day",
        "daily_sales",
        "daily_sales",
        (
            Column("day", "Day", "day"),
            Column("orders", "Orders", "count"),
            Column("gross_sales", "Gross", "money"),
            Column("discounts", "Discounts", "money"),
            Column("returns", "Returns", "money"),
            Column("net_sales", "Net sales", "money"),
            Column("net_revenue", "Net revenue", "money", extra=True),
            Column("attributed_revenue", "Attributed", "money"),
            Column("unattributed_revenue", "Unattributed", "money", extra=True),
        ),
        "No sales yet.",
        note="As Shopify's own report: gross sales − discounts − returns = net sales, returns on "
        "the day of the refund. Net revenue and its two parts are restated to the day of purchase.",
        folded=True,
        also=("currency",),
    ),
    Table(
        "platform",
        "The whole shop",
        "platform",
        "platform_kpis",
        (
            Column("metric", "Figure", "metric"),
            Column("value", "Value", "value", "Nothing to divide by yet."),
            Column("note", "Note", "note", "Nothing to add."),
        ),
        "No figures of the whole shop yet.",
        folded=True,
    ),
)
