"""What the graph holds, read back: how many of each kind and which, whoever made them.

What it should hold is in `projection.py`; what it is known to hold, in `ledger.py`.
"""

import json
import re
from collections.abc import Iterator

import pyarrow as pa

from nerdx_pipelines.graph.client import Graph, Row
from nerdx_pipelines.graph.kinds import KINDS, NODES, Kind


def count(graph: Graph, kind: Kind) -> int:
    """How many of one kind the graph holds; nodes without our key are another system's."""
    ours = f"WHERE n.{kind.key[0]} IS NOT NULL" if kind in NODES else ""
    return int(graph.read(f"MATCH {kind.pattern} {ours} RETURN count(n) AS count")[0]["count"])


def everything(graph: Graph) -> pa.Table:
    """Kind and key, as the ledger has them, of all that has what identifies one of a kind."""
    rows = [(kind.name, key) for kind in KINDS for key in _keys(graph, kind)]
    kinds, keys = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"kind": pa.array(kinds, pa.string()), "key": pa.array(keys, pa.string())})


def _keys(graph: Graph, kind: Kind) -> Iterator[str]:
    for row in graph.stream(_listing(kind)):
        if all(value is not None for value in row.values()):
            yield _as_in_ledger(row)


def _as_in_ledger(row: Row) -> str:
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False)


def _listing(kind: Kind) -> str:
    """Cypher that returns the columns of the kind's key, of all that the graph has.

    A column such as user_id is the key of the node :User, any other one a property of `n`.
    """
    pattern = re.sub(r"\(:(\w+)\)", lambda end: f"({end[1].lower()}_id:{end[1]})", kind.pattern)
    ends = {f"{node.name}_id": f"{node.name}_id.{node.key[0]}" for node in kind.between}
    columns = ", ".join(f"{ends.get(column, f'n.{column}')} AS {column}" for column in kind.key)
    return f"MATCH {pattern} RETURN {columns}"
