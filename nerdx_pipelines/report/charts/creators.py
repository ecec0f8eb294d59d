"""The creators' leaderboard: whose content pays back most per post, and is it worth its cost?"""

from nerdx_pipelines.report.data import LIMITS, Scope
from nerdx_pipelines.report.parts import (
    Drawing,
    Figure,
    amounts,
    headings,
    mark,
    place,
    quantity,
    tooltip,
)

FIELDS = {
    "Creator": ("creator", "creator"),
    "Posts": ("contents", "count"),
    "Best format": ("best_content_type", "text"),
    "Net ROI": ("net_roi", "multiple"),
    "Net ROI, 95 % interval": ("net_roi_low", "interval"),
    "Attributed in all": ("attributed_revenue", "money"),
    "Median post": ("median_revenue_per_content", "money"),
    "Mean post": ("revenue_per_content", "money"),
}
QUESTION = "Whose content pays back most per post?"
WHO = "datum.creator || 'No creator named'"


def creators(scope: Scope) -> Figure:
    """A bar a creator: mean revenue of a post, with the median, posts and best format."""
    posts = (
        "format(datum.contents, ',') + (datum.contents == 1 ? ' post' : ' posts')"
        " + (datum.best_content_type ? ' · ' + (width < 480 ? '' : 'best: ')"
        " + datum.best_content_type : '')"
    )
    bars: Drawing = {
        "mark": mark("bar", "accent", height=12, cornerRadiusEnd=3),
        "encoding": {
            "x": quantity(
                "revenue_per_content", axis=amounts(f"Revenue per post ({scope.currency})")
            ),
            "y": place(),
            **tooltip(*FIELDS),
        },
    }
    medians: Drawing = {
        "mark": mark("tick", "median", height=18, thickness=2, opacity=1),
        "encoding": {
            "x": quantity("median_revenue_per_content"),
            "y": place(),
            **tooltip(*FIELDS),
        },
    }
    return Figure(
        name="creators",
        question=QUESTION,
        label="Revenue per post",
        note="Bars: mean attributed revenue of a post. Upright line: the median post; far left of "
        "the bar's end, few posts earn most of it.",
        empty="No creator has earned anything yet.",
        data="creators",
        fields=FIELDS,
        known="revenue_per_content",
        first=LIMITS["compared"],
        layers=[bars, medians, *headings(WHO, posts, place())],
    )


def creators_net_roi(scope: Scope) -> Figure:
    """A dot a creator: net return on the cost of their content, with its interval."""
    axis = amounts("Net ROI (0: the cost is back)")
    even: Drawing = {
        "transform": [{"aggregate": [{"op": "count", "as": "count"}]}],
        "mark": mark("rule", "marker", aria=False),
        "encoding": {"x": {"datum": 0, "type": "quantitative"}},
    }
    interval: Drawing = {
        "transform": [  # no interval known: of no width, at the dot
            {
                "calculate": f"isValid(datum.net_roi_{end}) ? datum.net_roi_{end} : datum.net_roi",
                "as": end,
            }
            for end in ("low", "high")
        ],
        "mark": mark("rule", "range", aria=False),
        "encoding": {
            "x": quantity("low", axis=axis),
            "x2": {"field": "high"},
            "y": place(),
        },
    }
    dots: Drawing = {
        "mark": mark("point", "accent", filled=True, size=110, opacity=1),
        "encoding": {"x": quantity("net_roi"), "y": place(), **tooltip(*FIELDS)},
    }
    right = (
        "format(datum.net_roi, '.1f') + '×'"
        " + (isValid(datum.net_roi_low) ? ' (' + format(datum.net_roi_low, '.1f') + ' to '"
        " + format(datum.net_roi_high, '.1f') + ')' : '')"
    )
    return Figure(
        name="creators_net_roi",
        question=QUESTION,
        label="Net ROI",
        note="Dots: (attributed revenue × margin − production cost) ÷ production cost. Left of 0 "
        "the content has not brought its cost back. Bars: 95\u00a0% interval. Creators whose "
        "costs, of content or of goods, are unknown are not drawn.",
        empty="No net ROI is known: it needs production costs of content and unit costs of goods.",
        data="creators",
        fields=FIELDS,
        known="net_roi",
        first=LIMITS["compared"],
        layers=[even, interval, dots, *headings(WHO, right, place())],
    )
