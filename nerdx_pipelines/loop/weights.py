"""What the loop believes of behaviour: how much an event says, and how fast that fades.

The defaults are the rules of the house; which values fit a shop best is learned in
`world_model.py`.
"""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Weights:
    """Weights of an event (whole numbers), half-lives in days; what else lists depend on."""

    view_weight: int = 1
    click_weight: int = 3
    purchase_weight: int = 10  # a unit, up to three units a line
    touch_half_life_days: float = 14
    purchase_half_life_days: float = 90
    repeat_half_life_days: float = 90
    # EASE's ridge penalty. On The Complete Journey, the last 30 days held out, 500 finds within 1 %
    # as many of the products new to a household as the best value tried (1,000), and lists 25 %
    # more products.
    l2: float = 500
    model: str = "linear"  # of attribution.credits, for what content earns: the content slot

    def variables(self) -> dict[str, object]:
        """The same as variables of the statements of `sql/loop`."""
        return asdict(self)
