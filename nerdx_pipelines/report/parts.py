"""Parts the charts share: axes, legends, tooltips and the words above a row.

They know widths and words, and neither data nor colours.
"""

from datetime import UTC, date, datetime, time

import altair as alt

from nerdx_pipelines.report.data import Row

DAY = 86_400_000  # milliseconds


def rows(data: list[Row] | None = None) -> alt.Chart:
    """A chart with a row a `rank`; of `data`, or of the data of the layers around it."""
    chart = alt.Chart(alt.InlineData(values=data)) if data else alt.Chart()
    scale = alt.Scale(paddingInner=0.2, paddingOuter=0.35)
    return chart.encode(y=alt.Y("rank:O", axis=None, scale=scale))


def headings(base: alt.Chart) -> list[alt.Chart]:
    """`left` and `right` as words above each row: a phone keeps its whole width for the marks."""
    return [
        base.mark_text(style=style, limit=alt.expr(limit), aria=False).encode(
            x=alt.value(start), text=f"{side}:N"
        )
        for side, style, start, limit in (
            ("left", "heading", 0, "width * 0.62"),
            ("right", "aside", "width", "width * 0.36"),
        )
    ]


def days(first: date, last: date, weekly: bool) -> alt.X:
    """The axis of `start`, from the beginning of the first day to the end of the last, in UTC."""
    count = (last - first).days + 1
    start = int(datetime.combine(first, time(), UTC).timestamp() * 1000)
    return alt.X(
        "start:T",
        # As expressions: Vega's interpreter, unlike its compiler, misreads a number as a year.
        scale=alt.Scale(
            type="utc",
            domainMin=alt.expr(f"{start}"),
            domainMax=alt.expr(f"{start + count * DAY}"),
        ),
        axis=alt.Axis(
            title="Week of purchase" if weekly else "Day of purchase",
            grid=False,
            labelOverlap=True,
            # More ticks than days would be hours.
            tickCount=alt.expr(f"min({count}, max(3, width / 90))"),
        ),
    )


def money_axis(
    title: str, currency: str | None, largest: float, ticks: str = "max(3, width / 110)"
) -> alt.Axis:
    """Amounts up to `largest`; `ticks` is a Vega expression of how many."""
    return alt.Axis(
        title=f"{title} ({currency})",
        format="~s" if largest >= 10_000 else ",~r",
        tickCount=alt.expr(ticks),
        domain=False,
        ticks=False,
    )


def legend(narrow_columns: int) -> alt.Legend:
    """A legend below the chart: four columns, or `narrow_columns` on a phone."""
    columns = f"(width < 480 ? {narrow_columns} : 4)"
    return alt.Legend(
        title=None,
        orient="bottom",
        columns=alt.expr(columns),
        labelLimit=alt.expr(f"width / {columns} - 36"),
        symbolOpacity=1,
    )


def tooltip(*fields: str) -> list[alt.Tooltip]:
    """Fields shown as they are: they hold text already."""
    return [alt.Tooltip(f"{field}:N") for field in fields]


def described(*words: str) -> str:
    """A mark in words, for those who hear the chart."""
    return f"{', '.join(words[:-1])}: {words[-1]}"
