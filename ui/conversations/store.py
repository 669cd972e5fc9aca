"""The conversations of all readers, in one SQLite file beside the library; each is its owner's alone."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import apsw

from rag.errors import StoreError
from rag.types import ANY, Answer, Filter
from ui.conversations.record import (
    MAX_NOTE,
    MAX_TITLE,
    Conversation,
    Feedback,
    Kept,
    Match,
    Summary,
    clean,
    decode_filter,
    encode,
    in_line,
    kept_as,
    no_conversation,
    no_turn,
    titled,
)

FILE = "conversations.db"
NEWEST_FIRST = "ORDER BY c.updated DESC, c.key DESC"

# A turn's words stand in `words` under its key, a title's under its conversation's key, made negative.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, title TEXT NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL, scope TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS conversations_of ON conversations (owner, updated);
CREATE TABLE IF NOT EXISTS turns (
    key INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversations (key) ON DELETE CASCADE,
    number INTEGER NOT NULL, asked_at TEXT NOT NULL, question TEXT NOT NULL, answer TEXT, error TEXT NOT NULL,
    is_liked INTEGER, note TEXT NOT NULL DEFAULT '', UNIQUE (conversation, number)
);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER IF NOT EXISTS turn_gone AFTER DELETE ON turns BEGIN DELETE FROM words WHERE rowid = old.key; END;
CREATE TRIGGER IF NOT EXISTS conversation_gone AFTER DELETE ON conversations
    BEGIN DELETE FROM words WHERE rowid = -old.key; END;
"""

_SUMMARY = "c.id, c.title, c.created, c.updated, (SELECT count(*) FROM turns t WHERE t.conversation = c.key)"
_TURN = "t.number, t.question, t.asked_at, t.answer, t.error, t.is_liked, t.note"

# The words that were found, each with its conversation.
_FOUND = """
WITH found AS MATERIALIZED (
    SELECT abs(w.rowid) AS key, w.rowid < 0 AS is_title, snippet(words, 0, '', '', '…', 16) AS snippet
    FROM words w WHERE words MATCH ?2
), placed AS (
    SELECT f.snippet, f.is_title, CASE WHEN f.is_title THEN f.key ELSE t.conversation END AS conversation
    FROM found f LEFT JOIN turns t ON NOT f.is_title AND t.key = f.key
)
"""


class ConversationStore:
    """Keeps conversations. Safe to share between threads; several processes may use one file.

    Every method takes the `owner`, an opaque name that is not empty, and sees that owner's conversations alone: any other is
    as if it were not there.
    """

    def __init__(self, folder: Path | None) -> None:
        """Open the file in a folder, made where there is none; None keeps everything in memory.

        Raises:
            StoreError: the file cannot be made or written, or is damaged.
        """
        self.path = folder / FILE if folder else None
        self._lock = Lock()
        with self._told():
            if self.path:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # for the eyes of who runs the page alone
            self._connection = apsw.Connection(str(self.path or ":memory:"))
            self._connection.set_busy_timeout(10_000)
            pragmas = "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON"
            self._connection.execute(pragmas).fetchall()  # else it stops at the first one, which gives a row
            self._connection.execute(_SCHEMA)

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        with self._lock:
            self._connection.close()

    def create(self, owner: str, *, title: str = "", where: Filter = ANY) -> str:
        """Return the id, which nobody can guess, of a new conversation.

        Args:
            title: Empty takes the first question.
            where: The articles that it is about.
        """
        if not owner:
            raise ValueError("a conversation needs an owner")
        id_, now, title = secrets.token_urlsafe(16), _now(), in_line(title, MAX_TITLE)
        with self._changing() as connection:
            connection.execute(
                "INSERT INTO conversations (id, owner, title, created, updated, scope) VALUES (?, ?, ?, ?, ?, ?)",
                (id_, owner, title, now, now, encode(where)),
            )
            if title:
                connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (-connection.last_insert_rowid(), title))
        return id_

    def summaries(self, owner: str, *, limit: int = 100, offset: int = 0) -> tuple[Summary, ...]:
        """Return an owner's conversations that have a question, the last used first."""
        asked = "EXISTS (SELECT 1 FROM turns t WHERE t.conversation = c.key)"
        sql = f"SELECT {_SUMMARY} FROM conversations c WHERE c.owner = ? AND {asked} {NEWEST_FIRST} LIMIT ? OFFSET ?"
        return tuple(_summary(row) for row in self._rows(sql, owner, limit, offset))

    def get(self, owner: str, id_: str) -> Conversation:
        """Return a conversation with its turns.

        Raises:
            InputError: this owner has none of that id.
        """
        with self._reading() as connection:
            key = _key(connection, owner, id_)
            ((title, created, updated, scope),) = _fetch(
                connection, "SELECT title, created, updated, scope FROM conversations WHERE key = ?", key
            )
            turns = _fetch(connection, f"SELECT {_TURN} FROM turns t WHERE t.conversation = ? ORDER BY t.number", key)
        kept = tuple(_kept(*turn) for turn in turns)
        return Conversation(id_, title, _time(created), _time(updated), decode_filter(scope), kept)

    def rename(self, owner: str, id_: str, title: str) -> None:
        """Give a conversation a title of at most 120 characters.

        Raises:
            InputError: this owner has none of that id, or the title is empty.
        """
        title = titled(title)
        with self._changing() as connection:
            _name(connection, _key(connection, owner, id_), title)

    def rescope(self, owner: str, id_: str, where: Filter) -> None:
        """Say which articles a conversation is about.

        Raises:
            InputError: this owner has none of that id.
        """
        with self._changing() as connection:
            key = _key(connection, owner, id_)
            connection.execute("UPDATE conversations SET scope = ? WHERE key = ?", (encode(where), key))

    def delete(self, owner: str, id_: str) -> None:
        """Forget a conversation.

        Raises:
            InputError: this owner has none of that id.
        """
        with self._changing() as connection:
            connection.execute("DELETE FROM conversations WHERE key = ?", (_key(connection, owner, id_),))

    def delete_all(self, owner: str) -> int:
        """Forget all conversations of an owner, and return how many there were."""
        with self._changing() as connection:
            connection.execute("DELETE FROM conversations WHERE owner = ?", (owner,))
            return int(connection.changes())

    def add(self, owner: str, id_: str, question: str, answer: Answer | None = None, *, error: str = "") -> int:
        """Keep a question and what came of it at the end of a conversation, and return its number.

        Args:
            answer: None where there is none.
            error: What went wrong; empty without an answer means that the reader stopped it.

        Raises:
            InputError: this owner has none of that id.
        """
        question, now = clean(question), _now()
        with self._changing() as connection:
            key = _key(connection, owner, id_)
            ((last,),) = _fetch(connection, "SELECT coalesce(max(number), 0) FROM turns WHERE conversation = ?", key)
            number = int(last) + 1
            connection.execute(
                "INSERT INTO turns (conversation, number, asked_at, question, answer, error) VALUES (?, ?, ?, ?, ?, ?)",
                (key, number, now, question, encode(answer) if answer else None, clean(error)),
            )
            said = clean(f"{question}\n{answer.text if answer else ''}")
            connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (connection.last_insert_rowid(), said))
            connection.execute("UPDATE conversations SET updated = ? WHERE key = ?", (now, key))
            if _fetch(connection, "SELECT 1 FROM conversations WHERE key = ? AND title = ''", key):
                _name(connection, key, in_line(question, MAX_TITLE))
        return number

    def truncate(self, owner: str, id_: str, number: int) -> None:
        """Forget the turns from a number on: what retrying or editing a question begins with.

        Raises:
            InputError: this owner has none of that id.
        """
        with self._changing() as connection:
            key = _key(connection, owner, id_)
            connection.execute("DELETE FROM turns WHERE conversation = ? AND number >= ?", (key, number))

    def judge(self, owner: str, id_: str, number: int, feedback: Feedback | None) -> None:
        """Keep what the owner thinks of a turn's answer; None takes it back.

        Raises:
            InputError: this owner has no such conversation, or it has no such turn.
        """
        with self._changing() as connection:
            key = _key(connection, owner, id_)
            liked, note = (int(feedback.is_liked), clean(feedback.note)[:MAX_NOTE]) if feedback else (None, "")
            connection.execute(
                "UPDATE turns SET is_liked = ?, note = ? WHERE conversation = ? AND number = ?", (liked, note, key, number)
            )
            if not connection.changes():
                raise no_turn(id_, number)

    def judged(self, owner: str | None = None) -> Iterator[tuple[Conversation, Kept]]:
        """Yield the turns that somebody judged, oldest first, each with its conversation without turns; None for all owners."""
        rows = self._rows(
            f"SELECT c.id, c.title, c.created, c.updated, c.scope, {_TURN} "
            "FROM turns t JOIN conversations c ON c.key = t.conversation "
            "WHERE t.is_liked IS NOT NULL AND (?1 IS NULL OR c.owner = ?1) ORDER BY t.key",
            owner,
        )
        for id_, title, created, updated, scope, *turn in rows:
            yield Conversation(id_, title, _time(created), _time(updated), decode_filter(scope)), _kept(*turn)

    def search(self, owner: str, text: str, *, limit: int = 50) -> tuple[Match, ...]:
        """Return the conversations that hold every word of a text, or words that begin so, the last used first.

        A text without words finds nothing.
        """
        words = " ".join(f'"{word}"*' for word in re.findall(r"\w+", text)[:20])
        if not words:
            return ()
        snippet = "(SELECT p.snippet FROM placed p WHERE p.conversation = c.key ORDER BY p.is_title LIMIT 1)"
        sql = (
            f"{_FOUND} SELECT {_SUMMARY}, {snippet} FROM conversations c "
            f"WHERE c.owner = ?1 AND c.key IN (SELECT conversation FROM placed) {NEWEST_FIRST} LIMIT ?3"
        )
        rows = self._rows(sql, owner, words, limit)
        return tuple(Match(_summary(row[:5]), " ".join(row[5].split())) for row in rows)

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._reading() as connection:
            return _fetch(connection, sql, *values)

    @contextmanager
    def _reading(self) -> Iterator[apsw.Connection]:
        """Give the connection, to one thread at a time."""
        with self._lock, self._told():
            yield self._connection

    @contextmanager
    def _changing(self) -> Iterator[apsw.Connection]:
        """Give the connection for a transaction; an error undoes all of it."""
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn errors of the disk and of SQLite into ours within the block."""
        try:
            yield
        except (apsw.Error, OSError) as error:
            raise StoreError(
                f"the conversations in {str(self.path)!r} cannot be read or written: {error}; check the disk and the "
                "permissions, or move that file away to begin anew"
            ) from error


def _fetch(connection: apsw.Connection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    return connection.execute(sql, values).fetchall()


def _key(connection: apsw.Connection, owner: str, id_: str) -> int:
    rows = _fetch(connection, "SELECT key FROM conversations WHERE id = ? AND owner = ?", id_, owner)
    if not rows:
        raise no_conversation(id_)
    return int(rows[0][0])


def _name(connection: apsw.Connection, key: int, title: str) -> None:
    connection.execute("UPDATE conversations SET title = ? WHERE key = ?", (title, key))
    connection.execute("DELETE FROM words WHERE rowid = ?", (-key,))
    connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (-key, title))


def _summary(row: tuple[Any, ...]) -> Summary:
    id_, title, created, updated, turns = row
    return Summary(id_, title, _time(created), _time(updated), turns)


def _kept(number: int, question: str, asked_at: str, answer: str | None, error: str, is_liked: int | None, note: str) -> Kept:
    feedback = None if is_liked is None else Feedback(bool(is_liked), note)
    return kept_as(number, question, _time(asked_at), answer, error, feedback)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
