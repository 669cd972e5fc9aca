"""The conversations of all readers in PostgreSQL, seen by every process that serves the page; each is its owner's alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rag.fold import fold
from rag.store.postgres.part import open_part
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

if TYPE_CHECKING:
    from psycopg import Connection

PART = "conversations"

STEPS = (
    """
CREATE TABLE newsrag.conversations (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, owner text COLLATE "C" NOT NULL,
    title text NOT NULL, created timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated timestamptz NOT NULL DEFAULT clock_timestamp(), scope text NOT NULL, words tsvector NOT NULL
);
CREATE INDEX conversations_of ON newsrag.conversations (owner, updated DESC, key DESC);
CREATE TABLE newsrag.turns (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation bigint NOT NULL REFERENCES newsrag.conversations (key) ON DELETE CASCADE,
    number integer NOT NULL, asked_at timestamptz NOT NULL DEFAULT clock_timestamp(), question text NOT NULL, answer text,
    error text NOT NULL, said text NOT NULL, words tsvector NOT NULL, is_liked boolean, note text NOT NULL DEFAULT '',
    UNIQUE (conversation, number)
);
CREATE INDEX turns_judged ON newsrag.turns (key) WHERE is_liked IS NOT NULL;
CREATE INDEX turns_words ON newsrag.turns USING gin (words);
CREATE INDEX conversations_words ON newsrag.conversations USING gin (words);
""",
)

MAX_WORD = 200
"""Characters of a word that a search looks at."""

SNIPPET_WORDS = 16

_NEWEST_FIRST = "ORDER BY c.updated DESC, c.key DESC"
_SUMMARY = (
    "c.id, c.title, c.created, c.updated, (SELECT count(*) FROM newsrag.turns t WHERE t.conversation = c.key)::integer AS turns"
)
_TURN = "t.number, t.question, t.asked_at, t.answer, t.error, t.is_liked, t.note"
_WORDS = "array_to_tsvector(%s::text[])"

# The words that were found, each with its conversation; a question before the title.
_FOUND = f"""
SELECT {_SUMMARY}, f.said FROM (
    SELECT DISTINCT ON (p.key) p.key, p.said FROM (
        SELECT t.conversation AS key, t.said, false AS is_title, t.number
        FROM newsrag.turns t JOIN newsrag.conversations o ON o.key = t.conversation
        WHERE o.owner = %(owner)s AND t.words @@ %(wanted)s::tsquery
        UNION ALL
        SELECT o.key, o.title, true, 0 FROM newsrag.conversations o WHERE o.owner = %(owner)s AND o.words @@ %(wanted)s::tsquery
    ) p ORDER BY p.key, p.is_title, p.number
) f JOIN newsrag.conversations c ON c.key = f.key {_NEWEST_FIRST} LIMIT %(limit)s
"""


class PostgresConversations:
    """Keeps conversations, as `Conversations` says."""

    def __init__(self, address: str) -> None:
        """Use the database at an address; its tables are made where there are none.

        Raises:
            StoreError: it cannot be reached, or a newer version of this program made the tables.
        """
        self._pool = open_part(address, PART, STEPS)

    def close(self) -> None:
        """Give the connections up."""
        self._pool.close()

    def create(self, owner: str, *, title: str = "", where: Filter = ANY) -> str:
        """Return the id, which nobody can guess, of a new conversation."""
        if not owner:
            raise ValueError("a conversation needs an owner")
        id_, title = secrets.token_urlsafe(16), in_line(title, MAX_TITLE)
        sql = f"INSERT INTO newsrag.conversations (id, owner, title, scope, words) VALUES (%s, %s, %s, %s, {_WORDS})"
        self._pool.write(lambda connection: connection.execute(sql.encode(), [id_, owner, title, encode(where), _words(title)]))
        return id_

    def summaries(self, owner: str, *, limit: int = 100, offset: int = 0) -> tuple[Summary, ...]:
        """Return an owner's conversations that have a question, the last used first."""
        asked = "EXISTS (SELECT 1 FROM newsrag.turns t WHERE t.conversation = c.key)"
        sql = (
            f"SELECT {_SUMMARY} FROM newsrag.conversations c WHERE c.owner = %s AND {asked} {_NEWEST_FIRST} LIMIT %s OFFSET %s"
        )
        return tuple(_summary(row) for row in self._pool.rows(sql, [owner, limit, offset]))

    def get(self, owner: str, id_: str) -> Conversation:
        """Return a conversation with its turns."""
        sql = (
            f"SELECT c.title, c.created, c.updated, c.scope, {_TURN} FROM newsrag.conversations c "
            "LEFT JOIN newsrag.turns t ON t.conversation = c.key WHERE c.id = %s AND c.owner = %s ORDER BY t.number"
        )
        rows = self._pool.rows(sql, [clean(id_), owner])
        if not rows:
            raise no_conversation(id_)
        title, created, updated, scope = rows[0][:4]
        turns = tuple(_kept(*row[4:]) for row in rows if row[4] is not None)
        return Conversation(id_, title, _utc(created), _utc(updated), decode_filter(scope), turns)

    def rename(self, owner: str, id_: str, title: str) -> None:
        """Give a conversation a title of at most 120 characters."""
        title = titled(title)
        self._change(owner, id_, f"title = %s, words = {_WORDS}", title, _words(title))

    def rescope(self, owner: str, id_: str, where: Filter) -> None:
        """Say which articles a conversation is about."""
        self._change(owner, id_, "scope = %s", encode(where))

    def delete(self, owner: str, id_: str) -> None:
        """Forget a conversation."""

        def gone(connection: Connection) -> None:
            key = _key(connection, owner, id_)
            connection.execute("DELETE FROM newsrag.conversations WHERE key = %s", [key])

        self._pool.write(gone)

    def delete_all(self, owner: str) -> int:
        """Forget all conversations of an owner, and return how many there were."""
        sql = "DELETE FROM newsrag.conversations WHERE owner = %s"
        return self._pool.write(lambda connection: connection.execute(sql, [owner]).rowcount)

    def add(self, owner: str, id_: str, question: str, answer: Answer | None = None, *, error: str = "") -> int:
        """Keep a question and what came of it at the end of a conversation, and return its number."""
        question = clean(question)
        said = clean(f"{question}\n{answer.text if answer else ''}")
        title = in_line(question, MAX_TITLE)

        def added(connection: Connection) -> int:
            key = _key(connection, owner, id_)
            row = connection.execute(
                "INSERT INTO newsrag.turns (conversation, number, question, answer, error, said, words) "
                "SELECT %s, coalesce(max(number), 0) + 1, %s, %s, %s, %s, array_to_tsvector(%s::text[]) "
                "FROM newsrag.turns WHERE conversation = %s RETURNING number",
                [key, question, encode(answer) if answer else None, clean(error), said, _words(said), key],
            ).fetchone()
            assert row is not None, "an insert of one row returns it"
            connection.execute("UPDATE newsrag.conversations SET updated = clock_timestamp() WHERE key = %s", [key])
            named = f"UPDATE newsrag.conversations SET title = %s, words = {_WORDS} WHERE key = %s AND title = ''"
            connection.execute(named.encode(), [title, _words(title), key])
            return int(row[0])

        return self._pool.write(added)

    def truncate(self, owner: str, id_: str, number: int) -> None:
        """Forget the turns from a number on: what retrying or editing a question begins with."""

        def cut(connection: Connection) -> None:
            key = _key(connection, owner, id_)
            connection.execute("DELETE FROM newsrag.turns WHERE conversation = %s AND number >= %s", [key, number])

        self._pool.write(cut)

    def judge(self, owner: str, id_: str, number: int, feedback: Feedback | None) -> None:
        """Keep what the owner thinks of a turn's answer; None takes it back."""
        liked, note = (feedback.is_liked, clean(feedback.note)[:MAX_NOTE]) if feedback else (None, "")

        def noted(connection: Connection) -> None:
            key = _key(connection, owner, id_)
            sql = "UPDATE newsrag.turns SET is_liked = %s, note = %s WHERE conversation = %s AND number = %s"
            if not connection.execute(sql, [liked, note, key, number]).rowcount:
                raise no_turn(id_, number)

        self._pool.write(noted)

    def judged(self, owner: str | None = None) -> Iterator[tuple[Conversation, Kept]]:
        """Yield the turns that somebody judged, oldest first, each with its conversation without turns; None for all owners."""
        rows = self._pool.rows(
            f"SELECT c.id, c.title, c.created, c.updated, c.scope, {_TURN} "
            "FROM newsrag.turns t JOIN newsrag.conversations c ON c.key = t.conversation "
            "WHERE t.is_liked IS NOT NULL AND (%(owner)s::text IS NULL OR c.owner = %(owner)s) ORDER BY t.key",
            {"owner": owner},
        )
        for id_, title, created, updated, scope, *turn in rows:
            yield Conversation(id_, title, _utc(created), _utc(updated), decode_filter(scope)), _kept(*turn)

    def search(self, owner: str, text: str, *, limit: int = 50) -> tuple[Match, ...]:
        """Return the conversations of which a question and its answer, or the title, hold every word of a text."""
        wanted = list(dict.fromkeys(_split(clean(text))))[:20]
        if not wanted:
            return ()
        sought = " & ".join(f"'{word}':*" for word in wanted)
        rows = self._pool.rows(_FOUND, {"owner": owner, "wanted": sought, "limit": limit})
        return tuple(Match(_summary(row[:5]), _snippet(row[5], wanted)) for row in rows)

    def _change(self, owner: str, id_: str, setting: str, *values: Any) -> None:
        sql = f"UPDATE newsrag.conversations SET {setting} WHERE id = %s AND owner = %s"

        def changed(connection: Connection) -> None:
            if not connection.execute(sql.encode(), [*values, clean(id_), owner]).rowcount:
                raise no_conversation(id_)

        self._pool.write(changed)


