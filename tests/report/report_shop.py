"""A small believable shop: twelve contents, sixty days, seven models, written as the KPIs are."""

from datetime import date, timedelta

from nerdx_pipelines.warehouse.database import Warehouse

FIRST_DAY = date(2026, 3, 2)  # a Monday
DAYS = 60
WINDOW = 7
HOSTILE = '</script><b id="hostile">bold</b><script>window.hacked = 1</script>'
VILLAIN = '"><img src=x onerror="window.hacked=1">/Ana & Söhne #1 100%'
CONTENTS = [
    # id, title, type, creator, production cost
    ("c01", "Ten-minute ramen, three ways", "video", "Mika Ito", 900),
    ("c02", "The only knife you need", "article", "Jonas Berg", 300),
    ("c03", "A week of packed lunches", "newsletter", "Mika Ito", 150),
    ("c04", HOSTILE, "article", VILLAIN, 200),
    ("c05", "Cast iron, from rust to glow", "video", "Jonas Berg", 1200),
    ("c06", "What is in my pantry", "post", VILLAIN, None),
    ("c07", "Sourdough diary, day 1 to 30", "podcast", "Theo Lang", 450),
    ("c08", "Gifts for people who cook", "article", VILLAIN, 260),
    ("c09", "Live: fermenting with friends", "video", "Theo Lang", 700),
    ("c10", "Five sauces, one pan", "post", "Mika Ito", 80),
    ("c11", "Coffee at home", "article", "Jonas Berg", 240),
    ("c12", "=HYPERLINK(1), tea at home", "article", "Jonas Berg", 240),
]
MODELS = (
    *("linear", "first_touch", "last_touch", "time_decay", "position_based"),
    *("markov", "any_touch"),
)

