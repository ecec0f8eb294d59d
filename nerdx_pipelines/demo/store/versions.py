"""Which API versions exist, which one answers a request for a dead one, and how they differ.

A fixed calendar, so that the store behaves on any day as Shopify did in late 2026.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """The differences that matter between versions that answer.

    Changes of stock take the `@idempotent` directive and `changeFromQuantity` in all of them;
    `keyless_stock` is whether they may also come without a key, and with `compareQuantity`.
    Bulk queries do not group objects by default in any: those that did are all retired.
    """

    keyless_stock: bool = False


VERSIONS: Mapping[str, Version] = {
    "2026-01": Version(keyless_stock=True),
    "2026-04": Version(),
    "2026-07": Version(),
    "2026-10": Version(),
    "2027-01": Version(),
    "unstable": Version(),
}
SUPPORTED = tuple(VERSIONS)
OLDEST = SUPPORTED[0]
_FIRST = "2019-04"


def served(requested: str | None) -> str | None:
    """The version that answers; retired ones fall forward, unknown ones give None."""
    if requested is None:
        return OLDEST
    if requested in VERSIONS:
        return requested
    released = re.fullmatch(r"20\d\d-(01|04|07|10)", requested)
    return OLDEST if released and _FIRST <= requested < OLDEST else None


def requires_idempotency(version: str) -> bool:
    """Whether changes of stock need an idempotency key and `changeFromQuantity` in a version."""
    return not VERSIONS[version].keyless_stock
