"""What is kept beside a store, in the library's folder or, where the store is a server that can hold it, there.

The one place that chooses: who answers, fetches or serves the page asks here, and never what kind of store there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.config import Config, LibraryConfig
from rag.store.postgres.pool import is_address

if TYPE_CHECKING:
    from rag.fetch.memory import VisitMemory
    from rag.trace.contract import Traces


def server_of(config: LibraryConfig) -> str:
    """Return the address of the PostgreSQL server that holds everything, empty where the library's folder does."""
    return config.store if is_address(config.store) else ""


def open_traces(config: Config) -> Traces:
    """Return where traces are kept, as many as the setting `trace.keep` says and one at least.

    Raises:
        StoreError: the server cannot be reached.
    """
    keep = max(1, config.trace.keep)
    if server := server_of(config.library):
        from rag.trace.postgres import PostgresTraces

        return PostgresTraces(server, keep=keep)
    from rag.trace.store import TraceStore

    return TraceStore(config.library.path, keep=keep)


def open_visits(config: LibraryConfig) -> VisitMemory:
    """Return where fetched pages are remembered.

    Raises:
        StoreError: the folder cannot be written, or the server not be reached.
    """
    if server := server_of(config):
        from rag.fetch.postgres import PostgresVisits

        return PostgresVisits(server)
    from rag.fetch.visits import Visits

    return Visits.open(config.path)
