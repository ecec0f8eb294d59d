"""What a run tells an asset that applies segments of the inbox; taking them is in `inbox.py`."""

import dagster as dg
from pydantic import Field


class Segments(dg.Config):
    """Names of the segments to apply; none: whatever the inbox holds."""

    names: list[str] = Field(default_factory=list)
