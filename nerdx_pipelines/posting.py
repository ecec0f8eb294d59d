"""One POST that has an end: tried again while the other side is away or busy, a few times.

What is sent, and what it means that nobody took it, is the callers' part.
"""

from typing import Any, NamedTuple

import requests
import stamina

from nerdx_pipelines.errors import NerdxError
from nerdx_pipelines.shopify.transport.network import short


class Taker(NamedTuple):
    """Somebody who is to take something, in the words and the patience of its errors."""

    where: str  # what errors call the address, which may be a secret
    what: str
    remedy: str
    error: type[NerdxError]
    tries: int
    timeout: tuple[float, float]  # seconds to connect, to answer


class _PassingError(Exception):
    """May go by."""


def post(url: str, to: Taker, **request: Any) -> int:
    """POST what `request` has, as `requests.post` takes it; the status of the answer, a 2xx.

    Raises `to.error`, which does not show `url`, if it is refused or was tried `to.tries` times.
    """
    try:
        for attempt in stamina.retry_context(
            on=_PassingError, attempts=to.tries, wait_initial=0.5, wait_max=5
        ):
            with attempt:
                return _post_once(url, to, request)
    except _PassingError as error:
        raise to.error(str(error)) from None
    raise AssertionError("unreachable")


def _post_once(url: str, to: Taker, request: dict[str, Any]) -> int:
    try:
        answer = requests.post(url, timeout=to.timeout, allow_redirects=False, **request)
    except requests.RequestException as error:  # not chained: it quotes the address
        reason = short(error)
        raise _PassingError(
            f"Nobody takes {to.what} at {to.where}: {reason}. {to.remedy}"
        ) from None
    if answer.status_code < 300:
        return answer.status_code
    passing = answer.status_code in (408, 429) or answer.status_code >= 500
    raise (_PassingError if passing else to.error)(
        f"{to.where} refused {to.what}: HTTP {answer.status_code}. {to.remedy}"
    )
