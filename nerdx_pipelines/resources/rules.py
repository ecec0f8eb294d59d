"""The rules of attribution as a Dagster resource, so that runs show what they used."""

import dagster as dg
from pydantic import Field


class AttributionRules(dg.ConfigurableResource["AttributionRules"]):
    """Window, half-life and the model behind figures that name no other."""

    window_days: int = Field(ge=1, description="Look-back window before a purchase, x 24 h.")
    half_life_days: float = Field(gt=0, description="Of a touchpoint's weight in time_decay.")
    model: str = Field(description="Model behind attributed_revenue in the KPI tables.")
    lag_days: int = Field(ge=0, description="Days whose facts may still be on their way.")

    def variables(self) -> dict[str, object]:
        """The same as variables of the SQL statements."""
        return {
            "window_days": self.window_days,
            "half_life_days": self.half_life_days,
            "model": self.model,
            "lag_days": self.lag_days,
        }
