"""What keeps a library in PostgreSQL quick and its tables in shape; each step may run at any time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

from rag.errors import StoreError
from rag.ports import Vectors
from rag.store.postgres.columns import UNDATED
from rag.store.postgres.pool import SCHEMA, Pool

if TYPE_CHECKING:
    from psycopg import Connection

EXACT = 2000
"""Up to so many passages a search compares the question with each: that takes a few milliseconds and misses nothing."""

MOST_DIMENSIONS = 4000
"""Widest vectors of half precision that pgvector indexes; searches over wider ones compare with each."""

OLDEST_VECTOR = (0, 8)
"""Since this version of pgvector a filtered search goes on until it has found enough."""

OLDEST_SERVER = 15

SIZE = (
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = "
    f"'{SCHEMA}'::regnamespace AND (c.relname LIKE 'texts%' OR c.relname IN ('state', 'models', 'articles', 'origins', "
    "'removed', 'versions', 'marks', 'copies', 'passages', 'words', 'configurations', 'frequencies', 'changes', 'vectors'))"
)
"""How many bytes the library's tables and indexes have."""

_MANY_CHANGES = 64

# Numbers of advisory locks, apart from that of migrations.
_MONTHS, _FOLD, _INDEX = 0x6E65777300, 0x6E65777301, 0x6E65777302

_FOLDED = """
WITH folded AS (DELETE FROM changes RETURNING terms, counts),
sums AS (SELECT term, sum(n) AS n FROM folded CROSS JOIN LATERAL unnest(terms, counts) each (term, n) GROUP BY term)
INSERT INTO frequencies SELECT term, n FROM sums WHERE n <> 0
ON CONFLICT (term) DO UPDATE SET n = frequencies.n + excluded.n
"""


def check_server(pool: Pool) -> None:
    """Raise StoreError, with what to do, where the server is too old or lacks pgvector."""
    version, installed = pool.rows(
        "SELECT current_setting('server_version_num')::int / 10000, "
        "(SELECT extversion FROM pg_extension WHERE extname = 'vector')"
    )[0]
    if version < OLDEST_SERVER:
        raise StoreError(f"the PostgreSQL server {pool.location!r} is of version {version}; {OLDEST_SERVER} or later is needed")
    if installed is None:
        offered = pool.rows("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
        if not offered:
            raise StoreError(
                f"the PostgreSQL server {pool.location!r} has no pgvector; install it there, on Debian with: "
                f"apt-get install postgresql-{version}-pgvector"
            )
        installed = offered[0][0]
    if tuple(int(part) for part in installed.split(".")[:2]) < OLDEST_VECTOR:
        raise StoreError(
            f"the PostgreSQL server {pool.location!r} has pgvector {installed}, and 0.8 or later is needed; install that, then "
            "type in psql: ALTER EXTENSION vector UPDATE"
        )


def model_number(connection: Connection, name: str, vectors: Mapping[str, Vectors]) -> int:
    """Return the number of an embedder, entered with the width of its vectors when these are the first; 0 without any."""
    row = connection.execute(b"SELECT number FROM models WHERE name = %s", [name]).fetchone()
    if row is None and vectors:
        width = len(next(iter(vectors.values())))
        connection.execute(b"INSERT INTO models (name, dimensions) VALUES (%s, %s) ON CONFLICT DO NOTHING", [name, width])
        row = connection.execute(b"SELECT number FROM models WHERE name = %s", [name]).fetchone()
    return int(row[0]) if row else 0


def make_months(pool: Pool, months: Collection[str]) -> None:
    """Make those partitions of the texts that are missing, each attached without stopping who reads the others."""

    def make(connection: Connection) -> None:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MONTHS])
        for month in sorted(months):
            name, first, after = _partition(month)
            if connection.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{name}"]).fetchone() != (None,):
                continue
            connection.execute(f"CREATE TABLE {SCHEMA}.{name} (LIKE {SCHEMA}.texts INCLUDING ALL)".encode())
            connection.execute(
                f"ALTER TABLE {SCHEMA}.texts ATTACH PARTITION {SCHEMA}.{name} FOR VALUES FROM ({first}) TO ({after})".encode()
            )

    there = {name for (name,) in pool.rows("SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace", [SCHEMA])}
    missing = [month for month in months if _partition(month)[0] not in there]
    if missing:
        pool.write(make)


