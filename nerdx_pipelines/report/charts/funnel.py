"""The funnel: where do people drop out between seeing content and buying?"""

from nerdx_pipelines.report.data import Scope
from nerdx_pipelines.report.parts import Drawing, Figure, mark, place, quantity, tooltip

STEPS = {  # column: heading
    "unique_viewers": "Viewers",
    "unique_clickers": "Clickers",
    "buyers": "Buyers",
    "attributed_revenue": "Revenue",
}
FIELDS = {
    "Of": ("label", "text"),
    "Viewers": ("unique_viewers", "count"),
    "Clickers": ("unique_clickers", "count"),
    "Buyers": ("buyers", "count"),
    "Attributed revenue": ("attributed_revenue", "money"),
}


def funnel_types(scope: Scope) -> Figure:
    """The funnel of each content type."""
    return _funnel(scope, "funnel_types", "type", "By type")


def funnel_contents(scope: Scope) -> Figure:
    """The funnel of each of the contents that most people saw."""
    return _funnel(scope, "funnel_contents", "content", "Most seen content")


def _funnel(scope: Scope, figure: str, level: str, label: str) -> Figure:
    """Four panels on one axis, each a unit wide and scaled to its own longest bar."""
    columns = list(STEPS)
    axis: Drawing = {
        "orient": "top",
        "title": None,
        "values": list(range(len(STEPS))),
        "labelExpr": f"{list(STEPS.values())!r}[datum.value]",
        "labelAlign": "left",
        "grid": False,
        "domain": False,
        "ticks": False,
    }
    x = {"axis": axis, "scale": {"domain": [0, len(STEPS)], "nice": False}}
    base: list[Drawing] = [
        {"fold": columns, "as": ["step", "amount"]},
        {"joinaggregate": [{"op": "max", "field": "amount", "as": "most"}], "groupby": ["step"]},
        {"calculate": f"indexof({columns!r}, datum.step)", "as": "start"},
        {
            "calculate": "datum.start + (datum.most > 0 ? 0.9 * max(0, datum.amount) / datum.most"
            " : 0)",
            "as": "end",
        },
        {
            "calculate": "format(datum.amount, abs(datum.amount) >= 10000 ? '.3s' : ',.0f')"
            " + (datum.start > 0 && datum.start < 3 && datum.unique_viewers > 0"
            " ? ' · ' + format(datum.amount / datum.unique_viewers, width < 480 ? '.0%' : '.1%')"
            " : '')",
            "as": "figure",
        },
        {"filter": "isValid(datum.amount)"},
    ]
    bars: Drawing = {
        "transform": base,
        "mark": mark("bar", "accent", height=10, cornerRadiusEnd=2),
        "encoding": {
            "x": quantity("start", **x),
            "x2": {"field": "end"},
            "y": place(),
            "opacity": {
                "field": "start",
                "type": "ordinal",
                "scale": {"domain": [0, 1, 2, 3], "range": [0.4, 0.6, 0.8, 1]},
                "legend": None,
            },
            **tooltip(*FIELDS),
        },
    }
    figures: Drawing = {
        "transform": base,
        "mark": mark("text", "figure", aria=False),
        "encoding": {
            "x": quantity("start", **x),
            "y": place(),
            "text": {"field": "figure", "type": "nominal"},
        },
    }
    titles: Drawing = {
        "mark": mark("text", "title-of-row", aria=False, limit={"expr": "width"}),
        "encoding": {
            "x": {"value": 0},
            "y": place(),
            "text": {"field": "label", "type": "nominal"},
        },
    }
    return Figure(
        name=figure,
        question="Where do people drop out?",
        label=label,
        note="People who saw, people who clicked, people who bought within the window, and the "
        f"revenue credited ({scope.currency or '–'}). Shares are of viewers. Each column has its "
        "own scale. A buyer need not have clicked.",
        empty="Nobody has seen any content yet.",
        data="funnel",
        where={"level": level},
        fields=FIELDS,
        layers=[bars, figures, titles],
        step=58,
    )
