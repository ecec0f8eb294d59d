"""Which events of the site are touches of content, as a Dagster resource."""

import dagster as dg
from pydantic import Field


class EventNames(dg.ConfigurableResource["EventNames"]):
    """Names of track events beside those that are known anyway (`warehouse/events.py`)."""

    touches: dict[str, str] = Field(description="Event name: view, click, or nothing for neither.")