def _partition(month: str) -> tuple[str, str, str]:
    """Return the name of a month's partition, and the bounds of the months in it as SQL."""
    if month == UNDATED:
        return "texts_undated", "MINVALUE", "'0001-01-01'"
    first = date.fromisoformat(month)
    after = f"{first.year + first.month // 12:04}-{first.month % 12 + 1:02}-01"
    return f"texts_{first.year:04}_{first.month:02}", f"'{month}'", f"'{after}'"


def fold_if_many(pool: Pool) -> None:
    """Fold changes where there are many."""
    if pool.rows("SELECT count(*) FROM changes")[0][0] > _MANY_CHANGES:
        fold(pool)


def fold(pool: Pool) -> None:
    """Add what commits changed to the count of each term; nothing while another process does."""

    def add(connection: Connection) -> None:
        if connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_FOLD]).fetchone() == (True,):
            connection.execute(_FOLDED.encode())
            connection.execute(b"DELETE FROM frequencies WHERE n <= 0")

    pool.write(add)


def catch_up(pool: Pool) -> None:
    """Fold changes, and make the index of the library's vectors once there are enough of them."""
    fold(pool)
    found = pool.rows(
        "SELECT m.number, m.dimensions FROM state JOIN models m ON m.name = state.embedder "
        "WHERE state.passages > %s AND m.dimensions <= %s",
        [EXACT, MOST_DIMENSIONS],
    )
    for model, dimensions in found:
        if not _has_index(pool, model):
            _make_index(pool, model, dimensions)


def rebuild(pool: Pool) -> None:
    """Make the indexes of words and vectors anew while searches go on, and count words and passages again."""

    def count(connection: Connection) -> None:
        connection.execute(b"SET LOCAL statement_timeout = 0")
        connection.execute(b"UPDATE state SET commits = commits + 1")  # nobody else commits meanwhile
        connection.execute(b"SELECT pg_advisory_xact_lock(%s)", [_FOLD])
        connection.execute(b"DELETE FROM changes")
        connection.execute(b"DELETE FROM frequencies")
        connection.execute(b"INSERT INTO frequencies SELECT word, ndoc FROM ts_stat('SELECT words FROM newsrag.words')")
        connection.execute(b"UPDATE state SET (passages, terms) = (SELECT count(*), coalesce(sum(w.terms), 0) FROM words w)")

    pool.write(count)
    catch_up(pool)
    _unhurried(pool, [f"REINDEX INDEX CONCURRENTLY {SCHEMA}.words_words", *_reindexed(pool), "ANALYZE"])


def index_name(model: int) -> str:
    """Return the name of the index of a model's vectors."""
    return f"vectors_near_{model}"


def _has_index(pool: Pool, model: int) -> bool:
    """Return whether there is a whole index of a model's vectors."""
    sql = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
    return pool.rows(sql, [f"{SCHEMA}.{index_name(model)}"]) == [(True,)]


def _make_index(pool: Pool, model: int, dimensions: int) -> None:
    """Make it, beside writers and readers; nothing while another process does. What a killed one left is taken away first."""
    name = index_name(model)
    with pool.connection() as connection:
        if connection.execute("SELECT pg_try_advisory_lock(%s)", [_INDEX]).fetchone() != (True,):
            return
        try:
            if not _has_index(pool, model):
                _unhurried(
                    pool,
                    [
                        f"DROP INDEX IF EXISTS {SCHEMA}.{name}",
                        f"CREATE INDEX CONCURRENTLY {name} ON {SCHEMA}.vectors USING hnsw "
                        f"((vector::halfvec({dimensions})) halfvec_cosine_ops) WITH (m = 16, ef_construction = 64) "
                        f"WHERE model = {model}",
                        f"ANALYZE {SCHEMA}.vectors",
                    ],
                )
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_INDEX])


def _reindexed(pool: Pool) -> list[str]:
    rows = pool.rows(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND NOT indisprimary",
        [f"{SCHEMA}.vectors"],
    )
    return [f"REINDEX INDEX CONCURRENTLY {SCHEMA}.{name.rpartition('.')[2]}" for (name,) in rows]


def _unhurried(pool: Pool, statements: list[str]) -> None:
    """Run statements that may take hours, each a transaction of its own."""
    with pool.connection() as connection:
        try:
            connection.execute(b"SELECT set_config('statement_timeout', '0', false)")
            for statement in statements:
                connection.execute(statement.encode())
        finally:
            connection.close()  # and with it the setting
