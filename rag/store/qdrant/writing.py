"""Articles into the next state of a store, and out of it. Nothing of it is seen before the head names that state."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from qdrant_client import models

from rag.ports import Vectors
from rag.similar.prints import Print, print_of
from rag.store.qdrant.client import Conditions, Connection, runs_of
from rag.store.qdrant.groups import StoredGroups
from rag.store.qdrant.head import State
from rag.store.qdrant.points import DENSE, WORDS, among, equal, point_id, seen
from rag.store.qdrant.readings import origin_payload
from rag.store.qdrant.rows import (
    ARTICLE,
    COPY,
    ORIGIN,
    VERSION,
    Payload,
    article_payload,
    living,
    passage_payload,
    version_of,
    version_payload,
)
from rag.store.qdrant.words import terms_of, weights
from rag.types import Article, Passage, Version


@dataclass(frozen=True, slots=True)
class Item:
    """An article to store: its passages with their words and the hashes of what their vectors mean.

    Attributes:
        origins: Where it was read.
        versions: All that it was before; None where that follows from what the store holds.
    """

    article: Article
    passages: Sequence[Passage] = field(repr=False)
    texts: Sequence[str] = field(repr=False)
    hashes: Sequence[str] = field(repr=False)
    origins: tuple[str, ...] = ()
    versions: tuple[Version, ...] | None = None


class Draft:
    """The next state while it is written."""

    def __init__(self, connection: Connection, records: str, passages: str, state: State) -> None:
        """Follow `state`, the present one.

        Args:
            passages: The collection of passages; it need not be there while no passage is stored.
        """
        self._connection = connection
        self._records = records
        self._passages = passages
        self._present = seen(state.number)
        self._has_passages = state.dimensions > 0
        self._groups = StoredGroups(connection, records, before=state.number)
        self._numbers: dict[str, int] = {}
        self.state = replace(state, number=state.number + 1)

    def put(self, items: Sequence[Item], vectors: Mapping[str, Vectors]) -> None:
        """Store articles, no two of one id or origin; each replaces what its id, or its origin, held before.

        Args:
            vectors: By hash, those of all passages.
        """
        by_id = {item.article.id: item for item in items}
        before = self._articles(by_id)
        moved, gone = self._displaced(items)
        leaving = self._articles(gone)
        orphans = self._groups.withdraw([payload["number"] for payload in (*before.values(), *leaving.values())])
        inherited = self._inherited(leaving, moved, by_id)
        self._bury_articles([*before, *leaving])
        exact = [item.article.id for item in items if item.versions is not None]
        self._bury(VERSION, "id", [*leaving, *exact])
        self._bury(ORIGIN, "origin", [origin for item in items for origin in item.origins])
        self._bury(ORIGIN, "id", exact)
        self._drop_counts([*before.values(), *leaving.values()])
        # Passages first: what is cut off here leaves no article without them.
        stems = {item.article.id: [terms_of(text) for text in item.texts] for item in items}
        self._add_counts(items, stems)
        self._put_passages(items, stems, before, vectors)
        points: list[models.PointStruct] = []
        prints: dict[int, Print] = {}
        for item in items:
            versions = self._versions(item, before.get(item.article.id), inherited[item.article.id])
            earlier = int(before[item.article.id]["n_versions"]) if item.versions is None and item.article.id in before else 0
            number, text_print = self._number(item.article.id, before), print_of(item.article.text)
            prints[number] = text_print
            payload = article_payload(
                item.article,
                text_print,
                number=number,
                versions=max([earlier, *(version.number for version in versions)]),
                passages=len(item.passages),
                terms=sum(map(len, stems[item.article.id])),
            )
            points.append(self._point(ARTICLE, item.article.id, payload))
            points += self._version_points(item.article.id, versions)
            points += [self._point(ORIGIN, origin, origin_payload(item.article, origin)) for origin in item.origins]
        self._connection.put(self._records, points)
        self._settle(prints, orphans)

    def set_origin(self, article: Article) -> None:
        """Point an article's origin at it, and remove the article that stood there if it stands nowhere else."""
        _, gone = self._displaced([Item(article, (), (), (), (article.origin,))])
        self._bury(ORIGIN, "origin", [article.origin])
        self._connection.put(self._records, [self._point(ORIGIN, article.origin, {"id": article.id, "origin": article.origin})])
        if gone:
            self.remove(gone)

    def remove(self, article_ids: Collection[str]) -> None:
        """Remove articles with all that belongs to them."""
        leaving = self._articles(article_ids)
        orphans = self._groups.withdraw([payload["number"] for payload in leaving.values()])
        self._bury_articles(list(leaving))
        self._bury(VERSION, "id", list(leaving))
        self._bury(ORIGIN, "id", list(leaving))
        self._drop_counts(leaving.values())
        self._settle({}, orphans)

    # What was there

    def _articles(self, article_ids: Collection[str]) -> dict[str, Payload]:
        """Return by id those of the articles that the present state holds."""
        found: dict[str, Payload] = {}
        for ids in runs_of(list(article_ids)):
            where = [equal("kind", ARTICLE), among("id", ids), *self._present]
            found |= {payload["id"]: payload for payload in self._payloads(where)}
        return found

    def _displaced(self, items: Sequence[Item]) -> tuple[dict[str, list[str]], list[str]]:
        """Return by article those whose origins it takes over, and which of them then stand nowhere."""
        heirs = {origin: item.article.id for item in items for origin in item.origins}
        standing: defaultdict[str, set[str]] = defaultdict(set)
        moved: defaultdict[str, list[str]] = defaultdict(list)
        for origins in runs_of(list(heirs)):
            for payload in self._payloads([equal("kind", ORIGIN), among("origin", origins), *self._present]):
                old, origin = payload["id"], payload["origin"]
                if old != heirs[origin]:
                    moved[heirs[origin]].append(old)
                    standing[old].add(origin)
        stored = {item.article.id for item in items}
        gone = []
        for old, lost in standing.items():
            remaining = {
                payload["origin"] for payload in self._payloads([equal("kind", ORIGIN), equal("id", old), *self._present])
            }
            if remaining <= lost and old not in stored:
                gone.append(old)
        return moved, gone

    def _inherited(
        self, leaving: Mapping[str, Payload], moved: Mapping[str, list[str]], items: Mapping[str, Item]
    ) -> dict[str, list[Version]]:
        """Return by heir what those whose place it takes were, and were before, in order."""
        found: dict[str, list[Version]] = {id_: [] for id_ in items}
        for heir, olds in moved.items():
            for old in dict.fromkeys(olds):
                if old in leaving and items[heir].versions is None:
                    found[heir] += sorted(self._versions_of(old), key=lambda version: version.number)
                    found[heir] += _as_version(leaving[old], items[heir].article)
        return found

    def _versions_of(self, article_id: str) -> list[Version]:
        where = [equal("kind", VERSION), equal("id", article_id), *self._present]
        return [version_of(payload) for payload in self._payloads(where)]

    def _payloads(self, where: Conditions) -> list[dict[str, Any]]:
        return [record.payload or {} for record in self._connection.scroll(self._records, where)]

    # What comes, and what goes

    def _versions(self, item: Item, before: Payload | None, inherited: Sequence[Version]) -> list[Version]:
        """Return the versions that are new of an article; all of them where the item says them."""
        if item.versions is not None:
            return list(item.versions)
        used = int(before["n_versions"]) if before else 0
        new = [*(_as_version(before, item.article) if before else ()), *inherited]
        return [replace(version, number=used + place) for place, version in enumerate(new, 1)]

    def _version_points(self, article_id: str, versions: Iterable[Version]) -> list[models.PointStruct]:
        return [
            self._point(VERSION, f"{article_id}\0{version.number}", version_payload(article_id, version))
            for version in versions
        ]

    def _number(self, article_id: str, before: Mapping[str, Payload]) -> int:
        """Return the number of an article: the one that it had, or a new one, the same for one draft."""
        if article_id in before:
            return int(before[article_id]["number"])
        if article_id not in self._numbers:
            self.state = replace(self.state, highest=self.state.highest + 1)
            self._numbers[article_id] = self.state.highest
        return self._numbers[article_id]

    def _put_passages(
        self,
        items: Sequence[Item],
        stems: Mapping[str, list[list[str]]],
        before: Mapping[str, Payload],
        vectors: Mapping[str, Vectors],
    ) -> None:
        average = self.state.terms / max(self.state.passages, 1)
        points: list[models.PointStruct] = []
        for item in items:
            number = self._number(item.article.id, before)
            ids = ["", *(passage.id for passage in item.passages), ""]
            for place, (passage, key) in enumerate(zip(item.passages, item.hashes, strict=True)):
                terms = stems[item.article.id][place]
                payload = passage_payload(item.article, passage, number=number, key=key, stems=terms)
                points.append(
                    models.PointStruct(
                        id=point_id("passage", passage.id, self.state.number),
                        vector={DENSE: vectors[key].tolist(), WORDS: weights(terms, average)},
                        payload=living({**payload, "before": ids[place], "after": ids[place + 2]}, self.state.number),
                    )
                )
        self._connection.put(self._passages, points)

    def _settle(self, prints: Mapping[int, Print], orphans: Iterable[int]) -> None:
        """Store whose copies articles are now."""
        self._groups.enter(prints, orphans)
        changed = self._groups.changed
        self._bury(COPY, "number", list(changed))
        named = self._ids({number for pair in changed.items() if pair[1] is not None for number in pair if number is not None})
        self._connection.put(
            self._records,
            [
                self._point(
                    COPY,
                    str(number),
                    {"id": named[number], "number": number, "canonical": canonical, "canonical_id": named[canonical]},
                )
                for number, canonical in changed.items()
                if canonical is not None
            ],
        )

    def _ids(self, numbers: Collection[int]) -> dict[int, str]:
        """Return the ids of articles of the next state, by number."""
        where = [equal("kind", ARTICLE), among("number", numbers), *seen(self.state.number)]
        found = self._connection.scroll(self._records, where, fields=["id", "number"]) if numbers else ()
        return {payload["number"]: payload["id"] for payload in (record.payload or {} for record in found)}

    def _bury_articles(self, article_ids: Sequence[str]) -> None:
        self._bury(ARTICLE, "id", article_ids)
        if self._has_passages:
            for ids in runs_of(article_ids):
                self._connection.mark(self._passages, self._death(), [among("article_id", ids), *self._present])

    def _bury(self, kind: str, field_name: str, values: Sequence[str] | Sequence[int]) -> None:
        """Let what the present state holds die in the next one."""
        for some in runs_of(values):  # type: ignore[arg-type]
            self._connection.mark(self._records, self._death(), [equal("kind", kind), among(field_name, some), *self._present])

    def _death(self) -> dict[str, Any]:
        return {"died": self.state.number, "died_at": time.time()}

    def _point(self, kind: str, key: str, payload: Payload) -> models.PointStruct:
        return models.PointStruct(
            id=point_id(kind, key, self.state.number),
            vector={},
            payload=living({"kind": kind, **payload}, self.state.number),
        )

    def _add_counts(self, items: Sequence[Item], stems: Mapping[str, list[list[str]]]) -> None:
        self.state = replace(
            self.state,
            articles=self.state.articles + len(items),
            passages=self.state.passages + sum(len(item.passages) for item in items),
            terms=self.state.terms + sum(len(terms) for found in stems.values() for terms in found),
        )

    def _drop_counts(self, payloads: Iterable[Payload]) -> None:
        for payload in payloads:
            self.state = replace(
                self.state,
                articles=self.state.articles - 1,
                passages=self.state.passages - payload["n_passages"],
                terms=self.state.terms - payload["n_terms"],
            )


def _as_version(payload: Payload, heir: Article) -> list[Version]:
    """Return what a stored article was, unless what takes its place has the same text and title."""
    if (payload["text"], payload["title"]) == (heir.text, heir.title):
        return []
    at = heir.fetched_at
    return [replace(version_of({**payload, "version": 0, "replaced_at": None}), replaced_at=at)]
