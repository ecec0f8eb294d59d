"""Words of the report that are not a column's: how it counts, and what its signs mean.

What a figure is, is said in `kpi_definitions`.
"""

from nerdx_pipelines.kpi_definitions import definition

NEW = "Younger than the window: its first buyers may be still to come."
SMALL = definition("content_kpis", "is_small_sample")
INTERVAL = (
    "95 % interval: where the figure would be in 95 of 100 cases had other, similar people come "
    "(200 resamples of the shop's users)."
)
GLOSSARY = {
    "Net revenue": definition("daily_sales", "net_revenue"),
    "Attributed revenue": definition("content_kpis", "attributed_revenue"),
    "Influenced revenue": definition("content_kpis", "influenced_revenue"),
    "Model": "How a line's revenue is shared among the content its buyer met: linear in equal "
    "parts, first and last touch all to one end, time decay more to the recent, position based "
    "40 % to each end, markov and shapley set by what the paths of all buyers show. All of them "
    "divide what was observed; none proves cause.",
    "Any touch": definition("model_comparison", "is_additive"),
    "ROI": definition("content_kpis", "roi"),
    "Net ROI": definition("content_kpis", "net_roi"),
    "Interval": INTERVAL,
    "Few buyers": SMALL,
    "New": NEW,
    "–": "Not known: a division by nothing, or by a figure that nobody has entered. Press it to "
    "see why.",
}
