"""The store's control endpoints: make a change, see and steer the webhooks it sends.

They are no part of Shopify's API; what a change does is in `changes/`.
"""

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nerdx_pipelines.demo.store import changes
from nerdx_pipelines.demo.store.admin import Admin
from nerdx_pipelines.demo.store.webhooks.deliveries import Behaviour, Deliveries
from nerdx_pipelines.demo.store.writes.change import RefusedError, Writer


class Control:
    """The endpoints of one server, each for requests whose token has been checked."""

    def __init__(self, writer: Writer, deliveries: Deliveries) -> None:
        self._writer, self._deliveries = writer, deliveries

    async def change(self, request: Request) -> Response:
        """POST one form of `changes/`: 200 with what it touched, 400 or 422 with the reasons."""
        try:
            form = changes.FORMS.validate_json(await request.body())
        except ValidationError as error:
            return _invalid(error)
        return await run_in_threadpool(self._change, form)

    def _change(self, form: changes.Form) -> Response:
        try:
            with self._writer.change() as change:
                result = changes.done(change, form)
        except RefusedError as refused:
            return JSONResponse({"errors": refused.errors}, 422)
        return JSONResponse(result)

    async def deliveries(self, request: Request) -> Response:
        """GET what was sent, with bodies on demand (?body=1); POST a Behaviour to change it."""
        if request.method == "POST":
            try:
                behaviour = Behaviour.model_validate_json(await request.body())
            except ValidationError as error:
                return _invalid(error)
            self._deliveries.behave(behaviour)
            return JSONResponse(behaviour.model_dump(mode="json"))
        with_body = request.query_params.get("body") in ("1", "true")
        listed = await run_in_threadpool(self._deliveries.listed, with_body=with_body)
        return JSONResponse(listed)

    def routes(self, admin: Admin) -> list[Route]:
        """The routes; `admin` checks the token of each request."""
        change = admin.answering(self.change, faultless=True)
        deliveries = admin.answering(self.deliveries, faultless=True)
        return [
            Route("/demo/changes", change, methods=["POST"]),
            Route("/demo/deliveries", deliveries, methods=["GET", "POST"]),
        ]


def _invalid(error: ValidationError) -> Response:
    reasons = [
        {"field": [str(part) for part in each["loc"]], "message": each["msg"]}
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return JSONResponse({"errors": reasons}, 400)