# One statement a table: $currency, $days, $window, $scale, $first_day and the contents.
STATEMENTS = {
    "daily": """
        INSERT INTO kpi.content_daily BY NAME
        SELECT
            day, id AS content_id, $currency AS currency, 400 // n + 7 * (d % 5) AS views,
            40 // n + d % 3 AS clicks, 300 // n + d % 5 AS unique_viewers, 12 // n AS conversions,
            (($scale * (24 * (13 - n) + (d * (n + 3)) % 41 + if(isodow(day) > 5, 20, 0)))
             / 8.0)::DECIMAL(18, 2) AS attributed_revenue,
            d < $days - $window AS is_mature, attributed_revenue + 1 AS accrual_revenue,
            attributed_revenue - if(d = 30, 100, 0) AS cash_revenue
        FROM contents
        CROSS JOIN (
            SELECT unnest(range($days)) AS d, ($first_day::DATE + d::INTEGER)::DATE AS day
        )""",
    "contents": """
        INSERT INTO kpi.content_kpis BY NAME
        SELECT
            id AS content_id, title, type AS content_type, creator,
            $first_day::TIMESTAMPTZ - to_days(n * 3) AS published_at, $currency AS currency,
            sum(views) AS views, sum(clicks) AS clicks, sum(conversions) AS conversions,
            sum(views) * 3 // 4 AS unique_viewers, sum(clicks) * 3 // 4 AS unique_clickers,
            sum(conversions) * 9 // 10 AS buyers, sum(conversions) * 0.75 AS fractional_orders,
            sum(clicks) / sum(views) AS click_through_rate,
            sum(attributed_revenue) AS attributed_revenue,
            (sum(attributed_revenue) * 8 / 10)::DECIMAL(18, 2) AS attributed_revenue_low,
            (sum(attributed_revenue) * 13 / 10)::DECIMAL(18, 2) AS attributed_revenue_high,
            cost AS production_cost, sum(attributed_revenue) / cost AS roi,
            sum(attributed_revenue) * 0.4 / cost - 1 AS net_roi,
            sum(attributed_revenue) * 0.3 / cost - 1 AS net_roi_low,
            sum(attributed_revenue) * 0.5 / cost - 1 AS net_roi_high,
            n <> 12 AS is_mature, n > 10 AS is_small_sample,
            'linear' AS model, $window AS window_days
        FROM contents
        INNER JOIN kpi.content_daily ON id = content_id AND currency = $currency
        GROUP BY n, id, title, type, creator, cost""",
    "models": """
        INSERT INTO kpi.model_comparison BY NAME
        SELECT * EXCLUDE (n) RENAME (revenue AS attributed_revenue)
        FROM (SELECT
            content_id, title, $currency AS currency, name AS model,
            substr(content_id, 2)::INTEGER AS n,
            if(m = 1, attributed_revenue, attributed_revenue * (80 + n * m * 11 % 40) / 100)
                ::DECIMAL(18, 2) AS revenue,
            rank() OVER (PARTITION BY name ORDER BY revenue DESC) AS revenue_rank,
            name <> 'any_touch' AS is_additive
        FROM kpi.content_kpis
        CROSS JOIN (SELECT unnest($models) AS name, generate_subscripts($models, 1) AS m)
        WHERE currency = $currency)""",
    "types": """
        INSERT INTO kpi.content_type_kpis BY NAME
        SELECT
            content_type, $currency AS currency, count(*) AS contents, sum(views) AS views,
            sum(clicks) AS clicks, sum(unique_viewers) AS unique_viewers,
            sum(unique_clickers) AS unique_clickers, sum(conversions) AS conversions,
            sum(buyers) AS buyers, sum(attributed_revenue) AS attributed_revenue,
            (sum(attributed_revenue) / count(*))::DECIMAL(18, 4) AS avg_attribution_revenue,
            sum(production_cost) AS production_cost,
            sum(attributed_revenue) / sum(production_cost) AS roi
        FROM kpi.content_kpis
        WHERE currency = $currency
        GROUP BY content_type""",
    "creators": """
        INSERT INTO kpi.creator_kpis BY NAME
        SELECT
            creator, $currency AS currency, count(*) AS contents, sum(buyers) AS buyers,
            sum(attributed_revenue) AS attributed_revenue,
            sum(attributed_revenue) / sum(production_cost) AS roi,
            sum(attributed_revenue) * 0.4 / sum(production_cost) - 1 AS net_roi,
            sum(attributed_revenue) * 0.3 / sum(production_cost) - 1 AS net_roi_low,
            sum(attributed_revenue) * 0.5 / sum(production_cost) - 1 AS net_roi_high,
            (sum(attributed_revenue) / count(*))::DECIMAL(18, 4) AS revenue_per_content,
            median(attributed_revenue)::DECIMAL(18, 4) AS median_revenue_per_content,
            arg_max(content_type, attributed_revenue) AS best_content_type
        FROM kpi.content_kpis
        WHERE currency = $currency
        GROUP BY creator""",
    "pairs": """
        INSERT INTO kpi.product_content BY NAME
        SELECT
            p AS product_id, format('Product {}', p) AS product_title, content_id, title, currency,
            views // p AS impressions, unique_viewers // p AS unique_viewers, buyers // p AS buyers,
            conversions // p AS orders,
            if(p = 7, 0, attributed_revenue / (2 * p))::DECIMAL(18, 2) AS attributed_revenue
        FROM kpi.content_kpis
        CROSS JOIN range(1, 8) AS products (p)
        WHERE currency = $currency AND (substr(content_id, 2)::INTEGER + p) % 3 > 0""",
    "lags": """
        INSERT INTO kpi.time_lag BY NAME
        SELECT
            touch, d AS lag_days, $currency AS currency,
            if(touch = 'last', [50, 20, 10, 8, 6, 4, 2], [20, 20, 15, 15, 10, 10, 10])[d + 1]
                AS order_lines,
            order_lines * 12.34 AS net_revenue
        FROM range(7) AS lags (d)
        CROSS JOIN (SELECT unnest(['first', 'last']) AS touch)""",
    "paths": """
        INSERT INTO kpi.paths
        SELECT
            'content_type', path, len(string_split(path, ' > ')), $currency, orders, orders * 35.5
        FROM (VALUES
            ('video', 420), ('article', 300), ('video > article', 160), ('post', 120),
            ('article > video', 90), ('video > video', 60), ('post > video > article', 45),
            ('podcast > newsletter', 30), ('newsletter', 25),
            ('post > article > video > podcast > article > video', 8)
        ) AS paths (path, orders)""",
    "cohorts": """
        INSERT INTO kpi.cohorts BY NAME
        SELECT
            m AS cohort_month, c.content_id, c.title, c.content_type, c.creator,
            $currency AS currency, 40 - 3 * n AS customers, 60 - 4 * n AS orders,
            customers * 30.25 AS new_revenue, orders * 11.5 AS returning_revenue,
            new_revenue + 10 AS revenue_30,
            if(m < '2026-04-01', new_revenue + 100, NULL) AS revenue_60,
            NULL AS revenue_90, FALSE AS is_mature
        FROM (
            SELECT *, substr(content_id, 2)::INTEGER AS n FROM kpi.content_kpis
            WHERE currency = $currency
            UNION ALL BY NAME
            SELECT 0 AS n
        ) AS c
        CROSS JOIN (SELECT unnest(['2026-03-01'::DATE, '2026-04-01'::DATE]) AS m)""",
    "sales": """
        INSERT INTO kpi.daily_sales BY NAME
        SELECT
            day, $currency AS currency, 30 AS orders, 1000 AS gross_sales, 60 AS discounts,
            40 AS returns, 900 AS net_sales, 900 AS net_revenue,
            sum(attributed_revenue) AS attributed_revenue,
            900 - sum(attributed_revenue) AS unattributed_revenue
        FROM kpi.content_daily
        WHERE currency = $currency
        GROUP BY day""",
    "products": """
        INSERT INTO kpi.product_kpis BY NAME
        SELECT
            p AS product_id, format('Product {}', p) AS title, $currency AS currency,
            p AS orders, p * 19.90 AS net_revenue, 1000 - p AS content_impressions,
            500 AS unique_viewers_exposed, if(p > 6, 0, 3) AS content_driven_purchases
        FROM range(1, 9) AS products (p)""",
}


