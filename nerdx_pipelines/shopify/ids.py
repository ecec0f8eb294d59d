"""Global ids of the Admin API, and the numbers in them.

Which things have them is not known here.
"""

import re

from nerdx_pipelines.errors import ShopifyError

_GID = re.compile(r"(?:gid://shopify/(\w+)/)?([0-9]{1,19})")


def gid(kind: str, id: int | str) -> str:
    """`gid://shopify/<kind>/42` for 42, "42" or that gid. Raises ShopifyError for another."""
    match = _GID.fullmatch(str(id).strip())
    if match is None or match[1] not in (None, kind):
        raise ShopifyError(
            f"{id!r} is no id of a {kind}: give its number, or gid://shopify/{kind}/…"
        )
    return f"gid://shopify/{kind}/{match[2]}"


def number_of(gid: str) -> int:
    """42 for `gid://shopify/Order/42`, whatever follows a question mark."""
    return int(gid.partition("?")[0].rpartition("/")[2])
