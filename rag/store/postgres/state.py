"""What a search must know of all articles together: read again only when a commit was made since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from rag.store.postgres.replicas import Reading

# Each publisher is one step down the index: a plain DISTINCT would read the row of every article.
_PUBLISHERS = """
WITH RECURSIVE named AS (
    (SELECT publisher FROM articles ORDER BY publisher LIMIT 1)
    UNION ALL
    SELECT (SELECT publisher FROM articles a WHERE a.publisher > named.publisher ORDER BY publisher LIMIT 1)
    FROM named WHERE named.publisher IS NOT NULL
)
SELECT coalesce(array_agg(publisher), '{}'::text[]) FROM named WHERE publisher IS NOT NULL
"""

_FACTS = f"SELECT ({_PUBLISHERS}), (SELECT max(published) FROM articles), ARRAY(SELECT name FROM configurations ORDER BY name)"


@dataclass(frozen=True, slots=True)
class State:
    """The library after so many `commits`.

    Attributes:
        passages: How many there are.
        terms: How many terms these have together.
        model: The number of our embedder, 0 while it has no vector.
        dimensions: The width of its vectors, 0 likewise.
        configurations: By which articles were read for full-text search.
    """

    commits: int
    passages: int
    terms: int
    model: int
    dimensions: int
    publishers: tuple[str, ...] = field(repr=False)
    newest: date | None
    configurations: tuple[str, ...]


class States:
    """Tells the present state. Safe to share between threads."""

    def __init__(self, reading: Reading, model: str) -> None:
        """Ask `reading`; `model` names our embedder."""
        self._reading = reading
        self._model = model
        self._last: State | None = None

    def now(self) -> State:
        """Return the state that a search sees which begins now."""
        commits, passages, terms, model, dimensions = self._reading.rows(
            "SELECT s.commits, s.passages, s.terms, coalesce(m.number, 0), coalesce(m.dimensions, 0) "
            "FROM state s LEFT JOIN models m ON m.name = %s",
            [self._model],
        )[0]
        last = self._last
        if last is None or last.commits != commits:
            publishers, newest, configurations = self._reading.rows(_FACTS)[0]
            last = State(commits, passages, terms, model, dimensions, tuple(publishers), newest, tuple(configurations))
            self._last = last
        return last
