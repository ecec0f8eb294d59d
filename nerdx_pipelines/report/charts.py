"""The three charts of the report, as Vega-Lite specifications.

Each answers one question from the published KPI tables. Colours and fonts are in
`theme.py`, the page around them in `page.py`, pictures of them in `png.py`.
"""

from dataclasses import dataclass
from datetime import timedelta

import altair as alt
import duckdb

from nerdx_pipelines.report import formats, theme
from nerdx_pipelines.report.data import Row, Scope, query, scope

DAILY_LIMIT = 60  # days drawn one by one; longer periods are drawn by week
COMPARED = 12  # contents of the model comparison, creators of the leaderboard
ROW = 46  # pixels a content or creator: its words and its marks
OTHER = "All other content"
QUESTIONS = {
    "revenue_over_time": "What sells now?",
    "model_comparison": "Does the winner depend on the model?",
    "creators": "Whose content pays back most per post?",
}
Drawing = alt.LayerChart | alt.FacetChart


@dataclass(frozen=True)
class Figure:
    """One chart with its words; `drawing` is None where there is nothing to draw."""

    name: str
    question: str
    note: str  # how to read it, or why it is empty
    drawing: Drawing | None


def figures(con: duckdb.DuckDBPyConnection) -> list[Figure]:
    """The report's charts, drawn in the currency that content earned most in."""
    what = scope(con)
    if what.currency is None:
        return [
            Figure(name, question, "No purchase has been credited to content yet.", None)
            for name, question in QUESTIONS.items()
        ]
    return [draw(con, what) for draw in (revenue_over_time, model_comparison, creators)]


def revenue_over_time(con: duckdb.DuckDBPyConnection, what: Scope) -> Figure:
    """Attributed revenue by day or week, stacked by content; unfinished days faded."""
    found = query(
        con,
        "revenue_over_time",
        currency=what.currency,
        top=theme.SERIES,
        daily_limit=DAILY_LIMIT,
    )
    if not found:
        return _empty("revenue_over_time", f"No content earned anything in {what.currency} yet.")
    weekly = found[0]["weekly"]
    labels = _labels([row for row in found if row["content_id"]], "series")
    rows = [
        {
            "content": labels.get(row["series"], OTHER),
            "series": row["series"],
            "start": row["bin_start"].isoformat(),
            "end": (row["bin_end"] + timedelta(days=1)).isoformat(),
            "bottom": float(row["stacked"] - row["revenue"]),
            "top": float(row["stacked"]),
            "mature": row["is_mature"],
            "Content": labels.get(row["series"], OTHER),
            "Period": formats.days(row["bin_start"], row["bin_end"]),
            "Attributed": formats.money(row["revenue"], what.currency),
            "Status": "final" if row["is_mature"] else "not final yet",
        }
        for row in found
    ]
    order = [labels[series] for series in sorted(labels)]
    order += [OTHER] if any(row["series"] > theme.SERIES for row in found) else []
    bars = (
        alt.Chart()
        .mark_bar(style="segment")
        .encode(
            x=alt.X("start:T", scale=alt.Scale(type="utc"), axis=_day_axis(weekly)),
            x2="end",
            y=alt.Y(
                "bottom:Q",
                axis=alt.Axis(
                    title=f"Attributed revenue ({what.currency})",
                    format=_number_format(max(row["top"] for row in rows)),
                    tickCount=5,
                    domain=False,
                    ticks=False,
                ),
            ),
            y2="top",
            color=alt.Color("content:N", scale=alt.Scale(domain=order), legend=_legend(1)),
            opacity=alt.when("datum.mature").then(alt.value(1)).otherwise(alt.value(0.4)),
            tooltip=_tooltip("Content", "Period", "Attributed", "Status"),
        )
    )
    layers: list[alt.Chart] = [bars]
    if not all(row["mature"] for row in rows):
        layers.append(
            alt.Chart(alt.InlineData(values=[{}]))
            .mark_text(style="muted", align="right", baseline="bottom")
            .encode(text=alt.value("faded: not final yet"), x=alt.value("width"), y=alt.value(-6))
        )
    return _figure(
        "revenue_over_time",
        f"Revenue credited to content ({formats.words(what.model)} model) by "
        f"{'week, from Monday,' if weekly else 'day'} of purchase."
        + _immature_note(rows, what)
        + _currency_note(what),
        rows,
        layers,
        height=300,
    )


