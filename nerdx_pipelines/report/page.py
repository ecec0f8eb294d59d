"""The report: one HTML file that needs neither network nor server.

Figures become text here and are escaped by the template; charts are drawn by the
Vega libraries inside the file. What the charts show is in `charts.py`.
"""

import base64
import hashlib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb
import jinja2
import vl_convert

from nerdx_pipelines.report import formats, theme
from nerdx_pipelines.report.charts import figures
from nerdx_pipelines.report.data import Row, Scope, query, scope
from nerdx_pipelines.report.health import health

LISTED = 15  # contents in the table
COLUMNS = {
    "Views": "Times the content was seen; an event delivered twice counts once.",
    "Clicks": "Times a product was clicked in it.",
    "Conversions": (
        "Orders with at least one product this content is credited for. An order that several "
        "contents share counts for each of them, so the column adds up to more than all orders."
    ),
    "Attributed revenue": (
        "The part of net revenue credited to the content: its share of every line whose buyer met "
        "it within the window before the purchase. Shares of a line add up to the line."
    ),
    "ROI": (
        "Attributed revenue ÷ production cost. At 1× sales have brought back the cost of making "
        "it, before the cost of the goods. Without a known cost there is none."
    ),
}


def render(con: duckdb.DuckDBPyConnection) -> str:
    """The report on the KPIs that `con` sees; the same KPIs give the same text.

    Raises WarehouseError where a KPI table is missing.
    """
    what = scope(con)
    drawn = figures(con)
    contents = query(con, "contents", currency=what.currency, top=LISTED)
    scripts = [_libraries(), _own("script.js")]
    return _template().render(
        what=what,
        period=_period(what),
        health=health(query(con, "health"), what.currency),
        columns=COLUMNS,
        contents=_listed(contents, what),
        contents_in_all=contents[0]["contents"] if contents else 0,
        figures=drawn,
        charts={
            "specs": {figure.name: figure.drawing.to_dict() for figure in drawn if figure.drawing},
            "configs": {"light": theme.LIGHT, "dark": theme.DARK},
        },
        style=_own("style.css"),
        scripts=scripts,
        digests=[_digest(script) for script in scripts],
    )


def _period(what: Scope) -> str:
    if what.first_day is None or what.last_day is None:
        return "No days yet"
    return formats.days(what.first_day, what.last_day)


def _listed(rows: list[Row], what: Scope) -> list[dict[str, Any]]:
    """The table's rows as text, `share` of the best earner's revenue for the bar behind it."""
    best = max((row["attributed_revenue"] or Decimal(0) for row in rows), default=Decimal(0))
    return [
        {
            "title": row["title"],
            "about": " · ".join(
                part
                for part in (
                    formats.words(row["content_type"]) if row["content_type"] else None,
                    row["creator"],
                    formats.day(row["published_at"]) if row["published_at"] else None,
                )
                if part
            ),
            "is_mature": row["is_mature"],
            "figures": {
                "Views": formats.count(row["views"]),
                "Clicks": formats.count(row["clicks"]),
                "Conversions": formats.count(row["conversions"]),
                "Attributed revenue": formats.money(row["attributed_revenue"], what.currency),
                "ROI": formats.multiple(row["roi"]),
            },
            "share": max(0, (row["attributed_revenue"] or 0) / best) if best > 0 else 0,
        }
        for row in rows
    ]


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = formats.percent
    environment.filters["words"] = formats.words
    return environment.from_string(_own("template.html"))


@cache
def _own(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


@cache
def _libraries() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, out of vl-convert."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle


def _digest(script: str) -> str:
    """What the page's content security policy allows to run: these scripts, nothing else."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
