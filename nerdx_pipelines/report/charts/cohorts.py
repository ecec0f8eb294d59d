"""Cohorts: which content brings customers who stay?"""

from nerdx_pipelines.report.data import LIMITS, Scope
from nerdx_pipelines.report.parts import (
    Drawing,
    Figure,
    amounts,
    headings,
    legend,
    mark,
    name,
    place,
    quantity,
    tooltip,
)

QUESTION = "Which content brings customers who stay?"
VALUES = {f"per_customer_{days}": f"{days} days" for days in (30, 60, 90)}
FIELDS = {
    "First content": ("title", "text"),
    "Customers": ("customers", "count"),
    "30 days": ("per_customer_30", "money"),
    "60 days": ("per_customer_60", "money"),
    "90 days": ("per_customer_90", "money"),
}
MONTHLY = {
    "Month": ("cohort_month", "month"),
    "Customers": ("customers", "count"),
    "First orders": ("new_revenue", "money"),
    "Later orders": ("returning_revenue", "money"),
}


def cohorts(scope: Scope) -> Figure:
    """A row a first content: what a customer it brought spends in 30, 60 and 90 days."""
    folded: list[Drawing] = [
        {"fold": list(VALUES), "as": ["span", "worth"]},
        {"filter": "isValid(datum.worth)"},
        {"calculate": f"{VALUES!r}[datum.span]", "as": "Within"},
    ]
    within = name("Within", sort={"field": "span", "op": "min"})
    line: Drawing = {
        "transform": folded,
        "mark": mark("line", "joined", aria=False),
        "encoding": {
            "x": quantity("worth", axis=amounts(f"Net revenue per customer ({scope.currency})")),
            "y": place(),
            "detail": name("place"),
        },
    }
    dots: Drawing = {
        "transform": folded,
        "mark": mark("point", "dot", filled=True, size=90, opacity=1),
        "encoding": {
            "x": quantity("worth"),
            "y": place(),
            "color": within | {"legend": legend(3)},
            "shape": within,
            **tooltip(*FIELDS),
        },
    }
    right = "format(datum.customers, ',') + (datum.customers == 1 ? ' customer' : ' customers')"
    return Figure(
        name="cohorts",
        question=QUESTION,
        label="By first content",
        note="Customers by the first content they met before their first order, and the net "
        "revenue of one within 30, 60 and 90 days of it. A mark that is missing: not all of these "
        "days are over for anybody yet.",
        empty="No customer's first 30 days are over yet.",
        data="cohorts",
        known="per_customer_30",
        fields=FIELDS,
        first=LIMITS["compared"],
        layers=[line, dots, *headings("datum.title", right, place())],
    )


def cohort_months(scope: Scope) -> Figure:
    """A bar a month of first orders: first orders and, on top, later ones."""
    parts = {"new_revenue": "first orders", "returning_revenue": "later orders"}
    bars: Drawing = {
        "transform": [
            {"fold": list(parts), "as": ["part", "amount"]},
            {"calculate": f"{parts!r}[datum.part]", "as": "Orders"},
        ],
        "mark": mark("bar", "segment"),
        "encoding": {
            "x": {
                "field": "cohort_month",
                "type": "ordinal",
                "timeUnit": "utcyearmonth",
                "axis": {
                    "title": "Month of the first order",
                    "labelAngle": 0,
                    "labelOverlap": True,
                    "format": "%b %Y",
                },
            },
            "y": quantity(
                "amount", stack="zero", axis=amounts(f"Net revenue ({scope.currency})", "4")
            ),
            "color": name("Orders", sort=list(parts.values()), legend=legend(2)),
            "order": {"field": "part", "type": "ordinal"},
            **tooltip(*MONTHLY),
        },
    }
    return Figure(
        name="cohort_months",
        question=QUESTION,
        label="New and returning",
        note="Net revenue of the customers of each month: of their first orders, and of those "
        "since. Recent months have had less time to return.",
        empty="No customer's first order is known yet.",
        data="cohort_months",
        fields=MONTHLY,
        layers=[bars],
        height=240,
    )
