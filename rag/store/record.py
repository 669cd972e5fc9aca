"""An article with all that a store keeps of it, so that another store can take it over; and how the library does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import apsw

from rag.chunk import embedded_text, indexed_text
from rag.store.database import Database
from rag.store.rows import ARTICLE_COLUMNS, HIT_COLUMNS, VERSION_COLUMNS, to_article, to_passage, to_version, version_row
from rag.store.tables import Entry, Tables, text_hash
from rag.types import Article, Passage, Version


@dataclass(frozen=True, slots=True)
class Record:
    """What a store keeps of an article, but for vectors and for whose copy it is, which follows from the texts.

    Attributes:
        article: Its `origin` is the first of `origins`; no flag tells of copies.
        passages: In order, with the keys of their vectors in `text_hashes`.
        origins: Where it was read, in order.
        versions: What it was before, the earliest first.
    """

    article: Article
    passages: tuple[Passage, ...] = field(repr=False)
    text_hashes: tuple[str, ...] = field(repr=False)
    origins: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()

    @property
    def entry(self) -> Entry:
        """The article as ingesting it made it ready to store."""
        return Entry(
            self.article,
            self.passages,
            [indexed_text(self.article, passage) for passage in self.passages],
            [embedded_text(passage) for passage in self.passages],
        )


def recorded(
    row: Sequence[Any],
    pieces: str,
    passages: Sequence[tuple[Passage, str]],
    origins: Sequence[str],
    versions: Sequence[Version],
) -> Record:
    """Return the record of an article.

    Args:
        row: Of `rows.ARTICLE_COLUMNS`.
        pieces: What `removed` holds of it.
        passages: In order, each with the key of its vector.
    """
    return Record(
        to_article(row, origin=next(iter(origins), ""), pieces=pieces),
        tuple(passage for passage, _ in passages),
        tuple(key for _, key in passages),
        tuple(origins),
        tuple(versions),
    )


def other_keys(records: Sequence[Record], entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """Return the ids of the passages whose vectors have other keys than this program gives them, with these keys.

    An older version may have put together other texts to be embedded.
    """
    return [
        (passage.id, key)
        for record, entry in zip(records, entries, strict=True)
        for passage, key, text in zip(record.passages, record.text_hashes, entry.embedded, strict=True)
        if key != text_hash(text)
    ]


def read(database: Database, article_ids: Sequence[str]) -> Iterator[Record]:
    """Yield the records of articles, which must be there, in the order given."""
    if not article_ids:  # an array of SQL cannot be empty
        return
    ids = apsw.carray(tuple(article_ids))
    chosen = "a.id IN (SELECT value FROM carray(:ids))"
    articles = {
        row[0]: (row, pieces)
        for *row, pieces in database.rows(
            f"SELECT {ARTICLE_COLUMNS}, coalesce((SELECT pieces FROM removed r WHERE r.number = a.number), '') "
            f"FROM articles a WHERE {chosen}",
            ids=ids,
        )
    }
    origins: defaultdict[str, list[str]] = defaultdict(list)
    for id_, origin in database.rows(
        f"SELECT a.id, o.origin FROM origins o JOIN articles a ON a.id = o.article_id WHERE {chosen} ORDER BY o.origin", ids=ids
    ):
        origins[id_].append(origin)
    versions: defaultdict[str, list[Version]] = defaultdict(list)
    for id_, *row in database.rows(
        f"SELECT a.id, {VERSION_COLUMNS} FROM versions v JOIN articles a USING (number) WHERE {chosen} ORDER BY version",
        ids=ids,
    ):
        versions[id_].append(to_version(row))
    passages: defaultdict[str, list[tuple[Passage, str]]] = defaultdict(list)
    for key, *row in database.rows(
        f"SELECT p.text_hash, {HIT_COLUMNS} FROM passages p JOIN articles a ON a.id = p.article_id WHERE {chosen} "
        "ORDER BY p.start",
        ids=ids,
    ):
        passage, source = to_passage(tuple(row))
        passages[source.article_id].append((passage, key))
    for id_ in article_ids:
        row, pieces = articles[id_]
        yield recorded(row, pieces, passages[id_], origins[id_], versions[id_])


def put(database: Database, records: Sequence[Record]) -> None:
    """Store records in place of what their ids and origins held, within a transaction of the caller's."""
    ids = [(record.article.id,) for record in records]
    database.run_many("DELETE FROM origins WHERE article_id = ?", ids)
    tables = Tables(database)
    entries = [record.entry for record in records]
    tables.put(entries)
    database.run_many("UPDATE passages SET text_hash = ?2 WHERE id = ?1", other_keys(records, entries))
    tables.set_origins([replace(record.article, origin=origin) for record in records for origin in record.origins])
    number = "(SELECT number FROM articles WHERE id = ?)"
    database.run_many(f"DELETE FROM versions WHERE number = {number}", ids)
    database.run_many(
        "INSERT INTO versions (number, version, title, text, published, updated, content_hash, replaced_at) "
        f"VALUES ({number}, ?, ?, ?, ?, ?, ?, ?)",
        [(record.article.id, *version_row(version)) for record in records for version in record.versions],
    )
