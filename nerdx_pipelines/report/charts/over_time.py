"""Revenue over time: what sells now?"""

from datetime import UTC, datetime, time

from nerdx_pipelines.report.data import Scope
from nerdx_pipelines.report.formats import words
from nerdx_pipelines.report.parts import (
    Drawing,
    Figure,
    amounts,
    legend,
    mark,
    name,
    quantity,
    tooltip,
)

DAY = 86_400_000  # milliseconds


def revenue_over_time(scope: Scope) -> Figure:
    """Bars a day or week, stacked by content; a hatched band over what may still change."""
    bins = "week of purchase, from Monday" if scope.weekly else "day of purchase"
    fields = {
        "Content": ("label", "text"),
        "Period": ("first_day", "period"),
        "Status": ("is_mature", "final"),
        "Attributed": ("revenue", "money"),
    }
    end = {"calculate": f"toDate(+datum.last_day + {DAY})", "as": "end_day"}
    bars: Drawing = {
        "transform": [
            end,
            {
                "stack": "revenue",
                "groupby": ["first_day"],
                "sort": [{"field": "series"}],
                "as": ["below", "above"],
            },
        ],
        "mark": mark("bar", "segment"),
        "encoding": {
            "x": _days(scope),
            "x2": {"field": "end_day"},
            "y": quantity("below", axis=amounts(f"Attributed revenue ({scope.currency})", "5")),
            "y2": {"field": "above"},
            "color": name("label", sort={"field": "series", "op": "min"}, legend=legend(1)),
            **tooltip(*fields),
        },
    }
    _, period_end = _period(scope)
    unfinished = [  # one row: from the first such day to the end; of no width if there is none
        {"calculate": f"datum.is_mature ? {period_end} : +datum.first_day", "as": "open"},
        {"aggregate": [{"op": "min", "field": "open", "as": "from"}]},
        # As the bars' are named: Vega-Lite takes a minimum for a number and would warn.
        {"calculate": "toDate(datum.from)", "as": "first_day"},
        {"calculate": f"toDate({period_end})", "as": "end_day"},
    ]
    band: Drawing = {
        "transform": unfinished,
        "mark": mark("rect", "hatched", aria=False),
        "encoding": {"x": _days(scope), "x2": {"field": "end_day"}},
    }
    label: Drawing = {
        "transform": [*unfinished, {"filter": "datum.end_day > datum.first_day"}],
        "mark": mark("text", "aside", aria=False, dy=-2, baseline="bottom"),
        "encoding": {
            "x": {"value": "width"},
            "y": {"value": 0},
            "text": {"value": "hatched: not final yet"},
        },
    }
    return Figure(
        name="revenue_over_time",
        question="What sells now?",
        note=f"Revenue credited to content ({words(scope.model)} model) by {bins}. Hatched days "
        "are recent: late views and refunds may still change them.",
        empty="No purchase has been credited to content yet.",
        data="revenue_over_time",
        fields=fields,
        layers=[bars, band, label],
        height=300,
    )


def _period(scope: Scope) -> tuple[int, int]:
    """The beginning of the first day and the end of the last, in milliseconds of UTC."""
    if scope.first_day is None or scope.last_day is None:
        return 0, 0
    start = int(datetime.combine(scope.first_day, time(), UTC).timestamp() * 1000)
    return start, start + ((scope.last_day - scope.first_day).days + 1) * DAY


def _days(scope: Scope) -> Drawing:
    """The axis over the period."""
    start, end = _period(scope)
    return {
        "field": "first_day",
        "type": "temporal",
        # As expressions: Vega's interpreter, unlike its compiler, misreads a number as a year.
        "scale": {
            "type": "utc",
            "domainMin": {"expr": f"{start}"},
            "domainMax": {"expr": f"{end}"},
        },
        "axis": {
            "title": "Week of purchase" if scope.weekly else "Day of purchase",
            "grid": False,
            "labelOverlap": True,
            # More ticks than days would be hours.
            "tickCount": {"expr": f"min({(end - start) // DAY}, max(3, width / 90))"},
        },
    }
