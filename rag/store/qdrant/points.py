"""The points of a store: how their ids are made, which of them a reader sees, and filters as Qdrant's conditions.

There are no transactions, so every point bears the number of the state that it was `born` in and of the one that it `died` in,
and one point says which state is the present one (`rag.store.qdrant.head`). What a reader sees is what was born by then and
had not died; a writer writes into the next state, which nobody sees, and shows all of it at once by changing that one point.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from hashlib import blake2b

from qdrant_client import models

from rag.store.qdrant.client import Connection
from rag.types import Filter

LIVING = 2**40
"""The state that what lives has died in: none ever."""

DENSE, WORDS = "dense", "words"
"""The vectors of a passage: its meaning, and the weights of its words."""

_KEYWORD, _INTEGER = models.PayloadSchemaType.KEYWORD, models.PayloadSchemaType.INTEGER
_FLOAT = models.PayloadSchemaType.FLOAT

_RECORD_FIELDS = {
    **dict.fromkeys(("kind", "id", "publisher", "origin", "writer", "reading"), _KEYWORD),
    **dict.fromkeys(("day", "number", "canonical", "marks", "born", "died"), _INTEGER),
    **dict.fromkeys(("died_at", "until"), _FLOAT),
}

_PASSAGE_FIELDS = {
    **dict.fromkeys(("id", "article_id", "publisher", "language", "hash"), _KEYWORD),
    **dict.fromkeys(("day", "born", "died"), _INTEGER),
    "died_at": _FLOAT,
    "stems": models.TextIndexParams(
        type=models.TextIndexType.TEXT, tokenizer=models.TokenizerType.WHITESPACE, lowercase=False, phrase_matching=True
    ),
}


def point_id(kind: str, key: str, born: int) -> str:
    """Return the id of the point of something in the form it was given in a state."""
    digest = blake2b(f"{kind}\0{born}\0{key}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest))


def records_name(prefix: str) -> str:
    """Return the name of the collection of articles and all that belongs to them but passages."""
    return f"{prefix}_articles"


def passages_name(prefix: str, model: str) -> str:
    """Return the name of the collection of the passages with the vectors of one embedder."""
    return f"{prefix}_passages_{blake2b(model.encode(), digest_size=6).hexdigest()}"


def make_records(connection: Connection, name: str, *, shards: int, replicas: int) -> None:
    """Make the collection of articles, unless it is there; one that an older version made gets the indexes that it lacks."""
    connection.create(name, vectors_config={}, **_spread(shards, replicas))
    for field, schema in _RECORD_FIELDS.items():
        connection.index(name, field, schema)


def make_passages(connection: Connection, name: str, *, dimensions: int, shards: int, replicas: int) -> None:
    """Make the collection of passages for vectors of a width, unless it is there."""
    connection.create(
        name,
        # Vectors have length 1 already: dividing them by it again would change their last bits.
        vectors_config={DENSE: models.VectorParams(size=dimensions, distance=models.Distance.DOT)},
        sparse_vectors_config={WORDS: models.SparseVectorParams()},
        **_spread(shards, replicas),
    )
    for field, schema in _PASSAGE_FIELDS.items():
        connection.index(name, field, schema)


def seen(number: int) -> list[models.Condition]:
    """Return the conditions that what lives in a state meets."""
    return [above("died", number), at_most("born", number)]


def equal(field: str, value: str | int) -> models.FieldCondition:
    """Return the condition that a field has a value."""
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def among(field: str, values: Iterable[str] | Iterable[int]) -> models.FieldCondition:
    """Return the condition that a field has one of some values."""
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))


def above(field: str, value: int) -> models.FieldCondition:
    """Return the condition that a field has a higher value."""
    return models.FieldCondition(key=field, range=models.Range(gt=value))


def at_most(field: str, value: int) -> models.FieldCondition:
    """Return the condition that a field has a value or a lower one."""
    return models.FieldCondition(key=field, range=models.Range(lte=value))


def stems_stand(stems: str) -> models.FieldCondition:
    """Return the condition that a passage has these stems one after another."""
    return models.FieldCondition(key="stems", match=models.MatchPhrase(phrase=stems))


def admitting(where: Filter, publishers: Iterable[str]) -> list[models.Condition] | None:
    """Return the conditions that passages which a filter admits meet, or None where it can admit nothing.

    Args:
        publishers: The store's own. The filter's are matched against them without regard to case.
    """
    found: list[models.Condition] = []
    if where.publishers:
        wanted = {publisher.casefold() for publisher in where.publishers}
        known = [publisher for publisher in publishers if publisher.casefold() in wanted]
        if not known:
            return None
        found.append(among("publisher", known))
    if where.language:
        found.append(equal("language", where.language.lower()))
    if where.articles:
        found.append(among("article_id", where.articles))
    # An article without a date bears day 0: no range admits it, and it came before any day.
    if where.published_from or where.published_to:
        first = where.published_from.toordinal() if where.published_from else 1
        last = where.published_to.toordinal() if where.published_to else None
        found.append(models.FieldCondition(key="day", range=models.Range(gte=first, lte=last)))
    if where.as_of:
        found.append(at_most("day", where.as_of.toordinal()))
    return found


def _spread(shards: int, replicas: int) -> dict[str, int]:
    """Return how a collection is spread; a write is done once most replicas have it."""
    return {"shard_number": shards, "replication_factor": replicas, "write_consistency_factor": replicas // 2 + 1}
