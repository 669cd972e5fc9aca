"""Articles, passages, words and vectors into the tables and out of them, within one transaction of the caller's.

Many processes write at once. Each locks the rows of its own articles, in order of id, so that two that bring the same article
take turns; then, for the last moment, the one row of `state`, which makes what follows from all articles (copies, counts, the
number of commits) a matter of one writer after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.ports import Vectors
from rag.similar.prints import print_of
from rag.store.copies import marks_blob
from rag.store.postgres.columns import FACTS, article_row, columns
from rag.store.postgres.copies import StoredCopies
from rag.store.postgres.terms import configuration, words
from rag.store.postgres.vectors import packed
from rag.store.rows import pieces_of, stored_flags, to_time
from rag.store.tables import Entry, text_hash
from rag.types import Article

if TYPE_CHECKING:
    from psycopg import Connection

_NAMES = ", ".join(FACTS)
_VALUES = ", ".join(f"%s::{kind}[]" for kind in FACTS.values())

_ENTER = (
    f"INSERT INTO articles ({_NAMES}) SELECT * FROM unnest({_VALUES}) n ({_NAMES}) ORDER BY id ON CONFLICT (id) DO NOTHING "
    "RETURNING id, number"
)
_CHANGE = (
    f"UPDATE articles a SET {', '.join(f'{name} = n.{name}' for name in FACTS if name != 'id')} "
    f"FROM unnest({_VALUES}) n ({_NAMES}) WHERE a.id = n.id"
)

# Texts and titles among the versions of the article numbered `heir`, if they are others than those that take their place.
_KEEP = """
INSERT INTO versions (number, version, title, published, updated, content_hash, replaced_at, text)
SELECT n.heir, 1 + coalesce((SELECT max(version) FROM versions v WHERE v.number = n.heir), 0), a.title, a.published, a.updated,
    a.content_hash, n.at, t.text
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[]) n (number, heir, at, text, title)
JOIN articles a ON a.number = n.number JOIN texts t ON t.month = a.month AND t.number = a.number
WHERE (t.text, a.title) IS DISTINCT FROM (n.text, n.title)
"""

_PUT_PASSAGES = """
INSERT INTO passages (id, article, start, "end", heading, text_hash)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::integer[], %s::integer[], %s::text[], %s::text[]) RETURNING id, number
"""

_PUT_WORDS = """
WITH put AS (
    INSERT INTO words (number, terms, words) SELECT number, terms, to_tsvector(('newsrag.' || configuration)::regconfig, words)
    FROM unnest(%s::bigint[], %s::integer[], %s::text[], %s::text[]) n (number, terms, configuration, words) RETURNING words
)
INSERT INTO changes (terms, counts) SELECT array_agg(lexeme), array_agg(n) FROM (
    SELECT lexeme, count(*)::integer AS n FROM put CROSS JOIN LATERAL unnest(words) GROUP BY lexeme
) counted HAVING count(*) > 0
"""

_UNCOUNT = """
INSERT INTO changes (terms, counts) SELECT array_agg(lexeme), array_agg(n) FROM (
    SELECT lexeme, -count(*)::integer AS n FROM words CROSS JOIN LATERAL unnest(words)
    WHERE number IN (SELECT number FROM passages WHERE article = ANY(%s)) GROUP BY lexeme
) counted HAVING count(*) > 0
"""

_NOTE = """
UPDATE origins o SET reading = n.reading
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) n (key, id, content_hash, flags, reading)
JOIN articles a ON (a.id, a.content_hash, a.flags) = (n.id, n.content_hash, n.flags)
WHERE o.key = n.key AND o.article = a.number
"""

_COMMIT = """
UPDATE state SET commits = commits + 1, passages = passages + %s, terms = terms + %s,
    embedder = CASE embedder WHEN '' THEN %s ELSE embedder END
