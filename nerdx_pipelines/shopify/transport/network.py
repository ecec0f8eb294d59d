"""What the HTTP library's connection errors come to: one line, and whether anything was sent.

What is done about them is decided by who asked.
"""

import requests
from urllib3.exceptions import NewConnectionError


def short(error: Exception) -> str:
    """The error without the library's nesting, such as "Connection refused"."""
    return str(_reason(error) or error).rsplit(": ", 1)[-1].strip("()'") or type(error).__name__


def never_connected(error: Exception) -> bool:
    """Whether nobody can have received the request."""
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        _reason(error), NewConnectionError
    )


def _reason(error: Exception) -> object:
    return getattr(error.args[0], "reason", None) if error.args else None
