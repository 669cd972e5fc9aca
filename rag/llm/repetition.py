"""Noticing that a model is stuck saying the same thing over and over."""

from __future__ import annotations

import re
from collections import Counter

GRAM_WORDS = 12
"""A run of this many words is long enough that an honest answer does not say it again and again."""

MOST_REPEATS = 4
"""How often a run of `GRAM_WORDS` words, or in a row a line, may come before the reply is cut."""

# Text without spaces (Chinese, dashes, "aaaa") has no words to compare: a stretch of up to 40 characters that comes
# round until it fills the whole tail is a loop all the same.
TAIL_CHARACTERS = 200
_LOOP = re.compile(r"(.{1,40}?)\1{4,}.{0,39}", re.DOTALL)


class RepetitionGuard:
    """Reads a reply as it streams and says when it began to go in circles."""

    def __init__(self) -> None:
        self._unread = ""  # the last word, which may not be complete
        self._words: list[str] = []
        self._grams: Counter[tuple[str, ...]] = Counter()
        self._line = ""
        self._last_line = ""
        self._n_same_lines = 0
        self._tail = ""

    def feed(self, delta: str) -> bool:
        """Return True when the reply up to and including `delta` repeats itself beyond reason."""
        self._tail = (self._tail + delta)[-TAIL_CHARACTERS:]
        return self._words_loop(delta) or self._lines_loop(delta) or self._characters_loop()

    def _words_loop(self, delta: str) -> bool:
        """Count each run of `GRAM_WORDS` words that `delta` completes."""
        *complete, self._unread = re.split(r"\s+", self._unread + delta)
        for word in filter(None, complete):
            self._words = [*self._words[1 - GRAM_WORDS :], word]
            if len(self._words) == GRAM_WORDS:
                gram = tuple(self._words)
                self._grams[gram] += 1
                if self._grams[gram] > MOST_REPEATS:
                    return True
        return False

    def _lines_loop(self, delta: str) -> bool:
        """Count how often in a row `delta` completes the same line."""
        *complete, self._line = (self._line + delta).split("\n")
        for line in filter(None, map(str.strip, complete)):
            self._n_same_lines = self._n_same_lines + 1 if line == self._last_line else 1
            self._last_line = line
            if self._n_same_lines > MOST_REPEATS:
                return True
        return False

    def _characters_loop(self) -> bool:
        """Say whether the tail is one stretch of characters, over and over."""
        return len(self._tail) == TAIL_CHARACTERS and _LOOP.fullmatch(self._tail) is not None
