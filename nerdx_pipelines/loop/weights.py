"""What the loop believes of behaviour: how much an event says, and how fast that fades.

The defaults are the rules of the house; which values fit a shop best is learned in
`world_model/`.
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
    # Of who bought what, for EASE, and its ridge penalty, in mean squares. In the two months before
    # the last of The Complete Journey, which is left for the evaluation, none of those tried finds
    # clearly more of the products new to a household; twice the penalty lists a quarter fewer.
    discovery_half_life_days: float = 180
    l2: float = 500
    model: str = "linear"  # of attribution.credits, for what content earns: the content slot

    def variables(self) -> dict[str, object]:
        """The same as variables of the statements of `sql/loop`."""
        return asdict(self)
