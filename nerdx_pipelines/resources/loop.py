"""The rules of recommendation as a Dagster resource, so that runs show what they used."""

import dagster as dg
from pydantic import Field


class LoopRules(dg.ConfigurableResource["LoopRules"]):
    """What of the lists is a matter of taste; what is learned of behaviour is in `loop/`."""

    exploration_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Part of a list's places, the first one apart, that a random item takes.",
    )
