"""What the shop says against a change that it understood and did not make: its `userErrors`.

Failures of a request as a whole are in `transport/reply.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nerdx_pipelines.errors import ShopifyError


@dataclass(frozen=True)
class UserError:
    """One entry of a payload's `userErrors`; `field` is a path such as `product.title`."""

    field: str
    message: str
    code: str

    def __str__(self) -> str:
        return f"{self.message} ({self.field})" if self.field else self.message


UserErrors = tuple[UserError, ...]


class ShopifyUserError(ShopifyError):
    """The shop understood a mutation and refused it; `errors` says which inputs and why."""

    def __init__(self, problem: str, errors: UserErrors, advice: str = "") -> None:
        super().__init__(f"{problem}: {in_words(errors)} {advice}".rstrip())
        self.errors = errors


def user_errors(payload: Mapping[str, Any]) -> UserErrors:
    """What a mutation's payload lists, none if the change was made."""
    return tuple(
        UserError(
            ".".join(map(str, error.get("field") or [])),
            " ".join(error["message"].split()),
            error.get("code") or "",
        )
        for error in payload["userErrors"] or []
    )


def in_words(errors: Iterable[UserError]) -> str:
    """All of them in one line."""
    return "; ".join(map(str, errors))
