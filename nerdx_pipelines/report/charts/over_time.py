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
    """By the day of the purchase, as it stands today."""
    return _over_time(
        scope,
        "revenue_over_time",
        "purchase",
        "By purchase",
        "of purchase",
        "Hatched days are recent: late views and refunds may still change them.",
    )


def cash_over_time(scope: Scope) -> Figure:
    """By the day that money moved."""
    return _over_time(
        scope,
        "cash_over_time",
        "cash",
        "Cash",
        "that money moved",
        "As it was sold that day, less what refunds and cancellations took back that day.",
    )


def accrual_over_time(scope: Scope) -> Figure:
    """By the day of the last touch."""
    return _over_time(
        scope,
        "accrual_over_time",
        "accrual",
        "By touch",
        "of the last touch",
        "What that day's audience was worth. Hatched days: their buyers' windows are not over.",
    )


def _over_time(
    scope: Scope, figure: str, basis: str, label: str, of_what: str, reading: str
) -> Figure:
    """Bars a day or week, stacked by content; a hatched band over what may still change."""
    bins = f"Week {of_what}" if scope.weekly else f"Day {of_what}"
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
            "x": _days(scope, bins),
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
        "encoding": {"x": _days(scope, bins), "x2": {"field": "end_day"}},
    }
    said: Drawing = {
        "transform": [*unfinished, {"filter": "datum.end_day > datum.first_day"}],
        "mark": mark("text", "aside", aria=False, dy=-2, baseline="bottom"),
        "encoding": {
            "x": {"value": "width"},
            "y": {"value": 0},
            "text": {"value": "hatched: not final yet"},
        },
    }
    return Figure(
        name=figure,
        label=label,
        where={"basis": basis},
        question="What sells now?",
        note=f"Revenue credited to content ({words(scope.model)} model) by {bins.lower()}"
        f"{', from Monday' if scope.weekly else ''}. {reading}",
        empty="No purchase has been credited to content yet.",
        data="revenue_over_time",
        fields=fields,
        layers=[bars, band, said],
        height=300,
    )


def _period(scope: Scope) -> tuple[int, int]:
    """The beginning of the first day and the end of the last, in milliseconds of UTC."""
    if scope.first_day is None or scope.last_day is None:
        return 0, 0
    start = int(datetime.combine(scope.first_day, time(), UTC).timestamp() * 1000)
    return start, start + ((scope.last_day - scope.first_day).days + 1) * DAY


def _days(scope: Scope, title: str) -> Drawing:
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
            "title": title,
            "grid": False,
            "labelOverlap": True,
            # More ticks than days would be hours.
            "tickCount": {"expr": f"min({(end - start) // DAY}, max(3, width / 90))"},
        },
    }
