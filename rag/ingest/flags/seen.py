"""What the rules of the flags look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from rag.fold import fold
from rag.ingest.metadata import Facts
from rag.types import Removed

SILENT = Facts()


@dataclass(frozen=True)
class Seen:
    """An article as the rules see it: its cleaned text, what is known of it, what was removed, and what its data calls it."""

    text: str
    facts: Facts = SILENT
    removed: tuple[Removed, ...] = ()
    kinds: tuple[str, ...] = ()

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text that are not blank, stripped."""
        return [line for line in map(str.strip, self.text.split("\n")) if line]

    @cached_property
    def folded(self) -> list[str]:
        """The same lines, folded."""
        return [fold(line) for line in self.lines]

    @property
    def path(self) -> list[str]:
        """The parts of the URL's path, in small letters."""
        return [part for part in urlsplit(self.facts.url or self.facts.canonical_url).path.lower().split("/") if part]

    def ends(self, n: int) -> list[str]:
        """Return the first and the last `n` lines, with the short pieces that cleaning took out: where notices stand."""
        lines = self.lines
        shown = lines if len(lines) <= 2 * n else lines[:n] + lines[-n:]
        return [*shown, *(piece.text for piece in self.removed if len(piece.text) <= 400)]

    @cached_property
    def n_words(self) -> int:
        """How many words the text has."""
        return len(self.text.split())
