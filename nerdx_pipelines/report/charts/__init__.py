"""The charts of the report, one question a module; each is a Vega-Lite drawing without data."""

from nerdx_pipelines.report.charts.cohorts import cohort_months, cohorts
from nerdx_pipelines.report.charts.creators import creators, creators_net_roi
from nerdx_pipelines.report.charts.funnel import funnel_contents, funnel_types
from nerdx_pipelines.report.charts.heat_map import heat_map
from nerdx_pipelines.report.charts.models import model_comparison
from nerdx_pipelines.report.charts.over_time import (
    accrual_over_time,
    cash_over_time,
    revenue_over_time,
)
from nerdx_pipelines.report.charts.paths import longer_paths, paths
from nerdx_pipelines.report.charts.time_lag import lag_first, lag_last
from nerdx_pipelines.report.data import Scope
from nerdx_pipelines.report.parts import Figure

CHARTS = (
    revenue_over_time,
    cash_over_time,
    accrual_over_time,
    creators,
    creators_net_roi,
    funnel_types,
    funnel_contents,
    heat_map,
    paths,
    longer_paths,
    cohorts,
    cohort_months,
    model_comparison,
    lag_last,
    lag_first,
)


def figures(scope: Scope) -> list[Figure]:
    """Every chart, in the order of the page."""
    return [chart(scope) for chart in CHARTS]
