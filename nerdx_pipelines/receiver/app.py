"""The receiver's ASGI application: its routes, its start and its end.

What each call does is in the modules beside; sockets and signals are in `server.py`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nerdx_pipelines.receiver.administration import Administration
from nerdx_pipelines.receiver.budget import Budget
from nerdx_pipelines.receiver.events import Events
from nerdx_pipelines.receiver.landing import AGE_S, Landing
from nerdx_pipelines.receiver.metrics import Metrics
from nerdx_pipelines.receiver.segments import SegmentWriter
from nerdx_pipelines.receiver.webhooks import PREFIX, Webhooks
from nerdx_pipelines.settings import Settings

QUEUE_BYTES = 16 * 2**20
CHECK_S = 2.0


def create_app(
    settings: Settings,
    *,
    queue_bytes: int | None = None,
    segment_age_s: float = AGE_S,
    landing: Landing | None = None,
) -> Starlette:
    """The application of the settings.

    `queue_bytes` bounds the requests in memory, a segment is closed when it is `segment_age_s`
    old; `landing` is another way for webhooks to disk.
    """
    budget = Budget(queue_bytes or max(QUEUE_BYTES, 4 * settings.max_body))
    metrics = Metrics()
    metrics.queue_bytes.set_function(lambda: budget.used)
    make = partial(_landing, settings, budget, metrics, segment_age_s)
    landings = {"webhooks": landing or make("webhooks")}
    if settings.write_key:
        landings["events"] = make("events")
    for kind, each in landings.items():
        metrics.watch_inbox(settings.inbox_dir, kind)
        metrics.watch_segment(kind, each.age)
    secrets = [each for each in (settings.webhook_secret, settings.webhook_secret_old) if each]
    webhooks = Webhooks(landings["webhooks"], budget, metrics, secrets, settings.max_body)
    events = Events(landings.get("events"), budget, metrics, settings.write_key, settings.max_body)
    administration = Administration(settings, budget)
    origins = [each.strip() for each in settings.event_origins.split(",") if each.strip()]

    async def healthz(_: Request) -> Response:
        return await _health(landings)

    async def numbers(_: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for each in landings.values():
            await each.start()
        yield
        for each in landings.values():
            await each.close()

    return Starlette(
        routes=[
            Route(f"{PREFIX}/{{topic}}", webhooks.endpoint, methods=["POST"]),
            Route(PREFIX, webhooks.endpoint, methods=["POST"]),
            Route(f"{PREFIX}/webhooks/list", administration.listed, methods=["GET"]),
            Route(f"{PREFIX}/webhooks/register", administration.registered, methods=["POST"]),
            *events.routes(origins),
            Route("/healthz", healthz, methods=["GET"]),
            Route("/metrics", numbers, methods=["GET"]),
        ],
        lifespan=lifespan,
    )


def _landing(
    settings: Settings, budget: Budget, metrics: Metrics, age_s: float, kind: str
) -> Landing:
    writer = SegmentWriter(
        settings.receiver_dir, settings.inbox_dir, kind, metrics.sync_seconds.labels(kind).observe
    )
    committed = metrics.group_records.labels(kind).observe
    return Landing(writer, budget, age_s=age_s, committed=committed)


async def _health(landings: dict[str, Landing]) -> Response:
    """200 if everything that is taken could be written now, 503 and the reason if not."""
    state: dict[str, object] = {"status": "ok"}
    for kind, landing in landings.items():
        age = landing.age()
        state[kind] = {"open_segment_age_seconds": None if age is None else round(age, 3)}
        try:
            async with asyncio.timeout(CHECK_S):
                await landing.check()
        except TimeoutError:
            state |= {"status": "failing", "error": f"The disk has not answered for {CHECK_S} s."}
        except OSError as error:
            state |= {"status": "failing", "error": f"Nothing can be written: {error.strerror}."}
    return JSONResponse(state, 200 if state["status"] == "ok" else 503)
