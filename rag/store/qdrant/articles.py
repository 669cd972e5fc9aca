"""The articles of a store in Qdrant, as its readers see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from rag.store.listing import Listed
from rag.store.qdrant import readings, rows
from rag.store.qdrant.client import Connection, runs_of
from rag.store.qdrant.head import Head, State
from rag.store.qdrant.passages import QdrantPassages
from rag.store.qdrant.points import among, equal, seen
from rag.store.record import Record
from rag.store.refusal import no_article
from rag.store.rows import stored_flags
from rag.types import Action, Article, IngestItem, LibraryStats, Passage, Source, Version


class QdrantArticles:
    """What a store says of its articles. Each answer is of one state. Safe to share between threads."""

    index: QdrantPassages

    def __init__(self, connection: Connection, head: Head, records: str) -> None:
        """Read the collection `records`; whoever inherits sets `index`."""
        self._connection = connection
        self._head = head
        self._records = records

    @property
    def location(self) -> str:
        """Its address."""
        return self._connection.location

    @property
    def embedder(self) -> str:
        """Name of the embedder that built it; empty while it holds nothing."""
        return self._head.read().embedder

    def article(self, article_id: str) -> Article:
        """Return an article.

        Raises:
            InputError: the store does not hold it.
        """
        state = self._head.read()
        (payload,) = self._held([article_id], state).values()
        canonical = self.index.canonicals([article_id], state).get(article_id)
        return rows.article_of(
            payload, origin=min(self._origins([article_id], state)[article_id], default=""), canonical=canonical
        )

    def versions(self, article_id: str) -> list[Version]:
        """Return what an article was before its text or title changed, the earliest first; nothing where it never did.

        Raises:
            InputError: the store does not hold it.
        """
        state = self._head.read()
        self._held([article_id], state, fields=["id"])
        return self._versions([article_id], state)[article_id]

    def group_of(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Return for each of the articles that the store holds the id of the one that it is a copy of, else its own."""
        state = self._head.read()
        held = self._articles(article_ids, state, fields=["id"])
        canonicals = self.index.canonicals(list(held), state)
        return {id_: canonicals.get(id_, id_) for id_ in held}

    def sources(self) -> list[Source]:
        """Return the source of every article, newest first, then those without a date; ties by title and id."""
        return list(self._sources())

    def listed(self, *, limit: int, offset: int = 0, publisher: str = "") -> list[Source]:
        """Return a page of `sources`, of one publisher alone where one is named as the store has it."""
        found = [source for source in self._sources() if not publisher or source.publisher == publisher]
        return found[offset : offset + limit]

    def article_ids(self) -> list[str]:
        """Return the ids of all articles, in order."""
        return sorted(source.article_id for source in self._sources())

    def select(self, *, publisher: str = "", before: date | None = None) -> list[str]:
        """Return the ids, in order, of the articles of a publisher (case does not matter) published before a day."""
        wanted = publisher.casefold()
        return sorted(
            source.article_id
            for source in self._sources()
            if (not wanted or source.publisher.casefold() == wanted)
            and (before is None or (source.published is not None and source.published < before))
        )

    def passages_of(self, article_id: str) -> list[Passage]:
        """Return the passages of an article, in order."""
        return [rows.passage_of(payload) for payload in self._cut([article_id], self._head.read())[article_id]]

    def text_hashes_of(self, article_id: str) -> list[str]:
        """Return the keys of the vectors of an article's passages, in the order of `passages_of`."""
        return [str(payload["hash"]) for payload in self._cut([article_id], self._head.read())[article_id]]

    def catalogue(self) -> list[Listed]:
        """Return all articles in the order of `sources`."""
        state = self._head.read()
        where = [equal("kind", rows.ARTICLE), *seen(state.number)]
        fields = ["id", "author", "language", "section", "updated", "provenance", "n_versions"]
        found = {
            one["id"]: one
            for one in (each.payload or {} for each in self._connection.scroll(self._records, where, fields=fields))
        }
        return [rows.listed_of(found[source.article_id], source) for source in self._sources() if source.article_id in found]

    def records(self, article_ids: Sequence[str]) -> list[Record]:
        """Return all that is kept of articles, in the order given.

        Raises:
            InputError: the store does not hold one of them.
        """
        state = self._head.read()
        held = self._held(article_ids, state)
        origins, versions = self._origins(article_ids, state), self._versions(article_ids, state)
        cut = self._cut(article_ids, state)
        return [
            Record(
                rows.article_of(held[id_], origin=min(origins[id_], default="")),
                tuple(rows.passage_of(payload) for payload in cut[id_]),
                tuple(str(payload["hash"]) for payload in cut[id_]),
                tuple(sorted(origins[id_])),
                tuple(versions[id_]),
            )
            for id_ in article_ids
        ]

    def count(self) -> int:
        """Return how many articles there are."""
        return self._head.read().articles

    def stats(self) -> LibraryStats:
        """Return counts; Qdrant does not tell how many bytes a collection takes, and 0 stands for that."""
        state = self._head.read()
        sources = self._sources()
        return LibraryStats(
            path=self.location,
            articles=state.articles,
            passages=state.passages,
            publishers=len({source.publisher for source in sources} - {""}),
            dated_articles=sum(source.published is not None for source in sources),
            first_published=self.index.oldest(),
            last_published=self.index.newest(),
            embedder=state.embedder,
            generation=state.number,
            bytes_on_disk=0,
        )

    def action_for(self, article: Article) -> Action:
        """Return what storing the article would do: add, update, or nothing. Other flags are an update too."""
        state = self._head.read()
        found = self._articles([article.id], state, fields=["id", "content_hash", "flags"])
        if article.id in found:
            stored = found[article.id]
            is_same = (stored["content_hash"], stored["flags"]) == (article.content_hash, stored_flags(article))
            return Action.UNCHANGED if is_same else Action.UPDATED
        if article.origin and self._stands_at(article.origin, state):
            return Action.UPDATED
        return Action.ADDED

    def recall(self, reading: str) -> IngestItem | None:
        """Return what to report of a record that was read so: the article is there, and reading it would change nothing."""
        return readings.recall(self._connection, self._records, reading, self._head.read())

    def stands(self, article: Article) -> bool:
        """Return whether the article is stored just so, and stands at its origin: storing it would change nothing at all."""
        is_there = self._stands_at(article.origin, self._head.read()) == article.id
        return is_there and self.action_for(article) is Action.UNCHANGED

    # Parts

    def _held(self, article_ids: Sequence[str], state: State, *, fields: Any = True) -> dict[str, dict[str, Any]]:
        """Return articles by id.

        Raises:
            InputError: the store does not hold one of them.
        """
        found = self._articles(article_ids, state, fields=fields)
        missing = sorted(set(article_ids) - found.keys())
        if missing:
            raise no_article(missing)
        return found

    def _articles(self, article_ids: Sequence[str], state: State, *, fields: Any = True) -> dict[str, dict[str, Any]]:
        """Return by id those of the articles that there are."""
        return {payload["id"]: payload for payload in self._of(rows.ARTICLE, "id", article_ids, state, fields=fields)}

    def _origins(self, article_ids: Sequence[str], state: State) -> defaultdict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for payload in self._of(rows.ORIGIN, "id", article_ids, state):
            found[payload["id"]].append(payload["origin"])
        return found

    def _versions(self, article_ids: Sequence[str], state: State) -> defaultdict[str, list[Version]]:
        found: defaultdict[str, list[Version]] = defaultdict(list)
        for payload in sorted(self._of(rows.VERSION, "id", article_ids, state), key=lambda payload: payload["version"]):
            found[payload["id"]].append(rows.version_of(payload))
        return found

    def _stands_at(self, origin: str, state: State) -> str:
        """Return the article that was read at an origin, empty where none was."""
        return next((str(payload["id"]) for payload in self._of(rows.ORIGIN, "origin", [origin], state)), "")

    def _of(
        self, kind: str, field: str, values: Sequence[str], state: State, *, fields: Any = True
    ) -> Iterator[dict[str, Any]]:
        """Yield the payloads of records of a kind."""
        for some in runs_of(list(dict.fromkeys(values))):
            where = [equal("kind", kind), among(field, some), *seen(state.number)]
            for record in self._connection.scroll(self._records, where, fields=fields):
                yield record.payload or {}

    def _cut(self, article_ids: Sequence[str], state: State) -> defaultdict[str, list[dict[str, Any]]]:
        """Return the passages of articles, in order."""
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for some in runs_of(list(dict.fromkeys(article_ids))) if state.dimensions else ():
            where = [among("article_id", some), *seen(state.number)]
            for record in self._connection.scroll(self.index.collection(state), where, fields=[*rows.HIT_FIELDS, "hash"]):
                payload = record.payload or {}
                found[payload["article_id"]].append(payload)
        for payloads in found.values():
            payloads.sort(key=lambda payload: int(payload["start"]))
        return found

    def _sources(self) -> tuple[Source, ...]:
        """Return the sources of all articles in order, read once for each state."""
        state = self._head.read()
        return self.index.kept("sources", state, lambda: self._read_sources(state))

    def _read_sources(self, state: State) -> tuple[Source, ...]:
        where = [equal("kind", rows.ARTICLE), *seen(state.number)]
        found = [one.payload or {} for one in self._connection.scroll(self._records, where, fields=rows.SOURCE_FIELDS)]
        copies = self._connection.scroll(
            self._records, [equal("kind", rows.COPY), *seen(state.number)], fields=["id", "canonical_id"]
        )
        leads = {payload["id"]: payload["canonical_id"] for payload in (one.payload or {} for one in copies)}
        sources = [rows.source_of(payload, payload["id"], leads.get(payload["id"])) for payload in found]
        return tuple(sorted(sources, key=lambda one: (-rows.ordinal(one.published), one.title, one.article_id)))
