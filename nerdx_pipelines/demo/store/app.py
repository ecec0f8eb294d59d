"""The store's HTTP surface: which address is answered by whom.

An ASGI application without a socket; binding and running it is in `server.py`. What every answer
of the Admin API has in common is in `admin.py`.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from nerdx_pipelines.demo.store import broken
from nerdx_pipelines.demo.store.admin import Admin, Endpoint
from nerdx_pipelines.demo.store.bulk.operations import BulkOperations, ExpiredError
from nerdx_pipelines.demo.store.bulk.results import OUTPUTS
from nerdx_pipelines.demo.store.control import Control
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.faults import ON_FILES, Faults
from nerdx_pipelines.demo.store.graphql.execution import Executor
from nerdx_pipelines.demo.store.late import LateUpdates
from nerdx_pipelines.demo.store.oauth import GrantError, Tokens
from nerdx_pipelines.demo.store.options import Options
from nerdx_pipelines.demo.store.rest.endpoints import Asked, Rest
from nerdx_pipelines.demo.store.rest.filters import FILTERS
from nerdx_pipelines.demo.store.throttle import Bucket
from nerdx_pipelines.demo.store.webhooks.deliveries import Deliveries
from nerdx_pipelines.demo.store.writes.change import Writer
from nerdx_pipelines.demo.store.writes.idempotency import Idempotency


def create_app(store: Path, *, token: str, files_dir: Path, **choices: Any) -> Starlette:
    """The Admin API of the store database `store`, for clients that send `token`.

    Bulk results are kept in `files_dir` while the application runs; `choices` are those of
    `Options`. Raises ConfigError if `store` is not a demo store, ValueError for unknown faults.
    """
    options = Options(**choices)
    faults = Faults(options.faults)
    database = StoreDatabase(store, files_dir / "spill")
    bulk = BulkOperations(
        database,
        files_dir,
        faults,
        at_once=options.bulk_at_once,
        url_lifetime=options.url_lifetime,
    )
    deliveries = Deliveries(database, SecretStr(options.webhook_secret), options.access)
    writer = Writer(database, deliveries)
    bucket = Bucket(options.bucket, options.restore)
    executor = Executor(database, bulk, bucket, Idempotency(writer))
    rest = Rest(database, Bucket(options.calls, options.calls_restore))
    client = options.client and (options.client[0], SecretStr(options.client[1]))
    tokens = Tokens(
        {**options.tokens, token: options.access}, options.access, client, options.token_lifetime
    )
    admin = Admin(tokens, faults, bucket, LateUpdates(writer, faults).one)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(bulk.close)
        await run_in_threadpool(deliveries.close)
        database.close()

    routes = [
        *_graphql(admin, executor),
        *_oauth(admin, tokens),
        *_rest(admin, rest),
        _bulk_files(bulk, faults),
        _faults(admin, faults),
        *Control(writer, deliveries).routes(admin),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.database = database
    return app


def _graphql(admin: Admin, executor: Executor) -> list[Route]:
    async def graphql(request: Request) -> Response:
        body = _query(await request.body(), request.headers.get("content-type", ""))
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
            request.state.access,
        )
        return JSONResponse(answer)

    endpoint = admin.answering(graphql, graphql=True)
    return [
        Route("/admin/api/{version}/graphql.json", endpoint, methods=["POST"]),
        Route("/admin/api/graphql.json", endpoint, methods=["POST"]),
    ]


def _rest(admin: Admin, rest: Rest) -> list[Route]:
    async def shop(request: Request) -> Response:
        return await run_in_threadpool(rest.shop, request.state.access)

    async def refunds(request: Request) -> Response:
        asked = _asked(request)
        mine = {**asked.parameters, "order_id": str(request.path_params["id"])}
        of_order = Asked(asked.url, mine, asked.access)
        return await run_in_threadpool(rest.several, "refunds", of_order)

    async def nothing(_: Request) -> Response:
        return JSONResponse({"errors": "Not Found"}, 404)

    paths: dict[str, Endpoint] = {"shop.json": shop, "orders/{id:int}/refunds.json": refunds}
    for name in FILTERS:
        paths |= _of_resource(rest, name)
    starts = ("/admin/api/{version}", "/admin/api", "/admin")
    found = [(f"{start}/{path}", each) for start in starts for path, each in paths.items()]
    found += [(f"{start}/{{nothing}}.json", nothing) for start in starts]
    return [Route(path, admin.answering(endpoint, rest=rest)) for path, endpoint in found]


def _of_resource(rest: Rest, name: str) -> dict[str, Endpoint]:
    async def several(request: Request) -> Response:
        return await run_in_threadpool(rest.several, name, _asked(request))

    async def count(request: Request) -> Response:
        return await run_in_threadpool(rest.count, name, _asked(request))

    async def one(request: Request) -> Response:
        return await run_in_threadpool(rest.one, name, request.path_params["id"], _asked(request))

    return {
        f"{name}.json": several,
        f"{name}/count.json": count,
        f"{name}/{{id:int}}.json": one,
    }


def _oauth(admin: Admin, tokens: Tokens) -> list[Route]:
    async def access_scopes(request: Request) -> Response:
        scopes = sorted(request.state.access.scopes)
        return JSONResponse({"access_scopes": [{"handle": scope} for scope in scopes]})

    async def access_token(request: Request) -> Response:
        asked = _fields(await request.body(), request.headers.get("content-type", ""))
        try:
            return JSONResponse(tokens.grant(asked))
        except GrantError as error:
            if error.code == "application_cannot_be_found":
                return HTMLResponse(
                    f"<html><head><title>Oauth error {error.code}: {error}</title></head></html>",
                    400,
                )
            return JSONResponse({"error": error.code, "error_description": str(error)}, 400)

    return [
        Route("/admin/oauth/access_scopes.json", admin.answering(access_scopes)),
        Route(
            "/admin/oauth/access_token",
            admin.answering(access_token, open_to_all=True),
            methods=["POST"],
        ),
    ]


def _bulk_files(bulk: BulkOperations, faults: Faults) -> Route:
    async def bulk_file(request: Request) -> Response:
        try:
            path = bulk.file(request.path_params["token"], request.path_params["name"])
        except ExpiredError:
            return broken.expired()
        if path is None:
            return Response(status_code=404)
        file = FileResponse(path, media_type="application/jsonl", filename=path.name)
        return broken.met(faults, faults.strike(*ON_FILES), file)

    return Route(f"{OUTPUTS}/{{token}}/{{name}}", bulk_file)


def _faults(admin: Admin, faults: Faults) -> Route:
    async def control(request: Request) -> Response:
        if request.method == "PUT":
            try:
                settings = json.loads(await request.body())
                if not isinstance(settings, dict):
                    raise ValueError("Faults are set by a JSON object.")
                faults.configure(settings)
            except ValueError as error:
                return JSONResponse({"errors": str(error)}, 400)
        return JSONResponse(faults.settings)

    endpoint = admin.answering(control, faultless=True)
    return Route("/demo/faults", endpoint, methods=["GET", "PUT"])


def _asked(request: Request) -> Asked:
    url = f"{str(request.base_url).rstrip('/')}{request.url.path}"
    return Asked(url, dict(request.query_params), request.state.access)


def _query(content: bytes, content_type: str) -> dict[str, Any] | None:
    """The request's query, variables and operation name; None if there is no query in it."""
    try:
        if content_type.startswith("application/graphql"):
            return {"query": content.decode()}
        body = json.loads(content)
    except ValueError:
        return None
    usable = isinstance(body, dict) and isinstance(body.get("query"), str)
    return body if usable and isinstance(body.get("variables") or {}, dict) else None


def _fields(content: bytes, content_type: str) -> dict[str, Any]:
    """The fields of a form or of a JSON object; none if it is neither."""
    try:
        if content_type.startswith("application/json"):
            body = json.loads(content)
            return body if isinstance(body, dict) else {}
        return dict(parse_qsl(content.decode()))
    except ValueError:
        return {}
