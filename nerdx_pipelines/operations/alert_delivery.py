"""How an alert reaches the incoming webhook of a chat, without any secret and without end.

What is worth an alert is decided in `alerts.py`.
"""

import json
from collections.abc import Mapping
from typing import Any

import requests
import stamina
from pydantic import SecretStr

from nerdx_pipelines.errors import AlertError
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify.transport.network import short

TRIES, TIMEOUT = 3, (3, 7)  # seconds to connect, to read; all of it fits into a tick's 60 s


def post(url: SecretStr, message: Mapping[str, Any]) -> None:
    """POST `message` as JSON; raise AlertError, which does not show `url`, if nobody takes it."""
    for attempt in stamina.retry_context(
        on=_PassingError, attempts=TRIES, wait_initial=0.5, wait_max=5
    ):
        with attempt:
            _post_once(url, message)


class _PassingError(AlertError):
    """May go by."""


def _post_once(url: SecretStr, message: Mapping[str, Any]) -> None:
    try:
        answer = requests.post(
            url.get_secret_value(), json=message, timeout=TIMEOUT, allow_redirects=False
        )
    except requests.RequestException as error:  # not chained: it quotes the address
        raise _PassingError(f"Nobody takes alerts at NERDX_ALERT_URL: {short(error)}.") from None
    if answer.status_code >= 300:
        kind = (
            _PassingError
            if answer.status_code in (408, 429) or answer.status_code >= 500
            else AlertError
        )
        raise kind(f"NERDX_ALERT_URL refused an alert: HTTP {answer.status_code}. Set another one.")


def scrubbed(message: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """The message without any value of a secret setting, wherever an error may have quoted it."""
    text = json.dumps(message, ensure_ascii=False)
    for value in dict(settings).values():
        if isinstance(value, SecretStr) and value.get_secret_value():
            quoted = json.dumps(value.get_secret_value(), ensure_ascii=False)[1:-1]
            text = text.replace(quoted, "***")
    clean: dict[str, Any] = json.loads(text)
    return clean
