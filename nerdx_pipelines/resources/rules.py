"""The rules of attribution as a Dagster resource, so that runs show what they used."""

import dagster as dg
from pydantic import Field

from nerdx_pipelines.warehouse.credits import Kind

# When the statements of `sql/attribution` were last changed so that credits are others than before:
# a new word here has every warehouse make its days again.
SINCE = "2026-11: seven models, by view and click"


class AttributionRules(dg.ConfigurableResource["AttributionRules"]):
    """Windows, touch policies, half-life, and the model behind figures that name no other."""

    window_days: int = Field(ge=1, description="Look-back window before a purchase, x 24 h.")
    half_life_days: float = Field(gt=0, description="Of a touchpoint's weight in time_decay.")
    model: str = Field(description="Model behind attributed_revenue in the KPI tables.")
    lag_days: int = Field(ge=0, description="Days whose facts may still be on their way.")
    windows: list[int] = Field([], description="Windows whose credits are kept beside the main.")
    touch_policies: list[str] = Field(
        [], description="all (always), and beside it click_only, click_first."
    )
    collapse: str = Field(
        "consecutive", description="Touches of one content in a row are one touchpoint; or none."
    )

    @property
    def widest_window(self) -> int:
        """Days before a purchase in which a touch can matter to any credit that is kept."""
        return max(self.window_days, *self.windows, 0)

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of credits that are kept; the first is the one behind every figure."""
        windows = dict.fromkeys([self.window_days, *self.windows])
        policies = dict.fromkeys(["all", *self.touch_policies])
        return [Kind(window, policy) for window in windows for policy in policies]

    @property
    def told(self) -> str:
        """All that decides a credit, in words that change with it."""
        return (
            f"{SINCE}; {[f'{window} d {policy}' for window, policy in self.kinds]}; "
            f"{self.collapse}; half-life {self.half_life_days} d"
        )

    def variables(self) -> dict[str, object]:
        """The same as variables of the SQL statements."""
        return {
            "window_days": self.window_days,
            "widest_window": self.widest_window,
            "half_life_days": self.half_life_days,
            "model": self.model,
            "lag_days": self.lag_days,
            "collapse": self.collapse,
        }
