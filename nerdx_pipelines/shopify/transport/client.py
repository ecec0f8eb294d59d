"""One GraphQL call to the Admin API that either answers or says why not.

Transport, pacing and retries live here; what is asked for, and what becomes of the answers,
does not. Reading an answer is in `reply.py`, tokens are in `auth.py`.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import requests
from pydantic import SecretStr

from nerdx_pipelines.errors import ConfigError, ShopifyError, ShopUnavailableError
from nerdx_pipelines.shopify.transport import reply
from nerdx_pipelines.shopify.transport.address import base_url
from nerdx_pipelines.shopify.transport.auth import StaticToken, TokenSource
from nerdx_pipelines.shopify.transport.network import never_connected, short
from nerdx_pipelines.shopify.transport.reply import (
    CostExceededError,
    OutcomeUnknownError,
    PassingError,
)
from nerdx_pipelines.shopify.transport.throttle import Clock, Pacer
from nerdx_pipelines.shopify.versions import check_version, version_warning

__all__ = ["ATTEMPTS", "TIMEOUT", "CostExceededError", "ShopifyClient", "Stats", "check_set"]

log = logging.getLogger(__name__)

ATTEMPTS = 6
TIMEOUT = (5, 60)  # seconds to connect, to read
LONGEST_PAUSE = 60.0  # seconds, whatever the shop asks for


@dataclass(frozen=True)
class Stats:
    """What a client has done so far: requests, points of query cost, seconds it waited."""

    requests: int = 0
    throttled: int = 0
    retried: int = 0
    points: float = 0.0  # as charged in the end
    seconds_waited: float = 0.0


def check_set(name: str, value: str | None) -> str:
    """`value` of the setting `name`; raises ConfigError if there is none."""
    if value:
        return value
    raise ConfigError(
        f"{name} is not set: put the shop's into .env (see .env.example), or try `nerdx demo`, "
        "which brings a store of its own."
    )


@dataclass
class ShopifyClient:
    """A shop's Admin API at one version; may be used by several threads at once.

    `shop_url` is a domain (`demo.myshopify.com`) or a full URL such as the demo store's. Raises
    ConfigError if it or the token is empty or the version malformed; nothing is sent before the
    first call.
    """

    shop_url: str
    access_token: SecretStr | TokenSource
    api_version: str
    attempts: int = ATTEMPTS
    served_version: str | None = None  # what `X-Shopify-API-Version` last said
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        check_set("SHOPIFY_SHOP_URL", self.shop_url)
        check_version(self.api_version)
        if isinstance(self.access_token, SecretStr):
            check_set("SHOPIFY_ACCESS_TOKEN", self.access_token.get_secret_value())
            self._tokens: TokenSource = StaticToken(self.access_token)
        else:
            self._tokens = self.access_token
        self._pacer = Pacer(Clock(self.sleep))
        self._local = threading.local()
        self._lock = threading.Lock()
        self._stats = Stats()
        self._version_told = False

    @property
    def endpoint(self) -> str:
        """URL of the GraphQL endpoint."""
        return f"{base_url(self.shop_url)}/admin/api/{self.api_version}/graphql.json"

    @property
    def session(self) -> requests.Session:
        """This thread's HTTP session: they keep cookies and are not made to be shared."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        session: requests.Session = self._local.session
        return session

    @property
    def stats(self) -> Stats:
        """What was done so far, by all threads."""
        return self._stats

    @property
    def version_warning(self) -> str | None:
        """What is to be said about the API version asked for and the one that answered, if any."""
        return version_warning(self.api_version, self.served_version)

    def execute(
        self, query: str, variables: Mapping[str, object] | None = None, *, idempotent: bool = True
    ) -> dict[str, Any]:
        """`data` of the answer. Retries what can pass; raises ShopifyError for what cannot.

        With `idempotent=False` nothing is sent again that the shop may have carried out already:
        then OutcomeUnknownError is raised. What it certainly did not begin is still sent again.
        """
        problem: PassingError | None = None
        for attempt in range(1, self.attempts + 1):
            if problem:
                self._pause(problem, attempt)
            try:
                return self._once(query, dict(variables or {}))
            except PassingError as error:
                if not (idempotent or error.unsent):
                    raise OutcomeUnknownError(
                        f"{self.shop_url} was asked for a change and gave no usable answer: "
                        f"{_sentence(error)} It may have been made or not: look before you repeat "
                        "it."
                    ) from error
                problem = error
        unchanged = "" if query.lstrip().startswith("mutation") else "; nothing was changed"
        raise ShopUnavailableError(
            f"{self.shop_url} gave no usable answer in {self.attempts} tries: {_sentence(problem)} "
            f"Check the network and SHOPIFY_SHOP_URL, then run it again{unchanged}."
        )

    def _pause(self, problem: PassingError, attempt: int) -> None:
        known = problem.wait
        pause = min(8.0, 0.125 * 2**attempt) if known is None else min(known, LONGEST_PAUSE)
        pause += random.uniform(0, 0.25)  # noqa: S311 (jitter)
        log.warning("Shopify: %s; try %d in %.1f s", problem, attempt, pause)
        self._pacer.clock.sleep(pause)
        self._count(retried=1, seconds_waited=pause)

    def _once(self, query: str, variables: dict[str, object]) -> dict[str, Any]:
        token = self._tokens.token()
        answer = self._answer(query, variables, token)
        if isinstance(answer.problem, reply.TokenRefusedError) and self._tokens.renew(token):
            log.info("Shopify refused a token before its time; it was replaced")
            answer = self._answer(query, variables, self._tokens.token())
        if isinstance(answer.problem, reply.TokenRefusedError):
            raise ShopifyError(f"{self.shop_url}: HTTP 401: {self._tokens.advice}.")
        if answer.problem:
            raise answer.problem
        assert answer.data is not None  # noqa: S101 (for the type checker)
        return answer.data

    def _answer(self, query: str, variables: dict[str, object], token: SecretStr) -> reply.Answer:
        ticket, waited = self._pacer.enter((query, _sizes(variables)))
        cost = None
        try:
            response = self._post(query, variables, token)
            answer = reply.read(response, self.shop_url, self.api_version)
            cost = answer.cost
        finally:
            self._pacer.leave(ticket, cost)
            self._count(requests=1, points=cost.charged if cost else 0, seconds_waited=waited)
        self._count(throttled=int(isinstance(answer.problem, reply.ThrottledError)))
        self._look_at_version(response.headers.get("X-Shopify-API-Version"))
        return answer

    def _post(
        self, query: str, variables: dict[str, object], token: SecretStr
    ) -> requests.Response:
        try:
            return self.session.post(
                self.endpoint,
                json={"query": query, "variables": variables},
                headers={"X-Shopify-Access-Token": token.get_secret_value()},
                timeout=TIMEOUT,
                allow_redirects=False,  # requests would send the token on, to whatever host
            )
        except ValueError:  # not shown: it would quote the token
            raise ShopifyError(
                f"Nothing can be sent to {self.shop_url!r}: SHOPIFY_SHOP_URL or "
                "SHOPIFY_ACCESS_TOKEN holds what no address or token has, such as a line break."
            ) from None
        except requests.RequestException as error:
            raise PassingError(short(error), unsent=never_connected(error)) from error

    def _look_at_version(self, served: str | None) -> None:
        with self._lock:
            self.served_version = served or self.served_version
            warning = None if self._version_told else self.version_warning
            self._version_told = self._version_told or bool(warning)
        if warning:
            log.warning("%s: %s", self.shop_url, warning)

    def _count(self, **more: float) -> None:
        with self._lock:
            added = {name: getattr(self._stats, name) + value for name, value in more.items()}
            self._stats = replace(self._stats, **added)


def _sizes(variables: Mapping[str, object]) -> tuple[object, ...]:
    """What a query's cost depends on beside its text: page sizes and lengths of lists."""
    return tuple(
        (name, len(value) if isinstance(value, list) else value)
        for name, value in variables.items()
        if isinstance(value, int | list)
    )


def _sentence(error: Exception | None) -> str:
    return str(error).rstrip(".") + "."
