"""The tables of a library, and the steps that bring one made by an older version up to date."""

from __future__ import annotations

import secrets

import apsw

VERSION = 2

# Tables of long rows have a rowid: one without moves what is longer than a quarter of a page to pages of its own, which took
# 3.5 times as long to write and twice the room. The text stands last, so that what is short is read without it;
# what filters look at is read from an index that holds all of it.
_ARTICLES = """
CREATE TABLE articles (
    id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL, publisher TEXT NOT NULL, author TEXT NOT NULL,
    published TEXT, published_from TEXT, language TEXT NOT NULL, fetched_at TEXT, flags TEXT NOT NULL,
    content_hash TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX articles_facts ON articles (id, publisher, published, language);
CREATE INDEX articles_publisher ON articles (publisher);
CREATE INDEX articles_published ON articles (published);
"""

# Vectors are kept by (hash of the embedded text, model): equal text is embedded once, and a removed article's vectors serve
# again when it comes back. Passage text is not stored: it is the article's text from start to end.
_VECTORS = """
CREATE TABLE vectors (text_hash TEXT NOT NULL, model TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (text_hash, model));
"""

_TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
{_ARTICLES}
CREATE TABLE origins (origin TEXT PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles (id)) WITHOUT ROWID;
CREATE INDEX origins_article ON origins (article_id);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, article_id TEXT NOT NULL REFERENCES articles (id),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL, text_hash TEXT NOT NULL
);
CREATE INDEX passages_article ON passages (article_id);
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

    Passages keep their numbers, and with them their words.
    """
    connection.execute("INSERT INTO meta SELECT key, value FROM old.meta")
    for table in ("articles", "origins", "passages"):
        columns = ", ".join(f'"{name}"' for _, name, *_ in connection.execute(f"PRAGMA main.table_info({table})"))
        connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM old.{table} ORDER BY 1")
    connection.execute("DELETE FROM sqlite_sequence; INSERT INTO sqlite_sequence SELECT name, seq FROM old.sqlite_sequence")
    # In the order of the passages, as ingesting would have put them; then those that no passage uses.
    vectors = "INSERT OR IGNORE INTO vectors SELECT v.text_hash, v.model, v.vector FROM old.vectors v"
    connection.execute(f"{vectors} JOIN old.passages p ON p.text_hash = v.text_hash ORDER BY p.number")
    connection.execute(vectors)
    for part in ("data", "idx", "docsize", "config"):
        connection.execute(f"DELETE FROM words_{part}; INSERT INTO words_{part} SELECT * FROM old.words_{part}")
