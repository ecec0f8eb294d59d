"""Parts the charts share: what a figure is, axes, legends, tooltips, the words above a row.

They know widths and words, and neither data nor colours. Drawings are Vega-Lite; the page and
`png.py` put the rows in.
"""

from dataclasses import dataclass, field
from typing import Any

from nerdx_pipelines.report.data import Row

Drawing = dict[str, Any]

ROW = 46  # pixels a row: its words and its marks
TYPES = {"money", "count", "multiple", "percent"}  # of fields that are numbers


@dataclass(frozen=True)
class Figure:
    """One chart with its words, for every currency and page."""

    name: str
    question: str
    note: str  # how to read it
    empty: str  # why there is nothing to draw
    data: str  # the dataset
    fields: dict[str, tuple[str, str]]  # a mark in words: label → column of the row, kind
    layers: list[Drawing]
    step: int = ROW  # pixels a row of the drawing …
    by: str = "place"  # … of which there is one for each value of this column
    height: int = 0  # pixels, if not by rows
    where: dict[str, str] = field(default_factory=dict)  # the rows that it draws: of these values,
    known: str = ""  # where this is known,
    first: int | None = None  # the first so many
    label: str = ""  # its name among the charts of one question

    @property
    def drawing(self) -> Drawing:
        """Vega-Lite that lacks its dataset `rows` and its height."""
        parse = {
            column: "number" for column, kind in self.fields.values() if kind in TYPES
        } | NUMBERS
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "description": f"{self.question} {self.note}",
            "data": {"name": "rows", "format": {"parse": parse}},
            "width": "container",
            "autosize": {"type": "fit-x", "contains": "padding"},
            "layer": self.layers,
        }

    def rows(self, rows: list[Row]) -> list[Row]:
        """The rows that it draws for the whole shop."""
        wanted = {"page": None, **self.where}
        drawn = [
            row
            for row in rows
            if all(row.get(key) == value for key, value in wanted.items())
            and (not self.known or row[self.known] is not None)
        ]
        return drawn[: self.first]

    def tall(self, rows: list[Row]) -> int:
        """Pixels of height that these rows need."""
        return self.height or self.step * len({row[self.by] for row in rows})


# Values that no tooltip shows as they are.
NUMBERS = {"low": "number", "high": "number", "first_day": "date", "last_day": "date"}


def mark(kind: str, style: str | list[str], **how: Any) -> Drawing:
    """A mark that is described in words, unless `aria=False`."""
    return {"type": kind, "style": style, **how}


def quantity(column: str, **how: Any) -> Drawing:
    """A channel of numbers."""
    return {"field": column, "type": "quantitative", **how}


def name(column: str, **how: Any) -> Drawing:
    """A channel of names."""
    return {"field": column, "type": "nominal", **how}


def tooltip(*labels: str) -> Drawing:
    """The words of a mark, seen and heard; the page writes them."""
    return {
        "tooltip": [name(label, title=label) for label in labels],
        "description": name("words"),
    }


def place(column: str = "place") -> Drawing:
    """A row a `place`, from the top; its words stand above its marks."""
    scale = {"type": "band", "paddingInner": 0.2, "paddingOuter": 0.35}
    return {"field": column, "type": "ordinal", "axis": None, "scale": scale}


def headings(left: str, right: str, y: Drawing, *before: Drawing) -> list[Drawing]:
    """Words above each row, so that a phone keeps its width for the marks.

    `left` and `right` are Vega expressions, on what the transforms `before` make of the rows.
    """
    return [
        {
            "transform": [
                *before,
                {"calculate": words, "as": "heading"},
                {"aggregate": [], "groupby": [y["field"], "heading"]},
            ],
            "mark": mark("text", style, limit={"expr": limit}, aria=False),
            "encoding": {"x": {"value": start}, "y": y, "text": name("heading")},
        }
        for words, style, start, limit in (
            (left, "heading", 0, "width * 0.62"),
            (right, "aside", "width", "width * 0.36"),
        )
    ]


def amounts(title: str, ticks: str = "max(3, width / 110)") -> Drawing:
    """The axis of money or counts; `ticks` is a Vega expression of how many."""
    return {
        "title": title,
        "labelExpr": "format(datum.value, abs(datum.value) >= 10000 ? '~s' : ',~r')",
        "tickCount": {"expr": ticks},
        "domain": False,
        "ticks": False,
    }


def legend(narrow_columns: int) -> Drawing:
    """A legend below the chart: four columns, or `narrow_columns` on a phone."""
    columns = f"(width < 480 ? {narrow_columns} : 4)"
    return {
        "title": None,
        "orient": "bottom",
        "columns": {"expr": columns},
        "labelLimit": {"expr": f"width / {columns} - 36"},
        "symbolOpacity": 1,
    }
