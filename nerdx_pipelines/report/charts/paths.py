"""Paths: how does content work together? A Sankey of content types on their way to a purchase.

Vega-Lite has no such mark: the layout is made here, its ribbons and nodes are areas and bars.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from nerdx_pipelines.report.data import LIMITS, Row, Scope
from nerdx_pipelines.report.parts import Drawing, Figure, mark, name, quantity, tooltip

DEPTH = 4  # touchpoints drawn before the purchase
NODE = 0.06  # a node's width, of the distance between two columns
GAP = 0.03  # between nodes, of the height of all orders
BEND = ((0, 0), (0.15, 0.03), (0.5, 0.5), (0.85, 0.97), (1, 1))  # how a ribbon gets across
PURCHASE = "purchase"
FIELDS = {
    "From": ("source", "text"),
    "To": ("target", "text"),
    "Share": ("order_share", "percent"),
    "Orders": ("orders", "count"),
}
Node = tuple[int, str]  # column, content type


def paths(scope: Scope) -> Figure:
    """The most frequent paths."""
    return _sankey("paths", "all", "All paths")


def longer_paths(scope: Scope) -> Figure:
    """Those of them with more than one step, which the others outnumber."""
    return _sankey("longer_paths", "longer", "Two steps or more")


def _sankey(figure: str, which: str, label: str) -> Figure:
    """A ribbon a step between two content types, as thick as the orders that took it."""
    y = {"axis": None, "scale": {"reverse": True, "nice": False, "zero": True}}
    x: Drawing = {"axis": None, "scale": {"nice": False, "zero": False}}
    colour = {"condition": {"test": f"datum.group == '{PURCHASE}'", "value": "#8a8a92"}} | name(
        "group", legend=None, sort={"field": "orders", "op": "max", "order": "descending"}
    )
    ribbons: Drawing = {
        "transform": [{"filter": "datum.kind == 'ribbon'"}],
        "mark": mark("area", "ribbon", interpolate="monotone"),
        "encoding": {
            "x": quantity("x", **x),
            "y": quantity("top", **y),
            "y2": {"field": "bottom"},
            "color": colour,
            "detail": name("ribbon"),
            **tooltip(*FIELDS),
        },
    }
    only_nodes = [{"filter": "datum.kind == 'node'"}]
    nodes: Drawing = {
        "transform": only_nodes,
        "mark": mark("rect", "node", aria=False),
        "encoding": {
            "x": quantity("x", **x),
            "x2": {"field": "x2"},
            "y": quantity("top", **y),
            "y2": {"field": "bottom"},
            "color": colour,
        },
    }
    labels: list[Drawing] = [
        {
            "transform": [
                *only_nodes,
                {"filter": f"{test} && datum.bottom - datum.top > {GAP}"},
                {"calculate": "(datum.top + datum.bottom) / 2", "as": "middle"},
            ],
            "mark": mark("text", "node-name", aria=False, align=align, dx=dx),
            "encoding": {
                "x": quantity(edge, **x),
                "y": quantity("middle", **y),
                "text": name("target"),
            },
        }
        for test, edge, align, dx in (
            (f"datum.target != '{PURCHASE}'", "x2", "left", 5),
            (f"datum.target == '{PURCHASE}'", "x", "right", -5),
        )
    ]
    return Figure(
        name=figure,
        label=label,
        where={"which": which},
        question="How does content work together?",
        note=f"The {LIMITS['paths']} most frequent paths of content types to a purchase, from "
        f"left to right; of longer ones the last {DEPTH} steps. The thicker, the more orders. "
        "Neighbours of one type are one step.",
        empty="No purchase had content on its way yet.",
        data="flows",
        fields=FIELDS,
        layers=[ribbons, nodes, *labels],
        height=300,
    )


def flows(rows: list[Row]) -> list[Row]:
    """Ribbons (five points each) and nodes of both drawings, from rows of `paths`."""
    choices = {"all": rows, "longer": [row for row in rows if row["path_length"] > 1]}
    return [{"which": which, **row} for which, some in choices.items() for row in _laid_out(some)]


def _laid_out(rows: list[Row]) -> list[Row]:
    steps = [([*_steps(row["path"]), PURCHASE], int(row["orders"])) for row in rows]
    depth = max((len(path) for path, _ in steps), default=0)
    through: dict[Node, int] = defaultdict(int)
    links: dict[tuple[Node, Node], int] = defaultdict(int)
    for path, orders in steps:
        nodes = [(depth - len(path) + step, kind) for step, kind in enumerate(path)]
        for node in nodes:
            through[node] += orders
        for pair in pairwise(nodes):
            links[pair] += orders
    if not steps:
        return []
    every = through[depth - 1, PURCHASE]
    tops = _stacked(through, every)
    out, into = dict(tops), dict(tops)
    drawn: list[Row] = []
    for (source, target), orders in sorted(
        links.items(), key=lambda link: (tops[link[0][0]], tops[link[0][1]])
    ):
        width = orders / every
        for across, down in BEND:
            top = out[source] + (into[target] - out[source]) * down
            drawn.append(
                {
                    "kind": "ribbon",
                    "ribbon": f"{source} {target}",
                    "group": source[1],
                    "source": source[1],
                    "target": target[1],
                    "orders": orders,
                    "order_share": width,
                    "x": source[0] + NODE + (1 - NODE) * across,
                    "x2": None,
                    "top": top,
                    "bottom": top + width,
                }
            )
        out[source] += width
        into[target] += width
    return drawn + [_node(node, orders, tops[node], every) for node, orders in through.items()]


def _node(node: Node, orders: int, top: float, every: int) -> Row:
    column, kind = node
    return {
        "kind": "node",
        "ribbon": f"{node}",
        "group": kind,
        "source": None,
        "target": kind,
        "orders": orders,
        "order_share": orders / every,
        "x": column,
        "x2": column + NODE,
        "top": top,
        "bottom": top + orders / every,
    }


def _steps(path: str) -> list[str]:
    return path.split(" > ")[-DEPTH:]


def _stacked(through: dict[Node, int], every: int) -> dict[Node, float]:
    """Where each node begins: the busiest types on top, in the same order in each column."""
    busy: dict[str, int] = defaultdict(int)
    for (_, kind), orders in through.items():
        busy[kind] += orders
    tops: dict[Node, float] = {}
    below: dict[int, float] = defaultdict(float)
    for node in _by_traffic(through, busy):
        tops[node] = below[node[0]]
        below[node[0]] += through[node] / every + GAP
    return tops


def _by_traffic(nodes: Iterable[Node], busy: dict[str, int]) -> list[Node]:
    return sorted(nodes, key=lambda node: (-busy[node[1]], node[1]))
