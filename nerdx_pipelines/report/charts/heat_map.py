"""Product × content: what sells where, and what to feature next?"""

from nerdx_pipelines.report.data import Scope
from nerdx_pipelines.report.parts import Drawing, Figure, mark, name, quantity, tooltip

FIELDS = {
    "Product": ("product", "text"),
    "Content": ("content", "text"),
    "Impressions": ("impressions", "count"),
    "Viewers": ("unique_viewers", "count"),
    "Buyers": ("buyers", "count"),
    "Attributed": ("attributed_revenue", "money"),
}


def heat_map(scope: Scope) -> Figure:
    """A cell a product and content that features it; hollow where nothing was sold."""
    sort = {side: {"field": f"{side}_place", "op": "min"} for side in ("product", "content")}
    axis = {"title": None, "ticks": False, "domain": False}
    limit = {"expr": "width < 480 ? 90 : 220"}
    where: Drawing = {
        "x": name(
            "content",
            sort=sort["content"],
            axis=axis
            | {
                "labelAngle": -40,
                "labelLimit": {"expr": "width < 480 ? 110 : 200"},
                "orient": "bottom",
            },
        ),
        "y": name("product", sort=sort["product"], axis=axis | {"labelLimit": limit}),
    }
    cells: Drawing = {
        "transform": [{"filter": "datum.attributed_revenue != 0"}],
        "mark": mark("rect", "cell"),
        "encoding": {
            **where,
            "color": quantity(
                "attributed_revenue",
                legend={
                    "title": f"Attributed revenue ({scope.currency})",
                    "orient": "top",
                    "gradientLength": {"expr": "min(width, 220)"},
                    "labelExpr": "format(datum.value, abs(datum.value) >= 10000 ? '.3~s' : ',.0f')",
                    "tickCount": 3,
                },
            ),
            **tooltip(*FIELDS),
        },
    }
    unsold: Drawing = {
        "transform": [{"filter": "datum.attributed_revenue == 0"}],
        "mark": mark("point", "hollow", filled=False, size=40),
        "encoding": {**where, **tooltip(*FIELDS)},
    }
    return Figure(
        name="heat_map",
        question="What should be featured next?",
        note="The products and contents that earned most together. The stronger the colour, the "
        "more of the product this content sold; a ring: shown there, and nothing sold; empty: not "
        "featured.",
        empty="No product that content features has been seen yet.",
        data="heat_map",
        fields=FIELDS,
        layers=[cells, unsold],
        step=30,
        by="product",
    )