"""


class Tables:
    """Many rows at a time, in as few statements as that takes."""

    def __init__(self, connection: Connection) -> None:
        """Write by a connection that is within a transaction."""
        self._connection = connection
        self._passages = 0
        self._terms = 0

    def put(self, entries: Sequence[Entry], *, model: str) -> None:
        """Store articles, no two of one id or origin; each replaces what its id, or its origin, held before.

        What an article was before its text or title changed is kept among its versions. A store that no embedder built is
        `model`'s from then on.
        """
        articles = {entry.article.id: entry.article for entry in entries}
        prints = {id_: print_of(article.text) for id_, article in articles.items()}
        rows = {id_: article_row(article, marks_blob(prints[id_])) for id_, article in articles.items()}
        numbers, changed = self._enter(rows)
        self._change({number: articles[id_] for id_, number in changed.items()}, [rows[id_] for id_ in changed])
        self._put_texts(articles, numbers)
        gone = self._take_origins([(article.origin, id_) for id_, article in articles.items() if article.origin], numbers)
        self._connection.execute(b"UPDATE origins SET reading = NULL WHERE article = ANY(%s)", [list(numbers.values())])
        self._note(articles.values())
        for number, heir in gone.items():
            self._hand_on(number, articles[heir], numbers[heir])
        self._put_removed(articles, numbers)
        self._put_passages(entries, numbers)
        self._drop_passages(list(gone))
        copies = self._commit(model)
        orphans = copies.withdraw([*changed.values(), *gone])
        self._delete(list(gone))
        copies.enter({numbers[id_]: found for id_, found in prints.items()}, orphans - set(gone))

    def set_origins(self, origins: Sequence[tuple[str, str]]) -> None:
        """Point origins at the articles of the ids with them, and remove those that stood there and stand nowhere any more."""
        numbers = self.locked([id_ for _, id_ in origins])
        gone = self._take_origins([(origin, id_) for origin, id_ in origins if id_ in numbers], numbers)
        if gone:
            self.remove(list(gone))

    def note_readings(self, articles: Sequence[Article]) -> None:
        """Remember what articles were read from, where they are stored just so and stand at their origins."""
        self.locked([article.id for article in articles])
        self._note(articles)

    def locked(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Return the numbers of those of the articles that are stored, by id; nobody else changes them until we are done."""
        rows = self._rows("SELECT id, number FROM articles WHERE id = ANY(%s) ORDER BY id FOR UPDATE", list(article_ids))
        return dict(rows)

    def remove(self, numbers: Collection[int]) -> None:
        """Delete articles with all that belongs to them but the vectors, which serve again when an article comes back."""
        self._drop_passages(numbers)
        copies = self._commit("")
        orphans = copies.withdraw(numbers)
        self._delete(numbers)
        copies.enter({}, orphans - set(numbers))

    def put_vectors(self, model: int, vectors: Mapping[str, Vectors]) -> None:
        """Store vectors of a model, by its number, in order of their keys, as every writer does: so none waits in a circle."""
        if vectors:
            self._connection.cursor().executemany(
                b"INSERT INTO vectors (text_hash, model, vector) VALUES (%s, %s, %s::vector) ON CONFLICT (text_hash, model) "
                b"DO UPDATE SET vector = excluded.vector WHERE vectors.vector <> excluded.vector",
                [(key, model, packed(vectors[key])) for key in sorted(vectors)],
            )

    def note_commit(self) -> None:
        """Count a commit that changes no article: what is kept of older states is out of date."""
        self._commit("")

    # Parts

    def _enter(self, rows: Mapping[str, tuple[Any, ...]]) -> tuple[dict[str, int], dict[str, int]]:
        """Insert the rows of new articles and lock those of known ones; return the numbers of all, and of the known."""
        numbers: dict[str, int] = {}
        changed: dict[str, int] = {}
        missing = dict(rows)
        while missing:  # another process may remove a known one before it is locked
            entered = dict(self._rows(_ENTER, *columns(missing.values(), len(FACTS))))
            numbers |= entered
            changed |= self.locked([id_ for id_ in missing if id_ not in entered])
            missing = {id_: row for id_, row in missing.items() if id_ not in numbers and id_ not in changed}
        return numbers | changed, changed

    def _change(self, articles: Mapping[int, Article], rows: Sequence[tuple[Any, ...]]) -> None:
        """Put facts in place of those of known articles, keep what these were, and drop their passages and texts."""
        if not articles:
            return
        self._keep([(number, number, article) for number, article in articles.items()])
        self._drop_passages(articles)
        self._connection.execute(
            b"DELETE FROM texts t USING articles a WHERE a.number = ANY(%s) AND t.month = a.month AND t.number = a.number",
            [list(articles)],
        )
        self._connection.execute(_CHANGE.encode(), columns(rows, len(FACTS)))

    def _keep(self, replaced: Sequence[tuple[int, int, Article]]) -> None:
        """Keep what articles, by number, were among the versions of others, by number, that now have a text and title."""
        rows = [(number, heir, to_time(article.fetched_at), article.text, article.title) for number, heir, article in replaced]
        self._connection.execute(_KEEP.encode(), columns(rows, 5))

    def _put_texts(self, articles: Mapping[str, Article], numbers: Mapping[str, int]) -> None:
        self._connection.execute(
            b"INSERT INTO texts (month, number, text) SELECT a.month, a.number, n.text "
            b"FROM unnest(%s::bigint[], %s::text[]) n (number, text) JOIN articles a USING (number)",
            columns([(numbers[id_], article.text) for id_, article in articles.items()], 2),
        )

    def _put_removed(self, articles: Mapping[str, Article], numbers: Mapping[str, int]) -> None:
        """Store what cleaning took out of articles, in place of what was stored before."""
        self._connection.execute(b"DELETE FROM removed WHERE number = ANY(%s)", [[numbers[id_] for id_ in articles]])
        pieces = [(numbers[article.id], pieces_of(article)) for article in articles.values() if article.removed]
        self._connection.execute(b"INSERT INTO removed SELECT * FROM unnest(%s::bigint[], %s::text[])", columns(pieces, 2))

    def _put_passages(self, entries: Sequence[Entry], numbers: Mapping[str, int]) -> None:
        """Insert the passages of articles and their words, under numbers that were never used before."""
        rows = [
            (p.id, numbers[entry.article.id], p.start, p.end, p.heading, text_hash(embedded))
            for entry in entries
            for p, embedded in zip(entry.passages, entry.embedded, strict=True)
        ]
        if not rows:
            return
        found = dict(self._rows(_PUT_PASSAGES, *columns(rows, 6)))
        configurations = {entry.article.id: configuration(entry.article.language) for entry in entries}
        self._connection.execute(
            b"INSERT INTO configurations SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [sorted(set(configurations.values()))],
        )
        split = [
            (found[p.id], words(text), configurations[entry.article.id])
            for entry in entries
            for p, text in zip(entry.passages, entry.texts, strict=True)
        ]
        self._connection.execute(
            _PUT_WORDS.encode(), columns([(number, len(each), name, " ".join(each)) for number, each, name in split], 4)
        )
        self._passages += len(split)
        self._terms += sum(len(each) for _, each, _ in split)

    def _take_origins(self, origins: Sequence[tuple[str, str]], numbers: Mapping[str, int]) -> dict[int, str]:
        """Point origins at articles by id, and return who stood there and stands nowhere now, with the id in its place."""
        wanted = dict(origins)
        rows = sorted((text_hash(origin), origin, numbers[id_]) for origin, id_ in wanted.items())
        entered = self._rows(
            "INSERT INTO origins (key, origin, article) SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[]) "
            "ON CONFLICT (key) DO NOTHING RETURNING origin",
            *columns(rows, 3),
        )
        known = [text_hash(origin) for origin in wanted.keys() - {origin for (origin,) in entered}]
        before = self._rows("SELECT origin, article FROM origins WHERE key = ANY(%s) ORDER BY key FOR UPDATE", known)
        self._connection.execute(
            b"UPDATE origins o SET article = n.article, reading = NULL FROM unnest(%s::text[], %s::text[], %s::bigint[]) "
            b"n (key, origin, article) WHERE o.key = n.key AND o.article <> n.article",
            columns(rows, 3),
        )
        left = {number: wanted[origin] for origin, number in before if number not in numbers.values()}
        standing = {number for (number,) in self._rows("SELECT article FROM origins WHERE article = ANY(%s)", list(left))}
        return {number: id_ for number, id_ in left.items() if number not in standing}

    def _note(self, articles: Iterable[Article]) -> None:
        """Do that for articles that nobody else changes meanwhile."""
        rows = sorted(
            (text_hash(article.origin), article.id, article.content_hash, stored_flags(article), article.reading)
            for article in articles
            if article.origin and article.reading
        )
        self._connection.execute(_NOTE.encode(), columns(rows, 5))

    def _hand_on(self, old: int, article: Article, heir: int) -> None:
        """Make an article that is about to go, and its versions, versions of the one that took its place."""
        self._connection.execute(
            b"UPDATE versions SET number = %(heir)s, version = version + "
            b"coalesce((SELECT max(version) FROM versions WHERE number = %(heir)s), 0) WHERE number = %(old)s",
            {"heir": heir, "old": old},
        )
        self._keep([(old, heir, article)])

    def _drop_passages(self, articles: Collection[int]) -> None:
        """Delete the passages of articles, by number, with their words."""
        if not articles:
            return
        self._connection.execute(_UNCOUNT.encode(), [list(articles)])
        counted = self._rows(
            "SELECT count(*), coalesce(sum(terms), 0) FROM passages p JOIN words w USING (number) WHERE p.article = ANY(%s)",
            list(articles),
        )
        self._connection.execute(b"DELETE FROM passages WHERE article = ANY(%s)", [list(articles)])
        self._passages -= int(counted[0][0])
        self._terms -= int(counted[0][1])

    def _commit(self, model: str) -> StoredCopies:
        """Count this commit and what it changes; from then on nobody else commits before we do, and copies may be found."""
        self._connection.execute(_COMMIT.encode(), [self._passages, self._terms, model])
        self._passages = self._terms = 0
        return StoredCopies(self._connection)

    def _delete(self, articles: Collection[int]) -> None:
        if articles:
            self._connection.execute(b"DELETE FROM articles WHERE number = ANY(%s)", [list(articles)])

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.encode(), values).fetchall()
