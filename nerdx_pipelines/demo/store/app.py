"""The store's HTTP surface: the GraphQL endpoint, access scopes and bulk result files.

An ASGI application without a socket; binding and running it is in `server.py`.
"""

import json
import secrets
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.bulk import OUTPUTS, BulkOperations
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.execution import Executor
from nerdx_pipelines.demo.store.resolvers import SCOPES
from nerdx_pipelines.demo.store.throttle import Bucket
from nerdx_pipelines.demo.store.versions import OLDEST, served

_UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    store: Path, *, token: str, files_dir: Path, bucket: float = 2000, restore: float = 100
) -> Starlette:
    """The Admin API of the store database `store`, for clients that send `token`.

    Bulk results are kept in `files_dir` while the application runs. `bucket` points of query
    cost refill at `restore` a second. Raises ConfigError if `store` is not a demo store.
    """
    database = StoreDatabase(store, files_dir / "spill")
    bulk = BulkOperations(database, files_dir)
    executor = Executor(database, bulk, Bucket(bucket, restore))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(bulk.close)
        database.close()

    async def graphql(request: Request) -> Response:
        body = _body(await request.body(), request.headers.get("content-type", ""))
        if body is None:
            return JSONResponse({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        answer = await run_in_threadpool(
            executor.answer,
            body["query"],
            body.get("variables") or {},
            body.get("operationName"),
            str(request.base_url).rstrip("/"),
            request.state.request_id,
            request.state.version,
            Access(frozenset(SCOPES)),
        )
        return JSONResponse(answer)

    async def access_scopes(_: Request) -> Response:
        return JSONResponse({"access_scopes": [{"handle": scope} for scope in SCOPES]})

    async def bulk_file(request: Request) -> Response:
        path = bulk.file(request.path_params["token"])
        if path is None or path.name != request.path_params["name"]:
            return Response(status_code=404)
        return FileResponse(path, media_type="application/jsonl", filename=path.name)

    admin = _admin(token)
    return Starlette(
        routes=[
            Route("/admin/api/{version}/graphql.json", admin(graphql), methods=["POST"]),
            Route("/admin/api/graphql.json", admin(graphql), methods=["POST"]),
            Route("/admin/oauth/access_scopes.json", admin(access_scopes)),
            Route(f"{OUTPUTS}/{{token}}/{{name}}", bulk_file),
        ],
        lifespan=lifespan,
    )


def _admin(token: str) -> Callable[[Endpoint], Endpoint]:
    """Wraps an endpoint in what every Admin API answer has: token, version and request id."""

    def wrap(endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            request.state.request_id = str(uuid.uuid4())
            version = served(request.path_params.get("version"))
            request.state.version = version
            given = request.headers.get("x-shopify-access-token", "")
            if version is None:
                response: Response = JSONResponse({"errors": "Not Found"}, 404)
            elif not secrets.compare_digest(given.encode(), token.encode()):
                response = JSONResponse({"errors": _UNAUTHORIZED}, 401)
            else:
                response = await endpoint(request)
            response.headers["X-Shopify-API-Version"] = version or OLDEST
            response.headers["X-Request-Id"] = request.state.request_id
            return response

        return answer

    return wrap


def _body(content: bytes, content_type: str) -> dict[str, Any] | None:
    """The request's query, variables and operation name; None if there is no query in it."""
    try:
        if content_type.startswith("application/graphql"):
            return {"query": content.decode()}
        body = json.loads(content)
    except ValueError:
        return None
    usable = isinstance(body, dict) and isinstance(body.get("query"), str)
    return body if usable and isinstance(body.get("variables") or {}, dict) else None
