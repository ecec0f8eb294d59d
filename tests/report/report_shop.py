"""A small believable shop: twelve contents, sixty days, six models, written as the KPIs are."""

from datetime import date, timedelta

from nerdx_pipelines.warehouse.database import Warehouse

FIRST_DAY = date(2026, 3, 2)  # a Monday
DAYS = 60
WINDOW = 7
HOSTILE = '</script><b id="hostile">bold</b><script>window.hacked = 1</script>'
CONTENTS = [
    # id, title, type, creator, production cost
    ("c01", "Ten-minute ramen, three ways", "video", "Mika Ito", 900),
    ("c02", "The only knife you need", "article", "Jonas Berg", 300),
    ("c03", "A week of packed lunches", "newsletter", "Mika Ito", 150),
    ("c04", HOSTILE, "article", "Ana Sousa", 200),
    ("c05", "Cast iron, from rust to glow", "video", "Jonas Berg", 1200),
    ("c06", "What is in my pantry", "post", "Ana Sousa", None),
    ("c07", "Sourdough diary, day 1 to 30", "podcast", "Theo Lang", 450),
    ("c08", "Gifts for people who cook", "article", "Ana Sousa", 260),
    ("c09", "Live: fermenting with friends", "video", "Theo Lang", 700),
    ("c10", "Five sauces, one pan", "post", "Mika Ito", 80),
    ("c11", "Coffee at home", "article", "Jonas Berg", 240),
    ("c12", "Tea at home", "article", "Jonas Berg", 240),
]
MODELS = ("linear", "first_touch", "last_touch", "time_decay", "position_based", "any_touch")


def fill(warehouse: Warehouse, days: int = DAYS, currency: str = "EUR", scale: int = 1) -> None:
    """Write the KPI tables; integer arithmetic only, so that every figure is exact."""
    with warehouse.write() as con:
        con.execute(
            "CREATE TEMP TABLE contents (n INTEGER, id VARCHAR, title VARCHAR, type VARCHAR,"
            " creator VARCHAR, cost DECIMAL(18, 4))"
        )
        con.executemany(
            "INSERT INTO contents VALUES (?, ?, ?, ?, ?, ?)",
            [(n, *content) for n, content in enumerate(CONTENTS, 1)],
        )
        con.execute(
            """
            INSERT INTO kpi.content_daily
            SELECT
                day, id, $currency, 400 // n + 7 * (d % 5), 40 // n + d % 3,
                300 // n + d % 5, 12 // n,
                (($scale * (24 * (13 - n) + (d * (n + 3)) % 41 + if(isodow(day) > 5, 20, 0)))
                 / 8.0)::DECIMAL(18, 2),
                d < $days - $window
            FROM contents
            CROSS JOIN (
                SELECT unnest(range($days)) AS d, ($first_day + d::INTEGER)::DATE AS day
            );
            """,
            {
                "currency": currency,
                "days": days,
                "window": WINDOW,
                "scale": scale,
                "first_day": FIRST_DAY,
            },
        )
        con.execute(
            """
            INSERT INTO kpi.content_kpis BY NAME
            SELECT
                id AS content_id, title, type AS content_type, creator,
                $first_day::TIMESTAMPTZ - to_days(n * 3) AS published_at, $currency AS currency,
                sum(views) AS views, sum(clicks) AS clicks, sum(conversions) AS conversions,
                sum(clicks) / sum(views) AS click_through_rate,
                sum(attributed_revenue) AS attributed_revenue, cost AS production_cost,
                sum(attributed_revenue) / cost AS roi, n <> 12 AS is_mature,
                'linear' AS model, $window AS window_days
            FROM contents
            INNER JOIN kpi.content_daily ON id = content_id AND currency = $currency
            GROUP BY n, id, title, type, creator, cost
            """,
            {"currency": currency, "first_day": FIRST_DAY, "window": WINDOW},
        )
        con.execute(
            """
            INSERT INTO kpi.model_comparison
            SELECT * EXCLUDE (n)
            FROM (SELECT
                content_id, title, $currency, name,
                substr(content_id, 2)::INTEGER AS n,
                if(m = 1, attributed_revenue, attributed_revenue * (80 + n * m * 11 % 40) / 100)
                    ::DECIMAL(18, 2) AS revenue,
                rank() OVER (PARTITION BY name ORDER BY revenue DESC)
            FROM kpi.content_kpis
            CROSS JOIN (SELECT unnest($models) AS name, generate_subscripts($models, 1) AS m)
            WHERE currency = $currency)
            """,
            {"currency": currency, "models": list(MODELS)},
        )
        con.execute(
            """
            INSERT INTO kpi.creator_kpis BY NAME
            SELECT
                creator, $currency AS currency, count(*) AS contents,
                sum(attributed_revenue) AS attributed_revenue,
                sum(attributed_revenue) / sum(production_cost) AS roi,
                (sum(attributed_revenue) / count(*))::DECIMAL(18, 4) AS revenue_per_content,
                median(attributed_revenue)::DECIMAL(18, 4) AS median_revenue_per_content,
                arg_max(content_type, attributed_revenue) AS best_content_type
            FROM kpi.content_kpis
            WHERE currency = $currency
            GROUP BY creator
            """,
            {"currency": currency},
        )
        con.execute(
            "INSERT INTO kpi.daily_sales BY NAME SELECT day, $currency AS currency,"
            " 900 AS net_revenue, sum(attributed_revenue) AS attributed_revenue,"
            " 900 - sum(attributed_revenue) AS unattributed_revenue"
            " FROM kpi.content_daily WHERE currency = $currency GROUP BY day",
            {"currency": currency},
        )


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
    notes = {"last_day": last_day.isoformat()}
    with warehouse.write() as con:
        con.execute("DELETE FROM kpi.health")
        con.executemany(
            "INSERT INTO kpi.health VALUES (?, ?, ?)",
            [(metric, value, notes.get(metric)) for metric, value in figures.items()],
        )