def model_comparison(con: duckdb.DuckDBPyConnection, what: Scope) -> Figure:
    """A dumbbell a content: what each model would give it, and how its rank moves."""
    found = query(con, "models", currency=what.currency, model=what.model, top=COMPARED)
    if not found:
        return _empty("model_comparison", f"No model has credited anything in {what.currency} yet.")
    labels = _labels(found, "content_rank")
    rows = [
        {
            "rank": row["content_rank"],
            "content": labels[row["content_rank"]],
            "model": formats.words(row["model"]),
            "revenue": float(row["revenue"]),
            "lowest": float(row["lowest"]),
            "highest": float(row["highest"]),
            "ranks": _ranks(row["best_rank"], row["worst_rank"]),
            "own": row["model"] == what.model,
            "Content": labels[row["content_rank"]],
            "Model": formats.words(row["model"]),
            "Attributed": formats.money(row["revenue"], what.currency),
            "Rank": str(row["revenue_rank"] or formats.MISSING),
        }
        for row in found
    ]
    models = sorted({row["model"] for row in rows}, key=lambda m: (m != _own(what), m))
    base = alt.Chart().encode(y=_row_scale("rank:O"))
    layers = [
        base.mark_rule(style="range").encode(
            x=alt.X(
                "lowest:Q",
                axis=_money_axis(what, max(row["highest"] for row in rows)),
                scale=alt.Scale(zero=True),
            ),
            x2="highest",
        ),
        base.mark_point(style="dot", filled=True, opacity=1).encode(
            x="revenue:Q",
            color=alt.Color("model:N", scale=alt.Scale(domain=models), legend=_legend(2)),
            shape=alt.Shape("model:N", scale=alt.Scale(domain=models)),
            size=alt.when("datum.own").then(alt.value(150)).otherwise(alt.value(65)),
            tooltip=_tooltip("Content", "Model", "Attributed", "Rank"),
        ),
        *_headings({row["rank"]: (row["content"], row["ranks"]) for row in rows}),
    ]
    return _figure(
        "model_comparison",
        f"Each mark is what one model gives a content; the large one, {_own(what)}, is this "
        "report's. Marks close together: the answer does not hang on the model. On the right, its "
        "best and worst rank among all content." + _currency_note(what),
        rows,
        layers,
        height=ROW * found[-1]["content_rank"],
    )


def creators(con: duckdb.DuckDBPyConnection, what: Scope) -> Figure:
    """A bar a creator: mean revenue of a post, with the median, posts and best format."""
    found = query(con, "creators", currency=what.currency, top=COMPARED)
    if not any(row["attributed_revenue"] for row in found):
        return _empty("creators", f"No creator has earned anything in {what.currency} yet.")
    rows = [
        {
            "rank": rank,
            "creator": row["creator"],
            "mean": float(row["revenue_per_content"]),
            "median": _float(row["median_revenue_per_content"]),
            "details": _posts(row),
            "Creator": row["creator"],
            "Per post": formats.money(row["revenue_per_content"], what.currency),
            "Median post": formats.money(row["median_revenue_per_content"], what.currency),
            "Posts": formats.count(row["contents"]),
            "In all": formats.money(row["attributed_revenue"], what.currency),
            "ROI": formats.multiple(row["roi"]),
            "Best format": formats.words(row["best_content_type"]),
        }
        for rank, row in enumerate(found, 1)
    ]
    base = alt.Chart().encode(y=_row_scale("rank:O"))
    tooltip = _tooltip(
        "Creator", "Per post", "Median post", "Posts", "In all", "ROI", "Best format"
    )
    layers = [
        base.mark_bar(style="accent", height=12, cornerRadiusEnd=3).encode(
            x=alt.X(
                "mean:Q",
                axis=_money_axis(what, max(row["mean"] for row in rows), "Revenue per post"),
            ),
            tooltip=tooltip,
        ),
        base.mark_tick(style="median", height=18, thickness=2).encode(
            x="median:Q", tooltip=tooltip
        ),
        *_headings({row["rank"]: (row["creator"], row["details"]) for row in rows}),
    ]
    return _figure(
        "creators",
        "Bars: mean attributed revenue of a post. Upright line: the median post; far left of the "
        "bar's end, few posts earn most of it." + _currency_note(what),
        rows,
        layers,
        height=ROW * len(rows),
    )


