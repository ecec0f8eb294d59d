"""One page of a connection as a scalar subquery: its nodes, edges and page information.

Which rows a page wants is in `paging.py`; what each becomes is the compiler's.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import GraphQLObjectType

from nerdx_pipelines.demo.store.graphql.selection import Selected
from nerdx_pipelines.demo.store.reads.objects import Pairs, Row
from nerdx_pipelines.demo.store.reads.paging import Window
from nerdx_pipelines.demo.store.sqltext import json_object, select

if TYPE_CHECKING:
    from nerdx_pipelines.demo.store.reads.compiler import Compiler


@dataclass
class Page:
    """One connection in the making; `items` are the JSON objects that its rows become."""

    compiler: "Compiler"
    connection: Selected
    type: GraphQLObjectType
    row: Row
    window: Window
    conditions: list[str | None]
    items: list[str] = field(default_factory=list)

    def sql(self) -> str:
        """The subquery; its only value is the JSON of the connection."""
        parts = self.compiler.selections.of(self.connection.type, self.connection.nodes)
        answer = json_object([(part.key, self._part(part)) for part in parts])
        page = select(
            "*",
            self._relation,
            where=[*self.conditions, self.window.within],
            order=self.window.order,
            limit=self.window.size + 1,
        )
        columns = [
            f"{self.window.cursor} AS cursor",
            f"row_number() OVER (ORDER BY {self.window.order}) AS rank",
            *(f"{item} AS item{index}" for index, item in enumerate(self.items)),
        ]
        joins = " ".join(self.row.joins)
        ranked = select(", ".join(columns), f"({page}) {self.row.alias} {joins}")
        # One object whatever is selected: a row too many or none, if nothing in it aggregates.
        whole = f"CASE WHEN count(*) >= 0 THEN {answer} END"
        return f"({select(whole, f'({ranked})')})"

    @property
    def _relation(self) -> str:
        return f"{self.compiler.relation(self.type)} {self.row.alias}"

    @property
    def _kept(self) -> str:
        # One row more than asked for is fetched, to know whether there is a next page.
        return f"FILTER (rank <= {self.window.size})"

    def _part(self, part: Selected) -> str:
        match part.name:
            case "nodes":
                return self._all(self.compiler.pairs(self.type, part.nodes, self.row))
            case "edges":
                return self._all(self._edge(part))
            case "pageInfo":
                return self._page_info(part)
        return self.compiler.default(self.connection.type, part) or "NULL"

    def _all(self, pairs: Pairs) -> str:
        item = f"item{len(self.items)}"
        self.items.append(json_object(pairs))
        direction = "DESC" if self.window.backward else "ASC"
        kept = f"list({item} ORDER BY rank {direction}) {self._kept}"
        return f"coalesce(to_json({kept}), json_array())"

    def _edge(self, edges: Selected) -> Pairs:
        return [
            (
                part.key,
                json_object(self.compiler.pairs(self.type, part.nodes, self.row))
                if part.name == "node"
                else self.window.cursor
                if part.name == "cursor"
                else self.compiler.default(edges.type, part) or "NULL",
            )
            for part in self.compiler.selections.of(edges.type, edges.nodes)
        ]

    def _page_info(self, part: Selected) -> str:
        beyond = "false"
        if self.window.beyond:
            rows = select("1", self._relation, where=[*self.conditions, self.window.beyond])
            beyond = f"EXISTS ({rows})"
        more = f"count(*) > {self.window.size}"
        ends = [f"arg_min(cursor, rank) {self._kept}", f"arg_max(cursor, rank) {self._kept}"]
        previous, following = (more, beyond) if self.window.backward else (beyond, more)
        values = {
            "hasPreviousPage": previous,
            "hasNextPage": following,
            "startCursor": ends[self.window.backward],
            "endCursor": ends[not self.window.backward],
            "__typename": "'PageInfo'",
        }
        fields = self.compiler.selections.of(part.type, part.nodes)
        return json_object([(each.key, values[each.name]) for each in fields])
