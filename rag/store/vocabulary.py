"""The words of a library as its full-text index sees them: stemmed, without accents, counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rag.store.database import Database
from rag.store.memo import Memo
from rag.store.terms import Terms

OPEN_TERMS = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab('main', 'words', 'row')"
"""Opens the terms of all passages, each with the count of those that it stands in."""

_KEPT = 100_000


class Vocabulary:
    """Terms of texts, and in how many passages each stands."""

    def __init__(self, database: Database) -> None:
        """Count in `database`."""
        self._database = database
        self._terms = Terms()
        self._size: Memo[int] = Memo(database, size=1)
        self._counts: dict[str, int] = {}
        self._counted_at = 0

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text as the index holds them, in order, repeats kept.

        `Bárcena's elections` gives `barcena`, `s`, `elect`.
        """
        return self._terms.of(text)

    def document_frequencies(self, terms: Sequence[str], known: Mapping[str, int]) -> dict[str, int]:
        """Return in how many passages each term stands, 0 for one that stands in none.

        A count is kept until the library has grown or shrunk by a hundredth. That a term stands nowhere is never kept: the next
        article may bring it.

        Args:
            known: The counts of frequent terms, which take milliseconds to count.
        """
        with self._database.lock:
            n_passages = self.count()
            if abs(n_passages - self._counted_at) * 100 >= n_passages:
                self._counts, self._counted_at = {}, n_passages
            missing = [term for term in dict.fromkeys(terms) if term not in self._counts and term not in known]
            if len(self._counts) + len(missing) > _KEPT:
                self._counts, missing = {}, [term for term in dict.fromkeys(terms) if term not in known]
            self._counts.update((term, count) for term, count in self._read(missing) if count)
            return {term: known.get(term) or self._counts.get(term, 0) for term in terms}

    def beginning(self, prefix: str, *, least: int, most: int) -> list[tuple[str, int]]:
        """Return the terms that begin so and have `least` to `most` letters, each with its count of passages, in order."""
        with self._database.lock:
            self._database.run(OPEN_TERMS)
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
            self._database.run(OPEN_TERMS)
        for term in terms:
            rows = self._database.rows("SELECT doc FROM temp.terms WHERE term = :term", term=term)
            yield term, rows[0][0] if rows else 0