def _figure(name: str, note: str, rows: list[Row], layers: list[alt.Chart], height: int) -> Figure:
    drawing = alt.layer(*layers, data=alt.InlineData(values=rows)).properties(
        width="container",
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        description=f"{QUESTIONS[name]} {note}",
    )
    return Figure(name, QUESTIONS[name], note, drawing)


def _empty(name: str, reason: str) -> Figure:
    return Figure(name, QUESTIONS[name], reason, None)


def _labels(rows: list[Row], key: str) -> dict[int, str]:
    """Titles by series; two contents of one title are told apart by id."""
    titles = {row[key]: (row["title"], row["content_id"]) for row in rows}
    names = [title for title, _ in titles.values()]
    return {
        series: title if names.count(title) == 1 else f"{title} ({content_id})"
        for series, (title, content_id) in titles.items()
    }


def _headings(words: dict[int, tuple[str, str]]) -> list[alt.Chart]:
    """Words above each row, so that a phone keeps its whole width for the marks."""
    rows = [{"rank": rank, "left": left, "right": right} for rank, (left, right) in words.items()]
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=_row_scale("rank:O"))
    return [
        base.mark_text(
            style="strong", align="left", baseline="bottom", dy=-9, limit=alt.expr("width * 0.62")
        ).encode(x=alt.value(0), text="left:N"),
        base.mark_text(
            style="muted", align="right", baseline="bottom", dy=-9, limit=alt.expr("width * 0.36")
        ).encode(x=alt.value("width"), text="right:N"),
    ]


def _row_scale(field: str) -> alt.Y:
    return alt.Y(field, axis=None, scale=alt.Scale(paddingInner=0.2, paddingOuter=0.35))


def _day_axis(weekly: bool) -> alt.Axis:
    title = "Week of purchase" if weekly else "Day of purchase"
    return alt.Axis(
        title=title, grid=False, labelOverlap=True, tickCount=alt.expr("max(3, width / 90)")
    )


def _money_axis(what: Scope, largest: float, title: str = "Attributed revenue") -> alt.Axis:
    return alt.Axis(
        title=f"{title} ({what.currency})",
        format=_number_format(largest),
        tickCount=alt.expr("max(3, width / 110)"),
        domain=False,
        ticks=False,
    )


def _number_format(largest: float) -> str:
    return "~s" if largest >= 10_000 else ",~r"


def _legend(narrow_columns: int) -> alt.Legend:
    columns = f"(width < 480 ? {narrow_columns} : 4)"
    return alt.Legend(
        title=None,
        orient="bottom",
        columns=alt.expr(columns),
        labelLimit=alt.expr(f"width / {columns} - 36"),
        symbolOpacity=1,
    )


def _tooltip(*fields: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{field}:N") for field in fields]


def _own(what: Scope) -> str:
    return formats.words(what.model)


def _ranks(best: int | None, worst: int | None) -> str:
    if best is None or worst is None:
        return ""
    return f"rank {best}" if best == worst else f"ranks {best}–{worst}"


def _posts(row: Row) -> str:
    posts = f"{formats.count(row['contents'])} {'post' if row['contents'] == 1 else 'posts'}"
    best = row["best_content_type"]
    return f"{posts} · best: {formats.words(best)}" if best else posts


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))


def _immature_note(rows: list[Row], what: Scope) -> str:
    if all(row["mature"] for row in rows):
        return ""
    window = f"{what.window_days}-day " if what.window_days else ""
    return f" Faded parts can still change: their {window}window or late data is still open."


def _currency_note(what: Scope) -> str:
    if not what.other_currencies:
        return ""
    return f" Only {what.currency} is drawn; not {', '.join(what.other_currencies)}."
