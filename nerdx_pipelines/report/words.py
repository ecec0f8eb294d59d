"""What the figures of the report mean, and the words that explain how it counts."""

INTERVAL = (
    "95 % interval: where the figure would be in 95 of 100 cases had other, similar people come "
    "(200 resamples of the shop's users)."
)
GLOSSARY = {
    "Net revenue": "Line amounts minus discounts and what was given back; without tax, shipping, "
    "tips and gift cards. A cancelled order is 0.",
    "Attributed revenue": "The part of net revenue credited to a content: its share of every line "
    "whose buyer met it within the window before the purchase. Shares of a line add up to the "
    "line.",
    "Influenced revenue": "The whole lines that a content had a part in, each in full. It does "
    "not add up: a line that three contents touched counts three times.",
    "Model": "How a line's revenue is shared among the content its buyer met: linear in equal "
    "parts, first and last touch all to one end, time decay more to the recent, position based "
    "40 % to each end, markov and shapley set by what the paths of all buyers show. All of them "
    "divide what was observed; none proves cause.",
    "Interval": INTERVAL,
    "Few buyers": "Too few buyers to tell chance from success: do not decide on it yet.",
    "–": "Not known: a division by nothing, or by a figure that nobody has entered. Press it to "
    "see why.",
}


def definition(table: str, column: str) -> str:
    """What a column of a KPI table means; empty where nothing is said of it."""
    return ""
