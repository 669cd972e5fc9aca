"""The words of a library as its full-text index sees them: stemmed, without accents, counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock

import apsw

from rag.store.database import Database
from rag.store.memo import Memo

# What `CREATE VIRTUAL TABLE words` names as its tokenizer.
_TOKENIZER = ("porter", ["unicode61", "remove_diacritics", "2"])

_OPEN = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab('main', 'words', 'row')"

_KEPT = 100_000


class Vocabulary:
    """Terms of texts, and in how many passages each stands."""

    def __init__(self, database: Database) -> None:
        """Count in `database`."""
        self._database = database
        # A connection of its own, so that nobody waits for a search to end.
        self._tokenizer = apsw.Connection(":memory:").fts5_tokenizer(*_TOKENIZER)
        self._tokenizing = Lock()
        self._size: Memo[int] = Memo(database, size=1)
        self._counts: dict[str, int] = {}
        self._counted_at = 0

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text as the index holds them, in order, repeats kept.

        `Bárcena's elections` gives `barcena`, `s`, `elect`.
        """
        data = text.encode("utf-8", "replace")
        with self._tokenizing:
            tokens = self._tokenizer(data, apsw.FTS5_TOKENIZE_QUERY, None, include_offsets=False, include_colocated=False)
        return [str(token) for token in tokens]

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each term stands, 0 for one that stands in none.

        A count is kept until the library has grown or shrunk by a hundredth: for a common term it takes milliseconds. That a
        term stands nowhere is never kept: the next article may bring it.
        """
        with self._database.lock:
            n_passages = self.count()
            if abs(n_passages - self._counted_at) * 100 >= n_passages:
                self._counts, self._counted_at = {}, n_passages
            missing = [term for term in dict.fromkeys(terms) if term not in self._counts]
            if len(self._counts) + len(missing) > _KEPT:
                self._counts, missing = {}, list(dict.fromkeys(terms))
            self._counts.update((term, count) for term, count in self._read(missing) if count)
            return {term: self._counts.get(term, 0) for term in terms}

    def beginning(self, prefix: str, *, least: int, most: int) -> list[tuple[str, int]]:
        """Return the terms that begin so and have `least` to `most` letters, each with its count of passages, in order."""
        with self._database.lock:
            self._database.run(_OPEN)
            rows = self._database.rows(
                "SELECT term, doc FROM temp.terms WHERE term >= :prefix AND term <= :last "
                "AND length(term) BETWEEN :least AND :most ORDER BY term",
                prefix=prefix,
                last=f"{prefix}\U0010ffff",
                least=least,
                most=most,
            )
        return [(term, count) for term, count in rows]

    def count(self) -> int:
        """Return how many passages there are."""
        return self._size.get("passages", self._count)

    def _count(self) -> int:
        return int(self._database.rows("SELECT count(*) FROM passages")[0][0])

    def _read(self, terms: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Yield each term with the number of its passages."""
        if terms:
            self._database.run(_OPEN)
        for term in terms:
            rows = self._database.rows("SELECT doc FROM temp.terms WHERE term = :term", term=term)
            yield term, rows[0][0] if rows else 0
