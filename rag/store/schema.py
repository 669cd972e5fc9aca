"""The tables of a library, and the steps that bring one made by an older version up to date."""

from __future__ import annotations

import secrets

import apsw

VERSION = 4

# Tables of long rows have a rowid: one without moves what is longer than a quarter of a page to pages of its own, which took
# 3.5 times as long to write and twice the room. The text stands last, so that what is short is read without it;
# what filters look at is read from an index that holds all of it.
_ARTICLES = """
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, url TEXT NOT NULL, publisher TEXT NOT NULL,
    author TEXT NOT NULL, published TEXT, published_from TEXT, language TEXT NOT NULL, fetched_at TEXT, flags TEXT NOT NULL,
    content_hash TEXT NOT NULL, section TEXT NOT NULL DEFAULT '', canonical_url TEXT NOT NULL DEFAULT '', updated TEXT,
    provenance TEXT NOT NULL DEFAULT '', marks BLOB NOT NULL DEFAULT x'', text TEXT NOT NULL
);
CREATE INDEX articles_facts ON articles (id, publisher, published, language, flags);
CREATE INDEX articles_publisher ON articles (publisher);
CREATE INDEX articles_published ON articles (published);
"""

# What is seldom read stands apart. `removed` is a JSON list of [rule, text]; `versions` hold what an article was before.
_PAST = """
CREATE TABLE removed (number INTEGER PRIMARY KEY REFERENCES articles (number), pieces TEXT NOT NULL);
CREATE TABLE versions (
    number INTEGER NOT NULL REFERENCES articles (number), version INTEGER NOT NULL, title TEXT NOT NULL, published TEXT,
    updated TEXT, content_hash TEXT NOT NULL, replaced_at TEXT, text TEXT NOT NULL, PRIMARY KEY (number, version)
);
"""

# Articles are found by the marks of their text, and a copy leads to the article that speaks for it; who is in no row of
# `copies` speaks for itself. Numbers are short, so that the rows of a thousand articles lie on few pages.
_COPIES = """
CREATE TABLE marks (mark INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (mark, number)) WITHOUT ROWID;
CREATE TABLE copies (
    number INTEGER PRIMARY KEY REFERENCES articles (number), canonical INTEGER NOT NULL REFERENCES articles (number)
);
CREATE INDEX copies_canonical ON copies (canonical);
"""

# Vectors are kept by (hash of the embedded text, model): equal text is embedded once, and a removed article's vectors serve
# again when it comes back. Passage text is not stored: it is the article's text from start to end.
_VECTORS = """
CREATE TABLE vectors (text_hash TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (text_hash, model));
"""

# What the article was read from at an origin, as long as reading that would change nothing. Most rows of a library that was
# filled by files have one, and those that have none need no place in the index.
_READINGS = "CREATE INDEX origins_reading ON origins (reading) WHERE reading IS NOT NULL;"

_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{_ARTICLES}
CREATE TABLE origins (
    origin TEXT PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles (id), reading BLOB
) WITHOUT ROWID;
CREATE INDEX origins_article ON origins (article_id);
{_READINGS}
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, article_id TEXT NOT NULL REFERENCES articles (id),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL, text_hash TEXT NOT NULL
);
CREATE INDEX passages_article ON passages (article_id);
{_PAST}{_COPIES}
{_VECTORS}
CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = "porter unicode61 remove_diacritics 2"
);
"""


def make(connection: apsw.Connection) -> None:
    """Make the tables of an empty database, within a transaction of the caller's."""
    connection.execute(_TABLES)
    identify(connection)
    connection.execute("INSERT INTO meta VALUES ('commits', '0')")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def identify(connection: apsw.Connection) -> None:
    """Give the library a new random id: no index that was made for another fits it."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('library_id', ?)", (secrets.token_hex(16),))


def take_over_1(connection: apsw.Connection) -> None:
    """Fill the tables just made with those of version 1 attached as `old`, within a transaction of the caller's.

    The copies among its articles are still to be found. Passages keep their numbers, and with them their words.
    """
    connection.execute("INSERT INTO meta SELECT key, value FROM old.meta")
    for table in ("articles", "origins", "passages"):
        known = {name for _, name, *_ in connection.execute(f"PRAGMA old.table_info({table})")}
        columns = ", ".join(f'"{name}"' for name in _columns(connection, table) if name in known)
        also, made = (", marks", ", marks_of(text)") if table == "articles" else ("", "")
        connection.execute(f"INSERT INTO {table} ({columns}{also}) SELECT {columns}{made} FROM old.{table} ORDER BY 1")
    connection.execute("DELETE FROM sqlite_sequence; INSERT INTO sqlite_sequence SELECT name, seq FROM old.sqlite_sequence")
    # In the order of the passages, as ingesting would have put them; then those that no passage uses.
    vectors = "INSERT OR IGNORE INTO vectors SELECT v.text_hash, v.model, v.vector FROM old.vectors v"
    connection.execute(f"{vectors} JOIN old.passages p ON p.text_hash = v.text_hash ORDER BY p.number")
    connection.execute(vectors)
    for part in ("data", "idx", "docsize", "config"):
        connection.execute(f"DELETE FROM words_{part}; INSERT INTO words_{part} SELECT * FROM old.words_{part}")


def alter_2(connection: apsw.Connection) -> None:
    """Bring tables of version 2 to ours, within a transaction of the caller's and without checks of references.

    The copies among the articles are still to be found. The table of articles is written anew: what is added to a table stands
    behind its text.
    """
    connection.execute("DROP INDEX articles_facts; DROP INDEX articles_publisher; DROP INDEX articles_published")
    connection.execute("PRAGMA legacy_alter_table = ON")
    connection.execute("ALTER TABLE articles RENAME TO old_articles")
    connection.execute(_ARTICLES + _PAST + _COPIES)
    columns = ", ".join(_columns(connection, "old_articles"))
    connection.execute(
        f"INSERT INTO articles ({columns}, marks) SELECT {columns}, marks_of(text) FROM old_articles ORDER BY rowid"
    )
    connection.execute("DROP TABLE old_articles")
    alter_3(connection)


def alter_3(connection: apsw.Connection) -> None:
    """Bring tables of version 3 to ours, within a transaction of the caller's; what articles were read from is not known."""
    connection.execute("ALTER TABLE origins ADD COLUMN reading BLOB")
    connection.execute(_READINGS)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _columns(connection: apsw.Connection, table: str) -> list[str]:
    return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
