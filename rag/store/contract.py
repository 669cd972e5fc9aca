"""What every store offers, whatever engine stands behind it: the rest of the assistant knows no more of one than this."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from rag.ports import Vectors
from rag.types import ANY, Action, Article, Filter, IngestItem, LibraryStats, Passage, Query, Source, Understanding, Version

if TYPE_CHECKING:
    from rag.retrieve.candidates import Candidates
    from rag.store.record import Record
    from rag.store.tables import Entry
    from rag.timing import Stopwatch


class Passages(Protocol):
    """The passages of a store as one embedder sees them: what a search asks. Safe to share between threads."""

    @property
    def number(self) -> int:
        """Number of what searches look at: it grows with each publish; 0 while nothing was published."""

    @property
    def revision(self) -> Hashable:
        """What differs whenever a search may find something else: of what was published, and of what was stored since."""

    def propose(self, query: Query, understood: Understanding, vectors: Vectors, *, depth: int, watch: Stopwatch) -> Candidates:
        """Return the passages that may answer a question.

        The whole question and each sub-question bring their nearest by words and by meaning, and again among the publishers
        and days that the question names; what is found more than once is one candidate.

        Args:
            vectors: Of the sub-questions, unit length, shape (parts, dimensions).
            depth: How deep each ranking is read, >= 1; half as deep for a question of one part.
            watch: Takes the stages `lexical` and `dense`.
        """

    def nearest(self, vector: Vectors, *, k: int, where: Filter = ANY) -> list[tuple[str, float]]:
        """Return the `k` passages nearest to a unit vector, as (passage id, cosine rounded to six digits).

        Best first, ties by id; however few the filter admits, the nearest of those are found.
        """

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Source]]:
        """Return those of the passages that are still there, by id, each with its source."""

    def neighbours(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return the ids of the passages before and after each in its article; empty where there is none."""

    def publishers(self) -> tuple[str, ...]:
        """Return the publishers of all articles, in no order; the empty one where an article has none."""

    def newest(self) -> date | None:
        """Return the day of the newest article, None where none has a date."""

    def count(self) -> int:
        """Return how many passages there are."""


@runtime_checkable
class Rebuilt(Protocol):
    """A store that makes its indexes anew when it is asked to."""

    def rebuild(self) -> None:
        """Make them anew; no article is lost or changed, and searches go on."""


class Store(Protocol):
    """Everything the assistant may quote. Safe to share between threads.

    What `store` and `remove` return from is durable, and seen by every search that begins afterwards, in any process.
    """

    @property
    def path(self) -> Path | None:
        """The folder of a library on this machine, None of any other."""

    @property
    def location(self) -> str:
        """Where it lies, to be named in messages: a folder, or an address without its password; empty in memory."""

    @property
    def model(self) -> str:
        """Name of the embedder that searches and writes it; empty where none does."""

    @property
    def embedder(self) -> str:
        """Name of the embedder that built it; empty while it holds nothing."""

    @property
    def index(self) -> Passages:
        """Its passages."""

    def close(self) -> None:
        """Give up what it holds open; closing twice is harmless."""

    def __enter__(self) -> Store: ...

    def __exit__(self, *_: object) -> None: ...

    # Reading articles

    def article(self, article_id: str) -> Article:
        """Return an article.

        Raises:
            InputError: the store does not hold it.
        """

    def versions(self, article_id: str) -> list[Version]:
        """Return what an article was before its text or title changed, the earliest first; nothing where it never did.

        Raises:
            InputError: the store does not hold it.
        """

    def group_of(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Return for each of the articles that the store holds the id of the one that it is a copy of, else its own."""

    def sources(self) -> list[Source]:
        """Return the source of every article, newest first, then those without a date; ties by title and id."""

    def listed(self, *, limit: int, offset: int = 0, publisher: str = "") -> list[Source]:
        """Return a page of `sources`, of one publisher alone where one is named as the store has it."""

    def article_ids(self) -> list[str]:
        """Return the ids of all articles, in order."""

    def select(self, *, publisher: str = "", before: date | None = None) -> list[str]:
        """Return the ids, in order, of the articles of a publisher (case does not matter) published before a day.

        An article without a date was published before none; without either all ids are returned.
        """

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in order."""

    def text_hashes_of(self, article_id: str) -> list[str]:
        """Return the keys of the vectors of an article's passages, in the order of `passages_of`."""

    def records(self, article_ids: Sequence[str]) -> list[Record]:
        """Return all that is kept of articles, in the order given: what `take_over` of another store asks for.

        Raises:
            InputError: the store does not hold one of them.
        """

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Return those vectors of our embedder that are stored, by text hash: float32 to the bit, shape (dimensions,)."""

    def lacks_vectors(self) -> bool:
        """Return whether a passage has no vector of our embedder."""

    def count(self) -> int:
        """Return how many articles there are."""

    def stats(self) -> LibraryStats:
        """Return counts and sizes."""

    # Writing

    def writing(self) -> AbstractContextManager[None]:
        """Write within this; what was written is published when it ends, however it ends."""

    def action_for(self, article: Article) -> Action:
        """Return what storing the article would do: add, update, or nothing. Other flags are an update too."""

    def known_texts(self, hashes: Sequence[str]) -> set[str]:
        """Return those hashes of texts whose vectors are stored already."""

    def store(self, entries: Sequence[Entry], vectors: Mapping[str, Vectors]) -> None:
        """Store articles, all or none; each replaces what its id, or its origin, held before.

        Args:
            entries: No two of one id or origin.
            vectors: By text hash, those that `known_texts` did not name.
        """

    def note_origin(self, article: Article) -> None:
        """Remember that an article that is stored already was also read at this origin."""

    # What articles were read from: `store` remembers the `reading` of each article with its origin, in the same transaction. It
    # is forgotten when what the article says changes, and when the article goes or no longer stands at that origin.

    def recall(self, reading: str) -> IngestItem | None:
        """Return what to report of a record that was read so: the article is there, and reading it would change nothing."""

    def stands(self, article: Article) -> bool:
        """Return whether the article is stored just so, and stands at its origin: storing it would change nothing at all."""

    def note_readings(self, articles: Sequence[Article]) -> None:
        """Remember what articles were read from that are stored already, just so, at their origins; others are passed over."""

    def remove(self, *article_ids: str) -> None:
        """Remove articles, all or none; they are hidden from every search at once.

        Raises:
            InputError: the store does not hold one of them.
        """

    def take_over(self, records: Sequence[Record], vectors: Mapping[str, Vectors]) -> None:
        """Store articles as another store kept them, all or none; what their ids and origins held is gone, with its past.

        Args:
            records: No two of one id or origin.
            vectors: By text hash, at least those that `known_texts` did not name.
        """

    def store_vectors(self, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of our embedder by text hash, all or none."""

    def adopt_embedder(self) -> None:
        """Make our embedder the store's own, once every passage has a vector of it."""
