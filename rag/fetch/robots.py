"""What a site's robots.txt lets us fetch, by RFC 9309.

| The answer                          | What may be fetched                                  |
|-------------------------------------|------------------------------------------------------|
| 200                                 | what its rules say                                   |
| other 4xx, or over 5 redirects      | everything: the site has no rules                    |
| 429, 5xx, none, refused by us       | nothing; rules known from the last 30 days still hold |
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from rag.errors import InputError, MissingExtraError
from rag.fetch.connect import NotAllowedError
from rag.fetch.fetcher import PRODUCT, Fetcher
from rag.fetch.url import Target, parse_url

if TYPE_CHECKING:
    from protego import Protego

MAX_BYTES = 512_000
MAX_REDIRECTS = 5
MAX_DELAY_S = 60.0
"""Longest pause between requests that a site may ask for; a list of a thousand of its pages then takes a day."""

DAY_S = FRESH_S = 86_400.0
RETRY_S = 600.0
STALE_S = 30 * 86_400.0
"""How long rules hold, how soon an unreachable robots.txt is asked for again, and how long old rules stand in for it."""


class Found(StrEnum):
    """What became of asking for a robots.txt."""

    RULES = "rules"
    NONE = "none"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Rules:
    """What one robots.txt says: its text where there is one, when that was read, and until when it holds (Unix times)."""

    found: Found
    body: str = ""
    read_at: float = 0.0
    holds_until: float = 0.0
    problem: str = ""

    def refusal(self, target: Target) -> str:
        """Return why a target may not be fetched, as a phrase; empty where it may."""
        if self.found is Found.UNREACHABLE:
            return f"the robots.txt of {target.origin} cannot be read ({self.problem}), so nothing there is; try again later"
        if self.found is Found.RULES and not self._parsed.can_fetch(target.url, PRODUCT):
            return f"the robots.txt of {target.origin} asks not to fetch it"
        return ""

    @property
    def delay_s(self) -> float:
        """The pause between two requests that the site asks for; 0 where it does not."""
        if self.found is not Found.RULES:
            return 0.0
        rate = self._parsed.request_rate(PRODUCT)
        asked = max(self._parsed.crawl_delay(PRODUCT) or 0.0, rate.seconds / rate.requests if rate and rate.requests else 0.0)
        return min(asked, MAX_DELAY_S)

    @cached_property
    def _parsed(self) -> Protego:
        try:
            from protego import Protego
        except ImportError:
            raise MissingExtraError("robots.txt cannot be read without protego; type: pip install 'newsrag[web]'") from None
        return Protego.parse(self.body)


NO_RULES = Rules(Found.NONE, holds_until=float("inf"))
"""The rules where robots.txt is not asked for."""


def read_rules(fetcher: Fetcher, origin: str, known: Rules | None = None, *, clock: Callable[[], float] = time.time) -> Rules:
    """Return the rules of a site, asking it at most six times.

    Args:
        known: The rules known so far, which stand in for up to 30 days where the site does not answer.

    Raises:
        NotAllowedError: it lies, or redirects to, where nothing is fetched from.
    """
    now = clock()
    try:
        rules = _ask(fetcher, origin)
    except NotAllowedError:
        raise
    except InputError as error:
        rules = Rules(Found.UNREACHABLE, problem=str(error))
    if rules.found is not Found.UNREACHABLE:
        return replace(rules, read_at=now, holds_until=now + FRESH_S)
    if known and known.found is not Found.UNREACHABLE and now - known.read_at < STALE_S:
        return replace(known, holds_until=now + RETRY_S)
    return replace(rules, read_at=now, holds_until=now + RETRY_S)


def _ask(fetcher: Fetcher, origin: str) -> Rules:
    target = parse_url(f"{origin}/robots.txt", allowed=fetcher.allowed)
    for _ in range(MAX_REDIRECTS + 1):
        response = fetcher.get(target, max_bytes=MAX_BYTES)
        if response.location is None:
            break
        target = response.location
    else:
        return Rules(Found.NONE)
    if response.status == 429 or response.status >= 500:
        return Rules(Found.UNREACHABLE, problem=f"it answered {response.status}")
    if response.status != 200:
        return Rules(Found.NONE)
    return Rules(Found.RULES, response.body.decode("utf-8-sig", "replace"))
