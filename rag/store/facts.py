"""What a search must know of passages before it reads any, in memory: a column a fact, a row a passage.

Facts of a passage never change: when its article is stored again, it gets a new number. So they are read once, at the latest
when a generation is published, which keeps them beside its vectors; only what was removed, and who copies whom, is asked anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from rag.store.database import Database
from rag.store.rows import to_day
from rag.store.vectors import Numbers, key_of, places_of
from rag.store.vocabulary import OPEN_TERMS
from rag.types import Filter

Mask = NDArray[np.bool_]
Names = NDArray[np.bytes_]

_ROWS = """
SELECT p.number, p.id, a.number, a.publisher, a.published, a.language, d.sz, v.rowid, v.text_hash FROM passages p
CROSS JOIN articles a INDEXED BY articles_facts ON a.id = p.article_id
CROSS JOIN vectors v ON v.text_hash = p.text_hash AND v.model = :model
CROSS JOIN words_docsize d ON d.id = p.number
WHERE p.number > :above AND p.number <= :upto ORDER BY p.number LIMIT :limit
"""
"""Of an article only an index is read: in the table itself these stand beside its text, which took seven times as long."""

_BLOCK = 8192

_NAMES = ("publisher_names", "language_names", "frequent_terms")

_FREQUENT = 1_000
"""Passages from which on a term is a frequent one: to count them takes FTS5 some hundredths of a millisecond."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of n passages, all columns of shape (n,) but the last three.

    Attributes:
        numbers: Ascending.
        ids: In UTF-8.
        articles: The numbers of their articles.
        publishers: Places in `publisher_names`.
        languages: Places in `language_names`.
        days: Of publication, as `date.toordinal` counts; 0 where that is unknown.
        terms: How many terms each has, as FTS5 counts them.
        vector_rows: The rows of the vectors of the passages' texts, where SQLite had them then: a hint, to be checked.
        vector_keys: The first 16 hexadecimal digits of the hashes of those texts.
        publisher_names: Each once; the empty one where an article has none.
        language_names: Likewise.
        frequencies: In how many passages each term stood that stood in many when the generation was made: FTS5 would count
            those anew each time, passage by passage.
    """

    numbers: Numbers
    ids: Names = field(repr=False)
    articles: Numbers = field(repr=False)
    publishers: NDArray[np.int32] = field(repr=False)
    languages: NDArray[np.int32] = field(repr=False)
    days: NDArray[np.int32] = field(repr=False)
    terms: NDArray[np.float32] = field(repr=False)
    vector_rows: Numbers = field(repr=False)
    vector_keys: NDArray[np.uint64] = field(repr=False)
    publisher_names: tuple[str, ...]
    language_names: tuple[str, ...]
    frequencies: Mapping[str, int] = field(default_factory=dict, repr=False)

    def places(self, numbers: Numbers) -> tuple[Mask, Numbers]:
        """Return which of the numbers there are facts of, shape as given, and the places of those."""
        known, places = places_of(numbers, self.numbers)
        return known, places[known]

    def admitted(self, where: Filter, articles: Numbers) -> Mask:
        """Return which passages a filter admits, shape (n,).

        Args:
            articles: The numbers of those articles that the filter names; nothing where it names none.
        """
        mask = np.ones(len(self.numbers), dtype=bool)
        if where.publishers:
            wanted = {publisher.casefold() for publisher in where.publishers}
            mask &= _wanted(self.publisher_names, lambda name: name.casefold() in wanted)[self.publishers]
        if where.language:
            mask &= _wanted(self.language_names, lambda name: name == where.language.lower())[self.languages]
        if where.articles:
            mask &= np.isin(self.articles, articles)
        if where.published_from:
            mask &= self.days >= where.published_from.toordinal()
        if where.published_to:
            mask &= (self.days <= where.published_to.toordinal()) & (self.days > 0)
        if where.as_of:
            mask &= self.days <= where.as_of.toordinal()
        return mask

    def with_(self, later: Facts) -> Facts:
        """Return these and those of passages of higher numbers."""
        if len(self.numbers) == 0:
            return later
        publisher_names, publishers = _renamed(self.publisher_names, later.publisher_names, later.publishers)
        language_names, languages = _renamed(self.language_names, later.language_names, later.languages)
        return Facts(
            np.concatenate([self.numbers, later.numbers]),
            np.concatenate([self.ids, later.ids]),
            np.concatenate([self.articles, later.articles]),
            np.concatenate([self.publishers, publishers]),
            np.concatenate([self.languages, languages]),
            np.concatenate([self.days, later.days]),
            np.concatenate([self.terms, later.terms]),
            np.concatenate([self.vector_rows, later.vector_rows]),
            np.concatenate([self.vector_keys, later.vector_keys]),
            publisher_names,
            language_names,
            self.frequencies,
        )


NO_FACTS = Facts(
    np.zeros(0, np.int64),
    np.zeros(0, "S1"),
    np.zeros(0, np.int64),
    np.zeros(0, np.int32),
    np.zeros(0, np.int32),
    np.zeros(0, np.int32),
    np.zeros(0, np.float32),
    np.zeros(0, np.int64),
    np.zeros(0, np.uint64),
    (),
    (),
)
"""Of no passage."""


def read_facts(database: Database, model: str, *, above: int, upto: int) -> Facts:
    """Return the facts of the passages with above < number <= upto that have a vector of a model.

    The database is locked for one block of them at a time.
    """
    facts = [NO_FACTS]
    while above < upto:
        rows = database.rows(_ROWS, model=model, above=above, upto=upto, limit=_BLOCK)
        if not rows:
            break
        facts.append(_facts(rows))
        above = rows[-1][0]
    return _joined(facts)


def with_frequent_terms(facts: Facts, database: Database) -> Facts:
    """Return the facts with the terms that are frequent now by all of FTS5: seconds for a million passages."""
    if len(facts.numbers) < _FREQUENT:
        return facts
    database.run(OPEN_TERMS)
    return replace(facts, frequencies=dict(database.rows("SELECT term, doc FROM temp.terms WHERE doc >= :n", n=_FREQUENT)))


def write_facts(stream: IO[bytes], facts: Facts) -> None:
    """Write facts where `load_facts` finds them."""
    columns = {one.name: getattr(facts, one.name) for one in fields(Facts)}
    columns |= {"frequent_terms": facts.frequencies, "frequencies": np.array([*facts.frequencies.values()], dtype=np.int32)}
    np.savez(stream, **columns | {name: np.array([one.encode() for one in columns[name]], dtype="S") for name in _NAMES})


def load_facts(stream: IO[bytes]) -> Facts:
    """Return the facts that were written.

    Raises:
        ValueError, KeyError, OSError: it is no such file.
    """
    with np.load(stream, allow_pickle=False) as columns:
        found = {name: columns[name] for name in (*(one.name for one in fields(Facts)), "frequent_terms")}
    found |= {name: tuple(one.decode() for one in found[name].tolist()) for name in _NAMES}
    frequencies = dict(zip(found.pop("frequent_terms"), found.pop("frequencies").tolist(), strict=True))
    return Facts(**found, frequencies=frequencies)


def varints(data: bytes) -> Iterator[int]:
    """Yield the numbers in SQLite's encoding of them: seven bits a byte, the highest first, the eighth set but in the last."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 127
        if byte < 128:
            yield value
            value = 0


