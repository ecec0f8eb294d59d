"""EASE^R: what buyers of one product buy too, as one matrix in closed form.

H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019, arXiv 1905.03375.
Which products and users take part is the callers' business.
"""

import numpy as np

from nerdx_pipelines.loop.ranking import Floats, Signals

# Products in the model. Time grows with its cube, memory with its square: 1,500 take a second
# and 20 MB an array, whatever the number of users.
MOST_BOUGHT = 1500


def item_weights(bought: Signals, l2: float) -> Floats:
    """How much each product bought (row) speaks for each other product (column).

    `bought` is users x products, 1 where bought, or less the longer ago (in 4,096ths); `l2` the
    ridge penalty, in mean squares of these: that all fade alike changes nothing. The diagonal is
    0: no product for itself.
    """
    together = np.zeros((bought.columns, bought.columns))
    for _, block in bought.blocks():
        together += block.T @ block  # counts, or 2^-24ths: exact in any order
    penalty = l2 * np.trace(together) / max(1, len(bought.value))
    inverse = np.linalg.inv(together + penalty * np.eye(bought.columns))
    weights: Floats = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights
