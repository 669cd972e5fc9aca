"""What a worker does with one job: its articles into the library, each once, however often the job is done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rag.errors import CorruptError, InputError, MismatchError, StoreError, TransientError
from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.store.contract import Store
from rag.store.postgres.pool import Pool
from rag.telemetry import OFF, Telemetry
from rag.types import Action, Article, IngestItem


def store_articles(
    articles: Sequence[Article], store: Store, embedder: Embedder, *, pool: Pool, tokens: int, telemetry: Telemetry = OFF
) -> list[IngestItem]:
    """Store articles, and return what became of each once all are durable.

    An article of which the library holds a later reading is left alone, so that a job that was tried again, or waited for
    long, brings no old text back. One that the store cannot keep is rejected; the others of its job are not held up by it.

    Args:
        pool: Connections to the server, on one of which other workers are kept from the same articles.
        tokens: Most cl100k tokens of a passage.
        telemetry: As `ingest` takes it.
    """
    with _to_ourselves(pool, articles):
        stale = [article for article in articles if _is_stale(article, store)]
        fresh = [article for article in articles if article not in stale]
        items = [IngestItem(each.origin, Action.UNCHANGED, each.id, each.title) for each in stale]
        try:
            items += ingest(fresh, store, embedder, tokens=tokens, telemetry=telemetry)
        except InputError:
            for article in fresh:
                try:
                    items += ingest([article], store, embedder, tokens=tokens, telemetry=telemetry)
                except InputError as error:
                    items.append(IngestItem(article.origin, Action.REJECTED, article.id, article.title, str(error)))
        return items


def is_transient(error: BaseException) -> bool:
    """Whether trying again later may help: a model's service or the server that was busy, full or away."""
    return isinstance(error, TransientError | StoreError | ConnectionError | TimeoutError) and not isinstance(
        error, MismatchError | CorruptError
    )


def _is_stale(article: Article, store: Store) -> bool:
    """Whether the store holds a later reading of an article."""
    if article.fetched_at is None or store.action_for(article) is not Action.UPDATED:
        return False
    try:
        stored = store.article(article.id).fetched_at
    except InputError:  # its origin held another article
        return False
    return stored is not None and stored > article.fetched_at


@contextmanager
def _to_ourselves(pool: Pool, articles: Sequence[Article]) -> Iterator[None]:
    """Wait until no other worker has one of the articles in hand, and keep them from it within the block."""
    keys = sorted({_lock(name) for article in articles for name in (article.id, article.origin) if name})
    with pool.transaction() as connection:
        connection.execute(b"SET LOCAL statement_timeout = 0")
        # A worker whose machine lost power does not say so: the server lets its locks go then.
        connection.execute(b"SET LOCAL idle_in_transaction_session_timeout = '15min'")
        # One after the other and in order: two that want the same ones never wait for each other.
        connection.execute(b"SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) WITH ORDINALITY t(key, n)", [keys])
        yield


def _lock(name: str) -> int:
    """Return a name as the number of a lock, in [-2**63, 2**63)."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)
