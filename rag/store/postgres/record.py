"""Articles with all that is kept of them, out of the tables and into them as another store kept them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.store.postgres.columns import ARTICLE_COLUMNS, ARTICLES, HIT_COLUMNS, VERSION_COLUMNS, columns
from rag.store.postgres.pool import Pool
from rag.store.postgres.tables import Tables
from rag.store.record import Record, other_keys, recorded
from rag.store.rows import to_passage, to_version, version_row
from rag.types import Passage, Version

if TYPE_CHECKING:
    from psycopg import Connection


def read(pool: Pool, article_ids: Sequence[str]) -> Iterator[Record]:
    """Yield the records of those of the articles that are stored."""
    ids = [list(article_ids)]
    origins: defaultdict[str, list[str]] = defaultdict(list)
    for id_, origin in pool.rows(
        "SELECT a.id, o.origin FROM articles a JOIN origins o ON o.article = a.number WHERE a.id = ANY(%s) ORDER BY o.origin",
        ids,
    ):
        origins[id_].append(origin)
    versions: defaultdict[str, list[Version]] = defaultdict(list)
    for id_, *row in pool.rows(
        f"SELECT a.id, {VERSION_COLUMNS} FROM articles a JOIN versions v USING (number) WHERE a.id = ANY(%s) ORDER BY version",
        ids,
    ):
        versions[id_].append(to_version(row))
    passages: defaultdict[str, list[tuple[Passage, str]]] = defaultdict(list)
    for key, *row in pool.rows(
        f"SELECT p.text_hash, {HIT_COLUMNS} FROM {ARTICLES} JOIN passages p ON p.article = a.number WHERE a.id = ANY(%s) "
        "ORDER BY p.start",
        ids,
    ):
        passage, source = to_passage(tuple(row))
        passages[source.article_id].append((passage, key))
    for *row, pieces in pool.rows(
        f"SELECT {ARTICLE_COLUMNS}, coalesce((SELECT pieces FROM removed r WHERE r.number = a.number), '') "
        f"FROM {ARTICLES} WHERE a.id = ANY(%s)",
        ids,
    ):
        yield recorded(row, pieces, passages[row[0]], origins[row[0]], versions[row[0]])


def put(connection: Connection, records: Sequence[Record], *, model: str) -> None:
    """Store records in place of what their ids and origins held, within a transaction."""
    tables = Tables(connection)
    held = tables.locked([record.article.id for record in records])
    connection.execute(b"DELETE FROM origins WHERE article = ANY(%s)", [list(held.values())])
    entries = [record.entry for record in records]
    tables.put(entries, model=model)
    numbers = tables.locked([record.article.id for record in records])
    connection.execute(
        b"UPDATE passages p SET text_hash = n.key FROM unnest(%s::text[], %s::text[]) n (id, key) WHERE p.id = n.id",
        columns(other_keys(records, entries), 2),
    )
    tables.set_origins([(origin, record.article.id) for record in records for origin in record.origins])
    connection.execute(b"DELETE FROM versions WHERE number = ANY(%s)", [list(numbers.values())])
    rows = [(numbers[record.article.id], *version_row(one)) for record in records for one in record.versions]
    connection.execute(
        b"INSERT INTO versions (number, version, title, text, published, updated, content_hash, replaced_at) SELECT * FROM "
        b"unnest(%s::bigint[], %s::integer[], %s::text[], %s::text[], %s::date[], %s::date[], %s::text[], %s::text[])",
        columns(rows, 8),
    )
