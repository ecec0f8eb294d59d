"""What goes with each product, by who bought it: the lists that a product's own page shows.

Which products and users take part is in `sql/loop/discovery.sql`; what was bought in one order
needs no model, and is in `sql/loop/product_lists/`.
"""

import numpy as np
from scipy.sparse import csr_array

from nerdx_pipelines.loop.ranking import Bools, Floats, Lists, Signals, best_items

# Users, or orders, that two products must have in common: once or twice is how things meet by
# chance, and a shop with few orders has better no list than a silly one.
SUPPORT = 3


def related_items(bought: Signals, weights: Floats, sellable: Bools) -> Lists:
    """For each product the best few others by `weights`; its number is the lists' `user`.

    `bought` is users x products, an entry where bought; `weights` is how much each product speaks
    for each other. Only `sellable` ones are listed, that at least SUPPORT users bought with it.
    """
    entries = (np.ones(len(bought.user), np.int64), (bought.user, bought.column))
    by_user = csr_array(entries, shape=(bought.users, bought.columns))
    together = (by_user.T @ by_user).toarray()
    each = np.arange(bought.columns)
    itself = Signals(each, each, np.ones(len(each)), users=len(each), columns=len(each))
    supported: Floats = np.where(together >= SUPPORT, weights, 0)
    return best_items(itself, supported, sellable, least=1e-6, novel=True)
