"""The three charts of the report, as Vega-Lite specifications.

Each answers one question from the published KPI tables. Colours and fonts are in
`theme.py`, the page around them in `page.py`, pictures of them in `png.py`.
"""

from dataclasses import dataclass
from datetime import timedelta

import altair as alt
import duckdb

from nerdx_pipelines.report import formats, parts, theme
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
    labels = _labels([row for row in found if row["content_id"]], "series")
    if any(row["content_id"] is None for row in found):
        labels[theme.SERIES + 1] = OTHER
    rows = []
    for row in found:
        content = labels[row["series"]]
        period = formats.days(row["bin_start"], row["bin_end"])
        revenue = formats.money(row["revenue"], what.currency)
        status = "final" if row["is_mature"] else "not final yet"
        rows.append(
            {
                "start": row["bin_start"].isoformat(),
                "end": (row["bin_end"] + timedelta(days=1)).isoformat(),
                "bottom": float(row["stacked"] - row["revenue"]),
                "top": float(row["stacked"]),
                "mature": row["is_mature"],
                "words": parts.described(content, period, status, revenue),
                "Content": content,
                "Period": period,
                "Attributed": revenue,
                "Status": status,
            }
        )
    weekly = found[0]["weekly"]
    largest = max(row["top"] for row in rows)
    bars = (
        alt.Chart()
        .mark_bar(style="segment")
        .encode(
            x=parts.days(found[0]["first_day"], found[0]["last_day"], weekly),
            x2="end",
            y=alt.Y(
                "bottom:Q", axis=parts.money_axis("Attributed revenue", what.currency, largest, "5")
            ),
            y2="top",
            color=alt.Color(
                "Content:N",
                scale=alt.Scale(domain=[labels[series] for series in sorted(labels)]),
                legend=parts.legend(1),
            ),
            opacity=alt.when("datum.mature").then(alt.value(1)).otherwise(alt.value(0.4)),
            description="words:N",
            tooltip=parts.tooltip("Content", "Period", "Attributed", "Status"),
        )
    )
    unfinished = (
        alt.Chart(alt.InlineData(values=[{}]))
        .mark_text(style="aside", aria=False)
        .encode(text=alt.value("faded: not final yet"), x=alt.value("width"), y=alt.value(3))
    )
    settled = all(row["mature"] for row in rows)
    return _figure(
        "revenue_over_time",
        f"Revenue credited to content ({formats.words(what.model)} model) by "
        f"{'week of purchase, from Monday' if weekly else 'day of purchase'}."
        + ("" if settled else " Faded parts are recent: late views and refunds may change them.")
        + _currency_note(what),
        rows,
        [bars] if settled else [bars, unfinished],
        height=300,
    )


def model_comparison(con: duckdb.DuckDBPyConnection, what: Scope) -> Figure:
    """A dumbbell a content: what each model would give it, and how its rank moves."""
    found = query(con, "models", currency=what.currency, model=what.model, top=COMPARED)
    if not found:
        return _empty("model_comparison", f"No model has credited anything in {what.currency} yet.")
    labels = _labels(found, "content_rank")
    spans = {
        row["content_rank"]: {
            "rank": row["content_rank"],
            "lowest": float(row["lowest"]),
            "highest": float(row["highest"]),
            "left": labels[row["content_rank"]],
            "right": _ranks(row["best_rank"], row["worst_rank"]),
        }
        for row in found
    }
    rows = []
    for row in found:
        content = labels[row["content_rank"]]
        model = formats.words(row["model"])
        revenue = formats.money(row["revenue"], what.currency)
        rows.append(
            {
                "rank": row["content_rank"],
                "revenue": float(row["revenue"]),
                "own": row["model"] == what.model,
                "words": parts.described(content, model, revenue),
                "Content": content,
                "Model": model,
                "Attributed": revenue,
                "Rank": str(row["revenue_rank"]),
            }
        )
    own = formats.words(what.model)
    models = sorted({row["Model"] for row in rows}, key=lambda model: (model != own, model))
    axis = parts.money_axis(
        "Attributed revenue", what.currency, max(span["highest"] for span in spans.values())
    )
    scale = alt.Scale(domain=models)
    span = parts.rows(list(spans.values()))
    layers = [
        span.mark_rule(style="range", aria=False).encode(
            x=alt.X("lowest:Q", axis=axis, scale=alt.Scale(zero=True)), x2="highest"
        ),
        parts.rows()
        .mark_point(style="dot", filled=True, opacity=1)
        .encode(
            x="revenue:Q",
            color=alt.Color("Model:N", scale=scale, legend=parts.legend(2)),
            shape=alt.Shape("Model:N", scale=scale),
            size=alt.when("datum.own").then(alt.value(150)).otherwise(alt.value(65)),
            description="words:N",
            tooltip=parts.tooltip("Content", "Model", "Attributed", "Rank"),
        ),
        *parts.headings(span),
    ]
    return _figure(
        "model_comparison",
        f"Each mark is what one model gives a content; the large one, {own}, is this report's. "
        "Marks close together: the answer does not hang on the model. On the right, its best and "
        "worst rank among all content." + _currency_note(what),
        rows,
        layers,
        height=ROW * len(spans),
    )


def creators(con: duckdb.DuckDBPyConnection, what: Scope) -> Figure:
    """A bar a creator: mean revenue of a post, with the median, posts and best format."""
    found = query(con, "creators", currency=what.currency, top=COMPARED)
    if not any(row["attributed_revenue"] for row in found):
        return _empty("creators", f"No creator has earned anything in {what.currency} yet.")
    rows = []
    for rank, row in enumerate(found, 1):
        mean = formats.money(row["revenue_per_content"], what.currency)
        median = formats.money(row["median_revenue_per_content"], what.currency)
        rows.append(
            {
                "rank": rank,
                "mean": float(row["revenue_per_content"]),
                "median": float(row["median_revenue_per_content"]),
                "left": row["creator"],
                "right": _posts(row),
                "mean_words": parts.described(row["creator"], "mean post", mean),
                "median_words": parts.described(row["creator"], "median post", median),
                "Creator": row["creator"],
                "Mean post": mean,
                "Median post": median,
                "Posts": formats.count(row["contents"]),
                "In all": formats.money(row["attributed_revenue"], what.currency),
                "ROI": formats.multiple(row["roi"]),
                "Best format": formats.words(row["best_content_type"]),
            }
        )
    axis = parts.money_axis("Revenue per post", what.currency, max(row["mean"] for row in rows))
    base = parts.rows().encode(
        tooltip=parts.tooltip(
            *("Creator", "Mean post", "Median post", "Posts", "In all", "ROI", "Best format")
        )
    )
    layers = [
        base.mark_bar(style="accent", height=12, cornerRadiusEnd=3).encode(
            x=alt.X("mean:Q", axis=axis), description="mean_words:N"
        ),
        base.mark_tick(style="median", height=18, thickness=2, opacity=1).encode(
            x="median:Q", description="median_words:N"
        ),
        *parts.headings(parts.rows()),
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


def _ranks(best: int, worst: int) -> str:
    return f"rank {best}" if best == worst else f"ranks {best}–{worst}"


def _posts(row: Row) -> str:
    posts = f"{formats.count(row['contents'])} {'post' if row['contents'] == 1 else 'posts'}"
    best = row["best_content_type"]
    return f"{posts} · best: {formats.words(best)}" if best else posts


def _currency_note(what: Scope) -> str:
    if not what.other_currencies:
        return ""
    return f" Only {what.currency} is drawn; not {', '.join(what.other_currencies)}."
