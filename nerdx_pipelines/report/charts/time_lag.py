"""Time lag: how long before the purchase was the touch; is the window right?"""

from nerdx_pipelines.report.data import Scope
from nerdx_pipelines.report.parts import Drawing, Figure, amounts, mark, name, quantity, tooltip

FIELDS = {
    "Days before": ("lag_days", "days"),
    "Lines so far": ("share_within", "percent"),
    "Net revenue": ("net_revenue", "money"),
    "Order lines": ("order_lines", "count"),
}


def lag_last(scope: Scope) -> Figure:
    """Days from the last touch to the purchase."""
    return _lag(scope, "last", "Last touch")


def lag_first(scope: Scope) -> Figure:
    """Days from the first touch to the purchase."""
    return _lag(scope, "first", "First touch")


def _lag(scope: Scope, touch: str, label: str) -> Figure:
    window = scope.window_days or 0
    bars: Drawing = {
        "transform": [{"calculate": "0", "as": "nothing"}],
        "mark": mark("bar", ["accent", "segment"]),
        "encoding": {
            "x": quantity(
                "lag_days",
                scale={"domain": [0, window + 0.5], "nice": False},
                axis={
                    "title": f"Days from the {touch} touch to the purchase",
                    "grid": False,
                    "tickMinStep": 1,
                    "format": "d",
                },
            ),
            "x2": {"field": "next_day"},
            "y": quantity("nothing", axis=amounts("Order lines", "4")),
            "y2": {"field": "order_lines"},
            **tooltip(*FIELDS),
        },
    }
    markers = [
        _marker("half_within", "'median ' + datum.days", "marker", 0),
        _marker("most_within", "'90 % ' + datum.days", "marker", 1),
        _marker("window", f"'window {window} d'", "edge", 2),
    ]
    return Figure(
        name=f"lag_{touch}",
        question="Is the window right?",
        label=label,
        note=f"Credited order lines by the days between their {touch} touch and the purchase; "
        f"only touches within the {window}-day window count. Bars that have not come down at the "
        "window's edge: a longer window would credit more.",
        empty="No purchase has been credited to content yet.",
        data="time_lag",
        where={"touch": touch},
        fields=FIELDS,
        layers=[bars, *markers],
        height=220,
    )


def _marker(column: str, words: str, style: str, line: int) -> Drawing:
    """An upright line at the largest value of the column, and its words in a line of their own."""
    return {
        "transform": [
            # Under a name of its own: Vega-Lite merges aggregates that differ in nothing else.
            {
                "aggregate": [{"op": "max", "field": column, "as": f"at_{column}"}],
                "groupby": ["is_exact"],
            },
            {"calculate": f"datum.at_{column}", "as": "at"},
            {
                "calculate": "(datum.is_exact ? format(datum.at, '.1f') : '≤ ' + datum.at) + ' d'",
                "as": "days",
            },
            {"calculate": words, "as": "text"},
        ],
        "layer": [
            {"mark": mark("rule", style, aria=False), "encoding": {"x": quantity("at")}},
            {
                "mark": mark("text", "marked", aria=False, dy=14 * (line - 3), align="right", dx=3),
                "encoding": {"x": quantity("at"), "y": {"value": 0}, "text": name("text")},
            },
        ],
    }
