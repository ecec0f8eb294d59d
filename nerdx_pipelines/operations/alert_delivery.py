"""How an alert reaches the incoming webhook of a chat, without any secret and without end.

What is worth an alert is decided in `alerts.py`.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from nerdx_pipelines import posting
from nerdx_pipelines.errors import AlertError
from nerdx_pipelines.settings import Settings

TRIES, TIMEOUT = 3, (3, 7)  # seconds to connect, to read; all of it fits into a tick's 60 s
CHAT = posting.Taker("NERDX_ALERT_URL", "an alert", "Set another one.", AlertError, TRIES, TIMEOUT)


def post(url: SecretStr, message: Mapping[str, Any]) -> None:
    """POST `message` as JSON; raise AlertError, which does not show `url`, if nobody takes it."""
    posting.post(url.get_secret_value(), CHAT, json=message)


def scrubbed(message: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """The message without any value of a secret setting, wherever an error may have quoted it."""
    text = json.dumps(message, ensure_ascii=False)
    for value in dict(settings).values():
        if isinstance(value, SecretStr) and value.get_secret_value():
            quoted = json.dumps(value.get_secret_value(), ensure_ascii=False)[1:-1]
            text = text.replace(quoted, "***")
    clean: dict[str, Any] = json.loads(text)
    return clean
