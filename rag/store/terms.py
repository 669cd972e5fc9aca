"""Texts as the full-text index of the library sees them: stemmed words without accents."""

from __future__ import annotations

from threading import Lock

import apsw

_TOKENIZER = ("porter", ["unicode61", "remove_diacritics", "2"])
"""What `CREATE VIRTUAL TABLE words` names."""


class Terms:
    """The tokenizer of SQLite's full-text search, without a database. Safe to share between threads."""

    def __init__(self) -> None:
        # A connection of its own, so that nobody waits for a search to end.
        self._tokenizer = apsw.Connection(":memory:").fts5_tokenizer(*_TOKENIZER)
        self._tokenizing = Lock()

    def of(self, text: str) -> list[str]:
        """Return the terms of a text, in order, repeats kept.

        `Bárcena's elections` gives `barcena`, `s`, `elect`.
        """
        data = text.encode("utf-8", "replace")
        with self._tokenizing:
            tokens = self._tokenizer(data, apsw.FTS5_TOKENIZE_QUERY, None, include_offsets=False, include_colocated=False)
        return [str(token) for token in tokens]
