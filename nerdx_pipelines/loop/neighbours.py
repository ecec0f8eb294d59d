"""What goes with each product, by who bought it: the lists that a product's own page shows.

Which products and users take part, and what was bought in one order, is the callers' business.
"""

import numpy as np

from nerdx_pipelines.loop.ease import item_weights
from nerdx_pipelines.loop.ranking import Bools, Lists, Signals, best_items

# Users, or orders, that two products must have in common: once or twice is how things meet by
# chance, and a shop with few orders has better no list than a silly one.
SUPPORT = 3


def related_items(bought: Signals, sellable: Bools, l2: float) -> Lists:
    """For each product the best few others by EASE's weights; its number is the lists' `user`.

    `bought` is users x products, 1 where bought; only `sellable` products are listed, and those
    that at least SUPPORT users bought with it.
    """
    together = np.zeros((bought.columns, bought.columns))
    for _, block in bought.blocks():
        together += block.T @ block
    weights = np.where(together >= SUPPORT, item_weights(bought, l2), 0)
    each = np.arange(bought.columns)
    itself = Signals(each, each, np.ones(len(each)), users=len(each), columns=len(each))
    return best_items(itself, weights, sellable, least=1e-6, novel=True)
