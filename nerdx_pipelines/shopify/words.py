"""Words of the Admin API that writers and readers share: global ids, and the shop's reasons.

Sending is the client's business.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

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


def told(errors: Iterable[Mapping[str, Any]]) -> str:
    """The shop's `userErrors` in one line, each with the field that it is about."""
    return "; ".join(
        f"{error['message']} ({'.'.join(map(str, error['field']))})"
        if error.get("field")
        else str(error["message"])
        for error in errors
    )