def fill(warehouse: Warehouse, days: int = DAYS, currency: str = "EUR", scale: int = 1) -> None:
    """Write the KPI tables; integer arithmetic only, so that every figure is exact."""
    values = {
        "currency": currency,
        "days": days,
        "window": WINDOW,
        "scale": scale,
        "first_day": FIRST_DAY.isoformat(),
        "models": list(MODELS),
    }
    with warehouse.write() as con:
        con.execute(
            "CREATE TEMP TABLE contents (n INTEGER, id VARCHAR, title VARCHAR, type VARCHAR,"
            " creator VARCHAR, cost DECIMAL(18, 4))"
        )
        con.executemany(
            "INSERT INTO contents VALUES (?, ?, ?, ?, ?, ?)",
            [(n, *content) for n, content in enumerate(CONTENTS, 1)],
        )
        for statement in STATEMENTS.values():
            used = {name: value for name, value in values.items() if f"${name}" in statement}
            con.execute(statement, used)


def health(warehouse: Warehouse, **values: object) -> None:
    """Write the health strip: consistent by default, each figure replaceable."""
    last_day = FIRST_DAY + timedelta(days=DAYS - 1)
    figures = {
        "net_revenue": "54000.00",
        "attributed_revenue": "21000.50",
        "unattributed_revenue": "32999.50",
        "guest_share": "0.1234",
        "late_touches_24h": "1204",
        "refund_reversals": "318.2",
        "placebo_ratio": "0.0571",
        "last_day": None,
    } | values
    notes = {"last_day": last_day.isoformat(), "net_revenue": "EUR"}
    with warehouse.write() as con:
        con.execute("DELETE FROM kpi.health")
        con.executemany(
            "INSERT INTO kpi.health VALUES (?, ?, ?)",
            [(metric, value, notes.get(metric)) for metric, value in figures.items()],
        )
        con.execute("DELETE FROM kpi.platform_kpis")
        con.execute(
            "INSERT INTO kpi.platform_kpis VALUES"
            " ('content_to_commerce_rate', 0.4437, 'live orders with a credited line / all'),"
            " ('attribution_window_days', NULL, NULL), ('top_converting_content', 720, 'c01'),"
            " ('attribution_window_days_median', 0.9375, 'median'),"
            " ('attribution_window_days_p90', 5.25, '90 %')"
        )