def _key(connection: Connection, owner: str, id_: str) -> int:
    """Return the key of a conversation, which nobody else changes until the transaction ends."""
    sql = "SELECT key FROM newsrag.conversations WHERE id = %s AND owner = %s FOR UPDATE"
    row = connection.execute(sql, [clean(id_), owner]).fetchone()
    if row is None:
        raise no_conversation(id_)
    return int(row[0])


def _summary(row: Sequence[Any]) -> Summary:
    id_, title, created, updated, turns = row
    return Summary(id_, title, _utc(created), _utc(updated), turns)


def _kept(
    number: int, question: str, asked_at: datetime, answer: str | None, error: str, is_liked: bool | None, note: str
) -> Kept:
    feedback = None if is_liked is None else Feedback(is_liked, note)
    return kept_as(number, question, _utc(asked_at), answer, error, feedback)


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


def _split(text: str) -> list[str]:
    """Return the words of a text without case and accents, each cut to what a search looks at."""
    return [word[:MAX_WORD] for word in re.findall(r"[^\W_]+", fold(text))]


def _words(text: str) -> list[str]:
    """Return the words that a search finds a text by."""
    return sorted(set(_split(text)))


def _snippet(text: str, wanted: Sequence[str]) -> str:
    """Return some words in a row of a text, in one line, those among which most of the wanted are."""
    words = text.split()
    held = [{one for one in wanted for part in _split(word) if part.startswith(one)} for word in words]
    starts = range(max(1, len(words) - SNIPPET_WORDS + 1))
    best = max(starts, key=lambda start: (len(set().union(*held[start : start + SNIPPET_WORDS])), -start))
    first = next((place for place in range(best, len(words)) if held[place]), best)
    start = max(0, min(first - 2, len(words) - SNIPPET_WORDS))
    shown = " ".join(words[start : start + SNIPPET_WORDS])
    return f"{'…' if start else ''}{shown}{'…' if start + SNIPPET_WORDS < len(words) else ''}"
