"""How sure a sum is: what it would be had other users come. Pure numpy; no database, no Dagster.

Users are drawn anew with replacement, as in Efron's bootstrap. With many users that is a number of
times for each that is Poisson distributed with mean 1 (Chamandy et al., 2012), which a hash of user
and draw gives: so a figure does not depend on the order of rows, nor on who else is there. Users
without a part in a sum change nothing in it and need not be given.
"""

import math

import numpy as np
import numpy.typing as npt

DRAWS = 200
BLOCK = 16_384  # rows at once: some 25 MB of counts
Counts = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


def resampled_sums(groups: Counts, users: Counts, amounts: Counts, size: int) -> Counts:
    """Sums of `amounts` in each of DRAWS resamples of the users: an array of `size` x DRAWS.

    Row i adds amounts[i], an integer, to group groups[i] < `size` as often as users[i] is drawn;
    rows are sorted by group. Exact, and the same whatever the order of rows within a group.
    """
    sums = np.zeros((size, DRAWS), np.int64)
    for start in range(0, len(groups), BLOCK):
        block = slice(start, start + BLOCK)
        firsts = np.flatnonzero(np.diff(groups[block], prepend=-1))
        weighted = times_drawn(users[block]) * amounts[block, None]
        sums[groups[block][firsts]] += np.add.reduceat(weighted, firsts, axis=0)
    return sums


def times_drawn(users: Counts) -> Counts:
    """How often each user is drawn in each resample: an array of users x DRAWS."""
    per_hash = 4  # a hash of 64 bits gives four numbers of 16
    steps = np.arange(1, DRAWS // per_hash + 1, dtype=np.uint64)
    hashes = _mixed(_mixed(users.astype(np.uint64))[:, None] + steps * _GOLDEN)
    drawn: Counts = _POISSON[hashes.astype("<u8", copy=False).view("<u2")]
    return drawn


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mixed(numbers: Hashes) -> Hashes:
    # The finalizer of SplitMix64 (Steele, Lea, Flood, 2014); overflow is meant.
    mixed = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _poisson_of_16_bits() -> Counts:
    # The count at which the distribution function of Poisson(1) passes (number + 1/2) / 2^16.
    passed = np.cumsum([math.exp(-1) / math.factorial(count) for count in range(12)])
    return np.searchsorted(passed, (np.arange(2**16) + 0.5) / 2**16)


_POISSON = _poisson_of_16_bits()