def _facts(rows: Sequence[tuple[Any, ...]]) -> Facts:
    numbers, ids, articles, publishers, published, languages, sizes, vector_rows, hashes = zip(*rows, strict=True)
    publisher_names, publisher_codes = _codes(publishers)
    language_names, language_codes = _codes(languages)
    return Facts(
        np.array(numbers, dtype=np.int64),
        np.array([id_.encode() for id_ in ids]),
        np.array(articles, dtype=np.int64),
        publisher_codes,
        language_codes,
        np.array([_ordinal(to_day(day)) for day in published], dtype=np.int32),
        np.array([next(varints(size)) for size in sizes], dtype=np.float32),
        np.array(vector_rows, dtype=np.int64),
        np.array([key_of(text_hash) for text_hash in hashes], dtype=np.uint64),
        publisher_names,
        language_names,
    )


def _joined(blocks: Sequence[Facts]) -> Facts:
    """Return the facts of all blocks, in order."""
    while len(blocks) > 1:  # by halves, so that nothing is copied more often than it must
        pairs = [blocks[place : place + 2] for place in range(0, len(blocks), 2)]
        blocks = [pair[0].with_(pair[1]) if len(pair) == 2 else pair[0] for pair in pairs]
    return blocks[0]


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else 0


def _codes(names: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return the distinct names, and the place of each name among them."""
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(name, len(places)) for name in names], dtype=np.int32)
    return tuple(places), codes


def _renamed(
    names: tuple[str, ...], others: tuple[str, ...], codes: NDArray[np.int32]
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return the names with the others behind them, each once, and the codes of the others among them."""
    places = {name: place for place, name in enumerate(names)}
    now = np.array([places.setdefault(name, len(places)) for name in others], dtype=np.int32)
    return tuple(places), now[codes]


def _wanted(names: Sequence[str], is_wanted: Callable[[str], bool]) -> Mask:
    """Return which of the names are wanted."""
    return np.array([is_wanted(name) for name in names], dtype=bool)
