"""Charts of a KPI table as Dagster shows them: bars of text, which cost no time to draw.

The pictures are the report's.
"""

import duckdb

WIDTH = 24  # of the longest bar
# What the bars are of, how long they are, and which come first.
CHARTS = {
    "content_kpis": ("coalesce(title, content_id)", "attributed_revenue", "value DESC"),
    "content_type_kpis": ("content_type", "attributed_revenue", "value DESC"),
    "creator_kpis": ("creator", "revenue_per_content", "value DESC"),
    "product_kpis": (
        "coalesce(title, product_id::VARCHAR)",
        "content_driven_revenue",
        "value DESC",
    ),
    "product_content": (
        "coalesce(product_title, '?') || ' · ' || coalesce(title, content_id)",
        "attributed_revenue",
        "value DESC",
    ),
    "paths": ("path", "orders", "value DESC"),
    "cohorts": ("strftime(cohort_month, '%Y-%m')", "customers", "label DESC"),
    "time_lag": ("touch || ' touch, ' || lpad(lag_days::VARCHAR, 2, ' ')", "order_lines", "label"),
}


def bars(con: duckdb.DuckDBPyConnection, table: str, rows: int = 15) -> str | None:
    """A Markdown table of kpi.`table` in its first currency; None where there is nothing to draw.

    A bar is as long as its figure is of the largest one; one that is not above 0 has none.
    """
    if table not in CHARTS:
        return None
    label, value, order = CHARTS[table]
    found = con.execute(
        "SELECT label, sum(value) AS value FROM ("  # noqa: S608 (our own names)
        f"SELECT {label} AS label, {value} AS value FROM kpi.{table}"
        " WHERE currency = (SELECT currency FROM staging.shop_currency))"
        f" GROUP BY label HAVING sum(value) IS NOT NULL ORDER BY {order}, label LIMIT {rows}"
    ).fetchall()
    longest = max((figure for _, figure in found), default=0)
    if longest <= 0:
        return None
    lines = [f"| | {value} | |", "|:--|--:|:--|"]
    for name, figure in found:
        text = str(name if name is not None else "–").replace("|", "\\|").replace("\n", " ")
        bar = "█" * max(0, round(WIDTH * figure / longest))
        lines.append(f"| {text} | {figure} | {bar} |")
    return "\n".join(lines)
