"""Global ids of what is to be changed, read as Shopify reads them.

What is answered when nothing has the id is the business of each action.
"""

import re

from graphql import GraphQLError

_GID = re.compile(r"gid://shopify/(\w+)/(\d{1,19})(?:\?.*)?")


def number(type_name: str, gid: str) -> int:
    """The number in a global id; raises GraphQLError for ids of other things."""
    match = _GID.fullmatch(str(gid))
    if match is None:
        raise GraphQLError(f"Invalid global id '{gid}'")
    if match[1] != type_name:
        raise GraphQLError(f"Invalid id: {gid}", extensions={"code": "RESOURCE_NOT_FOUND"})
    return int(match[2])


def gid(type_name: str, id: int) -> str:
    """The global id of a thing."""
    return f"gid://shopify/{type_name}/{id}"
