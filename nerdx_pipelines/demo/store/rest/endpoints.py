"""The REST Admin API: lists, counts and single objects, with pages and the limit on calls.

What is asked for becomes SQL in `filters.py` and `query.py`; tokens, versions and
request ids are the whole application's, in `demo/store/admin.py`.
"""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from graphql import GraphQLError
from starlette.responses import JSONResponse, Response

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.reads.paging import BY_ID, Sort, Window
from nerdx_pipelines.demo.store.rest.filters import BadParameterError, conditions, known
from nerdx_pipelines.demo.store.rest.query import RESOURCES, Page, Resource, page_statement
from nerdx_pipelines.demo.store.sqltext import select
from nerdx_pipelines.demo.store.throttle import Bucket

DEFAULT_LIMIT, MAX_LIMIT = 50, 250
_ALLOWED_WITH_PAGE_INFO = ("limit", "page_info", "fields")


@dataclass(frozen=True)
class Asked:
    """A request for a list: its own address, its parameters, and who asks."""

    url: str
    parameters: Mapping[str, str]
    access: Access


@dataclass(frozen=True)
class Rest:
    """Answers REST requests on one store out of one bucket of calls."""

    database: StoreDatabase
    bucket: Bucket

    def call(self) -> Response | None:
        """Count a call: the refusal, if there were too many."""
        if self.bucket.take(1):
            return None
        rate = f"{self.bucket.restore_rate:g}"
        message = f"Exceeded {rate} calls per second for api client."
        return JSONResponse(
            {"errors": f"{message} Reduce request rates to resume uninterrupted service."},
            429,
            headers={"Retry-After": "2.0"},
        )

    def limit(self) -> str:
        """The value of X-Shopify-Shop-Api-Call-Limit."""
        status = self.bucket.status()
        used = math.ceil(self.bucket.maximum - status["currentlyAvailable"])
        return f"{min(max(used, 1), int(self.bucket.maximum))}/{int(self.bucket.maximum)}"

    def shop(self, access: Access) -> Response:
        """The shop itself."""
        return self._one("shop", self.database.shop_id, None, access)

    def one(self, name: str, id: int, asked: Asked) -> Response:
        """One object by its id."""
        return self._one(name, id, asked.parameters.get("fields"), asked.access)

    def count(self, name: str, asked: Asked) -> Response:
        """How many objects match."""
        resource = RESOURCES[name]
        if refused := _refusal(resource, asked.access):
            return refused
        try:
            where = self._where(name, asked.parameters, asked.access)
        except (BadParameterError, GraphQLError) as error:
            return _bad(error)
        statement = select("count(*)", f"{resource.relation} t", where=where)
        with self.database.cursor() as cursor:
            ((total,),) = cursor.execute(statement).fetchall()
        return JSONResponse({"count": total})

    def several(self, name: str, asked: Asked) -> Response:
        """One page of a list, with links to the pages before and after it."""
        resource = RESOURCES[name]
        if refused := _refusal(resource, asked.access):
            return refused
        try:
            turn = _Turn.of(name, asked.parameters)
            where = self._where(name, turn.filters, asked.access)
        except (BadParameterError, GraphQLError) as error:
            return _bad(error)
        page = Page(
            [*where, turn.window.within],
            turn.sort,
            turn.descending != turn.backward,
            turn.limit + 1,
            _fields(asked.parameters.get("fields")),
        )
        statement = page_statement(resource, page, self.database.zone, asked.access)
        with self.database.cursor() as cursor:
            rows = cursor.execute(statement).fetchall()
        links = turn.links(rows, asked)
        rows = rows[: turn.limit]
        items = ",".join(row[1] for row in (reversed(rows) if turn.backward else rows))
        response = _json(f'{{"{name}":[{items}]}}')
        if links:
            response.headers["Link"] = links
        return response

    def _one(self, name: str, id: int, fields: str | None, access: Access) -> Response:
        resource = RESOURCES[name]
        if refused := _refusal(resource, access):
            return refused
        where = [f"t.id = {id:d}", *_seen(name, access)]
        page = Page(where, fields=_fields(fields))
        statement = page_statement(resource, page, self.database.zone, access)
        with self.database.cursor() as cursor:
            row = cursor.execute(statement).fetchone()
        if row is None:
            return JSONResponse({"errors": "Not Found"}, 404)
        return _json(f'{{"{resource.singular}":{row[1]}}}')

    def _where(self, name: str, filters: Mapping[str, str], access: Access) -> list[str]:
        return [*conditions(name, filters, self.database.zone), *_seen(name, access)]


