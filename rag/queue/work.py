"""What a worker does with one job: its articles into the library, each once, however often the job is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.errors import CorruptError, InputError, MismatchError, StoreError, TransientError
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.queue.readings import Readings, keys
from rag.store.contract import Store
from rag.store.postgres.pool import Pool
from rag.telemetry import OFF, Telemetry
from rag.types import Action, Article, IngestItem

if TYPE_CHECKING:
    from psycopg import Connection


SUPERSEDED = "superseded: a later reading of it was stored before"
"""The reason of an article that was left alone, since it is an older one than the library has, or had."""


def store_articles(
    articles: Sequence[Article],
    store: Store,
    embedder: Embedder,
    *,
    pool: Pool,
    job: int,
    tokens: int,
    telemetry: Telemetry = OFF,
) -> list[IngestItem]:
    """Store the articles of a job, and return what became of each, in order, once all are durable.

    An article of which a later reading was stored is left alone, so that a job that was tried again, or waited for long,
    brings no old text back. One that the store cannot keep is rejected; the others of its job are not held up by it.

    Args:
        pool: Connections to the server, on one of which other workers are kept from the same articles.
        job: Its number: a job that was submitted later has a higher one.
        tokens: Most cl100k tokens of a passage.
        telemetry: As `ingest` takes it.
    """
    with _to_ourselves(pool, articles) as connection:
        readings = Readings(connection, job, articles)
        late = readings.late()
        fresh = [place for place in range(len(articles)) if place not in late]
        items = dict(zip(fresh, _stored([articles[place] for place in fresh], store, embedder, tokens, telemetry), strict=True))
        readings.note(place for place, item in items.items() if item.action is not Action.REJECTED)
        for place in late:
            article = articles[place]
            items[place] = IngestItem(article.origin, Action.UNCHANGED, article.id, article.title, SUPERSEDED)
        return [items[place] for place in range(len(articles))]


def _stored(
    articles: Sequence[Article], store: Store, embedder: Embedder, tokens: int, telemetry: Telemetry
) -> list[IngestItem]:
    """Store articles, together or, where one of them cannot be stored, one by one."""
    try:
        return list(ingest(articles, store, embedder, tokens=tokens, telemetry=telemetry))
    except InputError as error:
        if len(articles) == 1:
            (article,) = articles
            return [IngestItem(article.origin, Action.REJECTED, article.id, article.title, str(error))]
    return [item for article in articles for item in _stored([article], store, embedder, tokens, telemetry)]


def is_transient(error: BaseException) -> bool:
    """Whether trying again later may help: a model's service or the server that was busy, full or away."""
    return isinstance(error, TransientError | StoreError | ConnectionError | TimeoutError) and not isinstance(
        error, MismatchError | CorruptError
    )


@contextmanager
def _to_ourselves(pool: Pool, articles: Sequence[Article]) -> Iterator[Connection]:
    """Wait until no other worker has one of the articles in hand, and keep them from it within the block."""
    with pool.transaction() as connection:
        connection.execute(b"SET LOCAL statement_timeout = 0")
        # A worker whose machine lost power does not say so: the server lets its locks go then.
        connection.execute(b"SET LOCAL idle_in_transaction_session_timeout = '15min'")
        # One after the other and in order: two that want the same ones never wait for each other.
        connection.execute(
            b"SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) WITH ORDINALITY t(key, n)", [sorted(keys(articles))]
        )
        yield connection
