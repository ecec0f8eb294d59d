"""Model comparison: does the winner depend on the model?"""

from nerdx_pipelines.report.data import Scope
from nerdx_pipelines.report.formats import words
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


def model_comparison(scope: Scope) -> Figure:
    """A dumbbell a content: what each model would give it, and how its rank moves."""
    own = words(scope.model)
    fields = {
        "Content": ("label", "text"),
        "Model": ("model", "text"),
        "Rank": ("revenue_rank", "count"),
        "Interval": ("low", "interval"),
        "Attributed": ("revenue", "money"),
    }
    axis = amounts(f"Attributed revenue ({scope.currency})")
    models = name("model", sort={"op": "max", "field": "is_own", "order": "descending"})
    span: Drawing = {
        "transform": [
            {
                "aggregate": [
                    {"op": "min", "field": "revenue", "as": "lowest"},
                    {"op": "max", "field": "revenue", "as": "highest"},
                ],
                "groupby": ["place"],
            }
        ],
        "mark": mark("rule", "range", aria=False),
        "encoding": {
            "x": quantity("lowest", axis=axis, scale={"zero": True}),
            "x2": {"field": "highest"},
            "y": place(),
        },
    }
    interval: Drawing = {
        "transform": [  # no interval known: of no width, at the mark
            {
                "aggregate": [
                    {"op": "min", "field": "low", "as": "from"},
                    {"op": "max", "field": "high", "as": "to"},
                    {"op": "max", "field": "revenue", "as": "at"},
                ],
                "groupby": ["place"],
            },
            {"calculate": "isValid(datum.from) ? datum.from : datum.at", "as": "low"},
            {"calculate": "isValid(datum.to) ? datum.to : datum.at", "as": "high"},
        ],
        "mark": mark("rule", "interval", aria=False),
        "encoding": {"x": quantity("low"), "x2": {"field": "high"}, "y": place()},
    }
    marks: Drawing = {
        "mark": mark("point", "dot", filled=True, opacity=1),
        "encoding": {
            "x": quantity("revenue"),
            "y": place(),
            "color": models | {"legend": legend(2)},
            "shape": models,
            "size": {"condition": {"test": "datum.is_own", "value": 150}, "value": 65},
            **tooltip(*fields),
        },
    }
    best_and_worst = {
        "joinaggregate": [
            {"op": "min", "field": "revenue_rank", "as": "best_rank"},
            {"op": "max", "field": "revenue_rank", "as": "worst_rank"},
        ],
        "groupby": ["place"],
    }
    ranks = (
        "datum.best_rank == datum.worst_rank ? 'rank ' + datum.best_rank"
        " : 'ranks ' + datum.best_rank + '–' + datum.worst_rank"
    )
    return Figure(
        name="model_comparison",
        question="Does the winner depend on the model?",
        note=f"Each mark is what one model gives a content; the large one, {own}, is this "
        "report's, the thin line its 95\u00a0% interval: where it would be had other people come. "
        "Marks close together: the answer does not hang on the model. On the right, its best and "
        "worst rank among all content. Models divide what was observed; none proves cause.",
        empty="No model has credited anything yet.",
        data="model_comparison",
        fields=fields,
        layers=[span, interval, marks, *headings("datum.label", ranks, place(), best_and_worst)],
    )
