"""Traces in PostgreSQL: the newest ones of all processes that answer from one library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.errors import StoreError
from rag.store.postgres.part import open_part
from rag.trace.contract import ambiguous, no_trace
from rag.trace.record import Trace, decode, encode

if TYPE_CHECKING:
    from psycopg import Connection

PART = "traces"

STEPS = (
    """
CREATE TABLE newsrag.traces (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text COLLATE "C" NOT NULL, time timestamptz NOT NULL,
    body text NOT NULL
);
CREATE INDEX traces_newest ON newsrag.traces (time DESC, id DESC);
""",
)

_NEWEST_FIRST = "ORDER BY time DESC, id DESC"


class PostgresTraces:
    """The traces in one database, as `Traces` says."""

    def __init__(self, address: str, *, keep: int = 1) -> None:
        """Use the database at an address; its tables are made where there are none.

        Args:
            keep: Most traces that `add` leaves, >= 1.

        Raises:
            StoreError: it cannot be reached, or a newer version of this program made the tables.
        """
        self._pool = open_part(address, PART, STEPS)
        self._keep = keep

    @property
    def place(self) -> str:
        """The address, without its password."""
        return self._pool.location

    def close(self) -> None:
        """Give the connections up; closing twice is harmless."""
        self._pool.close()

    def add(self, trace: Trace) -> None:
        """Store a trace, and drop the oldest beyond those to be kept."""
        body = encode(trace).decode()

        def added(connection: Connection) -> None:
            connection.execute("INSERT INTO newsrag.traces (id, time, body) VALUES (%s, %s, %s)", [trace.id, trace.time, body])
            dropped = f"DELETE FROM newsrag.traces WHERE key IN (SELECT key FROM newsrag.traces {_NEWEST_FIRST} OFFSET %s)"
            connection.execute(dropped.encode(), [self._keep])

        try:
            self._pool.write(added)
        except StoreError as error:
            raise StoreError(
                f"no trace of this answer was kept: {error}; to keep none, type: export NEWSRAG_TRACE_KEEP=0"
            ) from error

    def ids(self) -> list[str]:
        """Return the ids of all traces, newest first."""
        return [str(row[0]) for row in self._pool.rows(f"SELECT id FROM newsrag.traces {_NEWEST_FIRST}")]

    def load(self, prefix: str) -> Trace:
        """Return the trace whose id begins so."""
        sought = prefix.replace("\0", "").encode("utf-8", "replace").decode()
        rows = self._pool.rows(
            f"SELECT id, body FROM newsrag.traces WHERE %(sought)s <> '' AND starts_with(id, %(sought)s) {_NEWEST_FIRST}",
            {"sought": sought},
        )
        if not rows:
            raise no_trace(prefix, self.place)
        if len(rows) > 1:
            raise ambiguous(prefix, [str(row[0]) for row in rows])
        return decode(str(rows[0][1]).encode(), name=f"{rows[0][0]} in {self.place}")
