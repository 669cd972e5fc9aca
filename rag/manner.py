"""How a question is to be answered: in which language, and from how much evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rag.converse.wording import WORDINGS
from rag.errors import ConfigError

LANGUAGES: dict[str, str] = {code: wording.name for code, wording in WORDINGS.items()}
"""The languages that an answer can be asked for in, by their codes, with their English names."""


class Depth(StrEnum):
    """How much evidence an answer is made from: less is read faster, more finds what is scattered."""

    QUICK = "quick"
    NORMAL = "normal"
    DEEP = "deep"

    def share(self, usual: int) -> int:
        """Return the count in place of a usual one of passages or tokens: half of it, itself, or two and a half times."""
        return max(1, round(usual * _SHARES[self]))

    @property
    def verbatim(self) -> int:
        """Most sentences that an answer without a language model quotes."""
        return _VERBATIM[self]


_SHARES = {Depth.QUICK: 0.5, Depth.NORMAL: 1.0, Depth.DEEP: 2.5}
_VERBATIM = {Depth.QUICK: 1, Depth.NORMAL: 2, Depth.DEEP: 4}


@dataclass(frozen=True, slots=True)
class Manner:
    """How one question is to be answered. `language` is a code of `LANGUAGES`, or empty for that of the question."""

    language: str = ""
    depth: Depth = Depth.NORMAL


USUAL = Manner()
"""In the question's own language, from as much as the settings say."""


def manner_of(language: str | None, depth: str | None) -> Manner:
    """Return the manner that two words name; None or an empty one stands for the usual.

    Raises:
        ConfigError: one of them is not known.
    """
    if language and language not in LANGUAGES:
        raise ConfigError(f"answers cannot be asked for in {language!r}; choose {_listed(LANGUAGES)}")
    if depth and depth not in tuple(Depth):
        raise ConfigError(f"there is no depth {depth!r}; choose {_listed(Depth)}")
    return Manner(language or "", Depth(depth or Depth.NORMAL))


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}"