@dataclass(frozen=True)
class _Turn:
    """Which page of which list: its filters and order, and where it begins."""

    filters: Mapping[str, str]
    order: str | None
    sort: Sort
    descending: bool
    limit: int
    backward: bool
    window: Window
    later: bool = field(default=False)  # reached by page_info

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, str]) -> "_Turn":
        limit = _limit(parameters.get("limit"))
        cursor = parameters.get("page_info")
        if cursor is None:
            asked = {key: value for key, value in parameters.items() if key in known(name)}
            order, backward = parameters.get("order"), False
        else:
            for other in sorted(parameters.keys() - set(_ALLOWED_WITH_PAGE_INFO)):
                raise BadParameterError(other, f"{other} cannot be passed with page_info.")
            asked = _decoded(cursor)
            order, backward = asked.pop("order", None), asked.pop("direction", "") == "prev"
            asked = {key: value for key, value in asked.items() if key in known(name)}
        sort, descending = _sorted(RESOURCES[name], order, asked)
        arguments: dict[str, Any] = {"reverse": descending}
        arguments |= {"last": limit, "before": cursor} if backward else {}
        arguments |= {} if backward else {"first": limit, "after": cursor}
        try:
            window = Window.of(arguments, sort, "t")
        except GraphQLError:
            raise BadParameterError("page_info") from None
        return cls(asked, order, sort, descending, limit, backward, window, cursor is not None)

    def links(self, rows: list[Any], asked: Asked) -> str:
        """The Link header for the fetched rows, one more than the page holds if there is more."""
        more, kept = len(rows) > self.limit, rows[: self.limit]
        if not kept:
            return ""
        first, last = (kept[-1], kept[0]) if self.backward else (kept[0], kept[-1])
        ends = []
        if more if self.backward else self.later:
            ends.append(("previous", self._link(asked, "prev", first)))
        if self.backward or more:
            ends.append(("next", self._link(asked, "next", last)))
        return ", ".join(f'<{url}>; rel="{end}"' for end, url in ends)

    def _link(self, asked: Asked, direction: str, row: Any) -> str:
        content = {"direction": direction, "last_id": row[0], "last_value": row[2], **self.filters}
        if self.order:
            content["order"] = self.order
        text = json.dumps(content, separators=(",", ":"))
        parameters = {"limit": str(self.limit), "page_info": base64.b64encode(text.encode())}
        if "fields" in asked.parameters:
            parameters["fields"] = asked.parameters["fields"]
        return f"{asked.url}?{urlencode(parameters)}"


def _sorted(resource: Resource, order: str | None, filters: Mapping[str, str]) -> tuple[Sort, bool]:
    if order is not None:
        key, _, way = order.strip().partition(" ")
        if key in resource.sorts:
            return resource.sorts[key], way.strip().lower() == "desc"
    if "since_id" in filters:
        return BY_ID, False
    return resource.default_sort, resource.descending


def _decoded(cursor: str) -> dict[str, str]:
    try:
        content = json.loads(base64.b64decode(cursor, validate=True))
        return {str(key): str(value) for key, value in content.items()}
    except (ValueError, AttributeError):
        raise BadParameterError("page_info") from None


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_LIMIT
    if not given.isdecimal():
        raise BadParameterError("limit")
    return min(int(given), MAX_LIMIT) or DEFAULT_LIMIT


def _fields(given: str | None) -> frozenset[str] | None:
    return frozenset(each.strip() for each in given.split(",")) if given else None


def _refusal(resource: Resource, access: Access) -> Response | None:
    if resource.scope is None or access.has(resource.scope):
        return None
    message = f"[API] This action requires merchant approval for {resource.scope} scope."
    return JSONResponse({"errors": message}, 403)


def _seen(name: str, access: Access) -> list[str]:
    seen = access.visible.get("Order") if name == "orders" else None
    return [f"t.{seen}"] if seen else []


def _bad(error: BadParameterError | GraphQLError) -> Response:
    if isinstance(error, BadParameterError):
        return JSONResponse({"errors": {error.name: str(error)}}, 400)
    return JSONResponse({"errors": error.message}, 400)


def _json(text: str) -> Response:
    return Response(text, media_type="application/json; charset=utf-8")
