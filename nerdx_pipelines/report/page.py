"""The report: one HTML file that needs neither network nor server.

The file holds the figures once, as data; its scripts make the pages of them. The health strip is
written here, so that it is there without scripts too.
"""

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from nerdx_pipelines.kpi_definitions import definition, find
from nerdx_pipelines.money import minor_digits
from nerdx_pipelines.report import charts, formats, sections, tables, theme
from nerdx_pipelines.report.charts.paths import flows
from nerdx_pipelines.report.columns import Column, Table
from nerdx_pipelines.report.data import Row, Scope, as_text, datasets, packed, query, scopes
from nerdx_pipelines.report.health import Health, health
from nerdx_pipelines.report.library import library
from nerdx_pipelines.report.parts import Figure
from nerdx_pipelines.report.words import GLOSSARY, INTERVAL, NEW, SMALL

TITLE = "Which content sold what"
SCRIPTS = ("format", "dom", "data", "table", "chart", "summary", "page")


@dataclass(frozen=True)
class Report:
    """What one report shows: a scope a currency, the shop's own first, and the rows of each."""

    scopes: list[Scope]
    data: list[dict[str, list[Row]]]
    platform: list[Row]
    health: Health

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection) -> "Report":
        """Everything from the KPIs that `con` sees; WarehouseError where a table is missing."""
        covered = scopes(con)
        return cls(
            scopes=covered,
            data=[_data(con, scope) for scope in covered],
            platform=[
                row | {"means": find("platform_kpis", row["metric"]) or ""}
                for row in as_text(query(con, "platform"), 0)
            ],
            health=health(query(con, "health"), covered[0].currency),
        )

    @property
    def main(self) -> dict[str, list[Row]]:
        """Rows in the shop's own currency."""
        return self.data[0]

    @property
    def figures(self) -> list[Figure]:
        """Charts in the shop's own currency."""
        return charts.figures(self.scopes[0])

    def html(self, folder: Path | None = None) -> str:
        """The file; the same KPIs give the same text. `folder` keeps the charts' library."""
        main = self.scopes[0]
        scripts = [library(folder), "\n".join(_own(f"script/{name}.js") for name in SCRIPTS)]
        return _template().render(
            title=TITLE,
            what=main,
            currencies=[scope.currency for scope in self.scopes],
            period=_period(main),
            health=self.health,
            glossary=GLOSSARY,
            data=_json(self._blob()),
            style=_own("style.css"),
            scripts=scripts,
            digests=[_digest(script) for script in scripts],
        )

    def _blob(self) -> dict[str, Any]:
        return {
            "title": TITLE,
            "full_title": f"{TITLE} · {_period(self.scopes[0])}",
            "words": {"new": NEW, "small": SMALL, "interval": INTERVAL},
            "configs": {"light": theme.LIGHT, "dark": theme.DARK},
            "sections": {
                "shop": [asdict(section) for section in sections.SHOP],
                "creator": [asdict(section) for section in sections.CREATOR],
            },
            "tables": {table.name: _table(table) for table in tables.TABLES},
            "platform": packed(self.platform),
            "scopes": [
                {
                    "currency": scope.currency,
                    "digits": minor_digits(scope.currency or ""),
                    "figures": [_figure(figure) for figure in charts.figures(scope)],
                    "data": {name: packed(rows) for name, rows in found.items()},
                }
                for scope, found in zip(self.scopes, self.data, strict=True)
            ],
        }


def _data(con: duckdb.DuckDBPyConnection, scope: Scope) -> dict[str, list[Row]]:
    found = datasets(con, scope)
    return found | {"flows": flows(found["paths"])}


def _period(what: Scope) -> str:
    if what.first_day is None or what.last_day is None:
        return "No days yet"
    return formats.days(what.first_day, what.last_day)


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "question": figure.question,
        "label": figure.label,
        "note": figure.note,
        "empty": figure.empty,
        "data": figure.data,
        "where": figure.where,
        "known": figure.known,
        "first": figure.first,
        "height": figure.height,
        "step": figure.step,
        "by": figure.by,
        "fields": [[label, *what] for label, what in figure.fields.items()],
        "drawing": figure.drawing,
    }


def _table(table: Table) -> dict[str, Any]:
    columns = [asdict(column) | {"means": _means(table, column)} for column in table.columns]
    return asdict(table) | {"columns": columns}


def _means(table: Table, column: Column) -> str:
    if column.kind in ("content", "creator", "metric"):  # what the row is
        return ""
    return column.means or definition(table.kpi, column.defined)


def _json(blob: dict[str, Any]) -> str:
    """JSON that no text in it can end the script element of."""
    text = json.dumps(blob, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


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


def _digest(script: str) -> str:
    """What the page's content security policy allows to run: these scripts, nothing else."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
