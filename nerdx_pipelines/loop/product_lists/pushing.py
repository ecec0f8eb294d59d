"""Which of a shop's lists of recommended products are to be set, deleted, or left to the merchant.

Pure: what is wanted, what was written before and what the shop has come from the caller, in
`assets/push.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from nerdx_pipelines.shopify.recommendations import Found, Place, Products

Lists = Mapping[Place, Products]
Ours = Mapping[Place, Collection[Products]]  # what a list of ours may be in the shop


@dataclass(frozen=True)
class Changes:
    """What is to be done to the shop's lists.

    `settled` need nothing more: they are as wanted, or gone as wanted. `merchants` are lists that
    somebody else wrote, which stay.
    """

    to_set: dict[Place, Products]
    to_delete: frozenset[Place]
    settled: frozenset[Place]
    merchants: frozenset[Place]


def unsettled(wanted: Lists, ours: Ours, written: Lists) -> frozenset[Place]:
    """The lists to be looked at in the shop: all but those `written` as they are wanted."""
    return frozenset(
        place
        for place in {*wanted, *ours}
        if place not in wanted or written.get(place) != wanted[place]
    )


def changes(
    wanted: Lists,
    ours: Ours,
    found: Mapping[Place, Found | None],
    *,
    replace_merchants: bool = False,
) -> Changes:
    """What to do of the places in `found`, which has what the shop has of them.

    A list of the shop's is ours if it is what we last wrote, or were to write when a run was
    killed; any other is a merchant's, and left there unless `replace_merchants`.
    """
    to_set: dict[Place, Products] = {}
    to_delete, settled, merchants = set(), set(), set()
    for place, known in found.items():
        aim = wanted.get(place)
        is_ours = known is not None and known.products in ours.get(place, ())
        if (known.products if known else None) == aim:
            settled.add(place)
        elif known is not None and not is_ours and not (replace_merchants and aim):
            merchants.add(place)
        elif aim:
            to_set[place] = aim
        else:
            to_delete.add(place)
    return Changes(to_set, frozenset(to_delete), frozenset(settled), frozenset(merchants))
