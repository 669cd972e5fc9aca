"""Whoever sent a request, as the door found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SCOPE_KEY = "newsrag.caller"
"""Where a request's scope holds its caller."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    `owner` is whose conversations they see: of an account, or of one browser. `account` is its name, empty without accounts.
    `address` is where they come from, empty where that is not known. `is_known` tells that they showed a login, a key or a
    browser's cookie.
    """

    owner: str
    account: str = ""
    address: str = ""
    is_known: bool = False

    @property
    def paying(self) -> str:
        """Whom limits count: the account or the browser, else the address."""
        return self.owner if self.is_known else f"address:{self.address}"


NOBODY = Caller("nobody")
"""Whoever comes past the door, in tests."""


def caller_of(request: Any) -> Caller:
    """Return who sent a request: Starlette's, or Gradio's around one."""
    scope = getattr(getattr(request, "request", None) or request, "scope", None) or {}
    found = scope.get(SCOPE_KEY, NOBODY)
    assert isinstance(found, Caller)
    return found
