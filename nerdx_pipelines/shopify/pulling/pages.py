"""Reading connections page by page, roots and what lies in them, each to its end.

Rows come out as a bulk file has them: a child is a row of its own that names its parent.
"""

import logging
from collections.abc import Iterator
from typing import Any

from nerdx_pipelines.errors import ShopUnavailableError
from nerdx_pipelines.shopify.pulling.resource import Resource
from nerdx_pipelines.shopify.transport.client import CostExceededError, ShopifyClient

log = logging.getLogger(__name__)

PAGE = 100
LARGEST_PAGE = 250

Row = dict[str, Any]


def count(client: ShopifyClient, resource: Resource, query: str) -> int:
    """How many objects of `resource` match the search text `query`; "" for all."""
    answer = client.execute(resource.text(f"{resource.title}Count"), {"query": query})
    found: int = answer["count"]["count"]
    return found


def pages(client: ShopifyClient, resource: Resource, query: str) -> Iterator[Row]:
    """Every object that matches the search text `query`, each followed by its children.

    They come by id, so that one that changes meanwhile is neither lost nor met twice.
    """
    text, first, after, more = resource.text(f"{resource.title}Page"), PAGE, None, True
    while more:
        data, first = _ask(client, text, first, query=query, after=after)
        roots = data["roots"]
        for node in roots["nodes"]:
            if not node:  # an event of another kind than asked for
                continue
            connections = [(each, _taken(node, each.path)) for each in resource.children]
            yield node
            for children, connection in connections:
                if connection:
                    more_text = resource.text(children.query)
                    yield from rest(client, more_text, children.path, node["id"], connection)
        more, after = roots["pageInfo"]["hasNextPage"], roots["pageInfo"]["endCursor"]


def rest(
    client: ShopifyClient, text: str, path: tuple[str, ...], parent: str, connection: Row
) -> Iterator[Row]:
    """Every node of the connection at `path` in `parent`, of which `connection` is a first page."""
    first = LARGEST_PAGE
    while True:
        for node in connection["nodes"]:
            yield {**node, "__parentId": parent}
        page = connection["pageInfo"]
        if not page["hasNextPage"]:
            return
        data, first = _ask(client, text, first, id=parent, after=page["endCursor"])
        following = _taken(data["node"] or {}, path)
        if following is None:
            raise ShopUnavailableError(f"{parent} was deleted while it was read; run it again.")
        connection = following


def _taken(node: Row, path: tuple[str, ...]) -> Row | None:
    """What is at `path` in `node`, taken out of it; None if there is nothing."""
    inside: Row | None = node
    for name in path[:-1]:
        inside = inside.get(name) if inside else None
    return inside.pop(path[-1], None) if inside else None


def _ask(client: ShopifyClient, text: str, first: int, **variables: object) -> tuple[Row, int]:
    """The answer with `first` objects, or as many as one query may ask for, and that number."""
    while True:
        try:
            return client.execute(text, {**variables, "first": first}), first
        except CostExceededError as error:
            if first == 1:
                raise
            log.info("%s Asking for %d objects a page.", error, first // 2)
            first //= 2
