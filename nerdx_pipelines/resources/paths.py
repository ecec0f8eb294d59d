"""Where published results lie, as a Dagster resource; the defaults are in `settings.py`."""

import dagster as dg


class PathsResource(dg.ConfigurableResource[None]):
    """Files of one data set that assets read or write outside the warehouse."""

    kpi: str  # the published KPI database
    report: str  # the HTML report
