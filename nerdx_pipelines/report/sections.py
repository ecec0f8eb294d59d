"""The questions of the report, in the reader's order, and what answers each.

Of the whole shop, and of one creator. Figures are in `charts/`, tables in `tables.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """One question: its charts (the reader chooses one) and its tables."""

    name: str
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    question: str = ""  # if not that of its charts


SHOP = (
    Section("contents", tables=("contents",), question="What earns most?"),
    Section("now", ("revenue_over_time", "cash_over_time", "accrual_over_time")),
    Section("leaders", ("creators", "creators_net_roi"), ("creators",)),
    Section("funnel", ("funnel_types", "funnel_contents"), ("content_types",)),
    Section("products", ("heat_map",), ("unsold",)),
    Section("journeys", ("paths", "longer_paths"), ("path_lengths", "paths")),
    Section("customers", ("cohorts", "cohort_months"), ("cohorts", "cohort_months")),
    Section("models", ("model_comparison",)),
    Section("window", ("lag_last", "lag_first")),
    Section("shop", tables=("platform", "daily_sales"), question="The shop in figures"),
)
CREATOR = (
    Section("contents", tables=("contents",), question="What earns most?"),
    Section("now", ("revenue_over_time",)),
    Section("funnel", ("funnel_contents",)),
    Section("products", tables=("creator_products",), question="What does it sell?"),
    Section("customers", tables=("cohorts",), question="Whom does it bring first?"),
    Section("models", ("model_comparison",)),
)
