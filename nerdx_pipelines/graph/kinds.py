"""The graph model: its kinds of nodes and edges, and what identifies one of each.

A kind's rows are defined by `sql/graph/<name>.sql`, its statements by
`cypher/{create,merge,delete}/<name>.cypher`; loading them is in `projection.py`.
"""

from dataclasses import dataclass

from nerdx_pipelines.cypher import cypher


@dataclass(frozen=True)
class Kind:
    """One label or relationship type between two labels.

    `pattern` is Cypher that binds each of them to `n`; `key` names the columns that identify
    one, that of the node with fewer such edges first; `between` the node kinds an edge joins.
    """

    name: str
    pattern: str
    key: tuple[str, ...]
    between: tuple["Kind", ...] = ()

    @property
    def view(self) -> str:
        """The warehouse's view of the rows that the graph should hold."""
        return f"graph_{self.name}"

    def statement(self, verb: str) -> str:
        """Cypher over `$rows`: `create`, `merge` or `delete`."""
        return cypher(f"{verb}/{self.name}")


USER = Kind("user", "(n:User)", ("shopify_id",))
PRODUCT = Kind("product", "(n:Product)", ("shopify_id",))
PURCHASE = Kind("purchase", "(n:Purchase)", ("purchase_id",))
CONTENT = Kind("content", "(n:Content)", ("content_id",))
TASTE = Kind("taste", "(n:Taste)", ("taste_id",))

MADE_PURCHASE = Kind(
    "made_purchase",
    "(:User)-[n:MADE_PURCHASE]->(:Purchase)",
    ("purchase_id", "user_id"),
    (PURCHASE, USER),
)
CONTAINS = Kind(
    "contains",
    "(:Purchase)-[n:CONTAINS]->(:Product)",
    ("purchase_id", "product_id", "line_id"),
    (PURCHASE, PRODUCT),
)
FEATURES = Kind(
    "features",
    "(:Content)-[n:FEATURES]->(:Product)",
    ("content_id", "product_id", "valid"),
    (CONTENT, PRODUCT),
)
VIEWED = Kind(
    "viewed",
    "(:User)-[n:VIEWED]->(:Content)",
    ("user_id", "content_id", "event_id"),
    (USER, CONTENT),
)
CLICKED_CONTENT = Kind(
    "clicked_content",
    "(:User)-[n:CLICKED]->(:Content)",
    ("user_id", "content_id", "event_id"),
    (USER, CONTENT),
)
CLICKED_PRODUCT = Kind(
    "clicked_product",
    "(:User)-[n:CLICKED]->(:Product)",
    ("user_id", "product_id", "event_id"),
    (USER, PRODUCT),
)
ATTRIBUTED_TO = Kind(
    "attributed_to",
    "(:Content)-[n:ATTRIBUTED_TO]->(:Purchase)",
    ("purchase_id", "content_id", "model", "window_days"),
    (PURCHASE, CONTENT),
)
LIKES = Kind("likes", "(:User)-[n:LIKES]->(:Taste)", ("user_id", "taste_id"), (USER, TASTE))
RECOMMENDED = Kind(
    "recommended",
    "(:User)-[n:RECOMMENDED]->(:Product)",
    ("user_id", "product_id", "slot"),
    (USER, PRODUCT),
)
RECOMMENDED_CONTENT = Kind(
    "recommended_content",
    "(:User)-[n:RECOMMENDED]->(:Content)",
    ("user_id", "content_id", "slot"),
    (USER, CONTENT),
)

NODES = (USER, PRODUCT, PURCHASE, CONTENT, TASTE)
EDGES = (
    MADE_PURCHASE,
    CONTAINS,
    FEATURES,
    VIEWED,
    CLICKED_CONTENT,
    CLICKED_PRODUCT,
    ATTRIBUTED_TO,
    LIKES,
    RECOMMENDED,
    RECOMMENDED_CONTENT,
)
KINDS = NODES + EDGES
