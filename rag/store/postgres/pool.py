"""Connections to a PostgreSQL server: one pool for an address and process, however many parts of the program use it."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rag.errors import ConfigError, LockedError, MissingExtraError, StoreError
from rag.store.postgres.faults import LostError, UnreachableError, translated, unreachable
from rag.store.postgres.vectors import teach

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

    Rows = list[tuple[Any, ...]]

T = TypeVar("T")

SCHEMA = "newsrag"
"""The schema of all our tables, so that the database may hold others as well."""

_SCHEMES = ("postgresql://", "postgres://")

_CONNECT_S = 5
"""Longest time that making a connection may take, for each host."""

_STATEMENT_S = 120
"""Longest time that a statement may take."""

_LOOK_S = 1.0
"""After so long without a connection we look whether there is a server: the pool says only that none came."""

_WAIT_S = 30.0
"""Longest wait while all connections are in use."""

_MOST = 16
"""Most connections of a process."""

_ATTEMPTS = 6
"""How often a transaction is tried that others get in the way of."""

_PASSWORD = re.compile(r"(://[^/?#@]*?):[^/?#]*@|([?&]password)=[^&]*")


def is_address(store: str) -> bool:
    """Return whether a setting names a PostgreSQL server."""
    return store.startswith(_SCHEMES)


def location(address: str) -> str:
    """Return an address without its password.

    >>> location("postgresql://news:secret@db.example/news"), location("postgresql:///news?host=/run&password=secret")
    ('postgresql://news@db.example/news', 'postgresql:///news?host=/run&password=')
    """
    return _PASSWORD.sub(lambda found: f"{found[1]}@" if found[1] else f"{found[2]}=", address)


class Pool:
    """Connections to one address. Safe to share between threads.

    Each statement is a transaction of its own; what belongs together stands in `transaction` or `write`.
    """

    def __init__(self, address: str, *, writes: bool = True) -> None:
        """Use a `postgresql://` address as libpq reads it. Nothing is connected before it is needed.

        Args:
            writes: Of several hosts in the address, use the one that takes writes; else the first that answers.

        Raises:
            ConfigError: it is no such address.
            MissingExtraError: psycopg is not installed.
        """
        self.location = location(address)
        self._shared = _Shared.of(address, writes)
        self._is_closed = False

    def close(self) -> None:
        """Give the connections up; they close when nobody of this process uses the address. Closing twice is harmless."""
        if not self._is_closed:
            self._is_closed = True
            self._shared.leave()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection that works as the block begins.

        Raises:
            StoreError: there is no server, it went away within the block, or it refused.
        """
        with translated(self.location):
            connection = self._shared.take()
            try:
                yield connection
            finally:
                self._shared.put_back(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit what the block does, or undo all of it; once the block has ended, it is durable."""
        with self.connection() as connection, connection.transaction():
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns, which is done in one transaction, and anew when another transaction got in its way.

        Raises:
            LockedError: others got in its way each time.
        """
        for attempt in range(_ATTEMPTS):
            try:
                with self.transaction() as connection:
                    return work(connection)
            except LockedError:
                if attempt == _ATTEMPTS - 1:
                    raise
            time.sleep(0.02 * 2**attempt)
        raise AssertionError("returned or raised before")

    def rows(self, sql: str, values: Any = None, *, binary: bool = False) -> Rows:
        """Return the rows of a query; it is asked again where the connection broke meanwhile: a query changes nothing.

        Args:
            values: By place or by name, for `%s` or `%(name)s`.
            binary: Receive values in the server's own form: numbers and bytes are then not written as text on the way.
        """
        return self.read(lambda connection: connection.execute(sql.encode(), values, binary=binary).fetchall())

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns, which only reads; it is done again where the connection broke meanwhile."""
        try:
            with self.connection() as connection:
                return work(connection)
        except UnreachableError:
            raise
        except LostError:
            with self.connection() as connection:
                return work(connection)


class _Shared:
    """The connections of one address and process, with a count of those who use them."""

    _all: ClassVar[dict[tuple[int, str, bool], _Shared]] = {}
    _changing = Lock()

    def __init__(self, address: str, writes: bool) -> None:
        self._address = address
        self._location = location(address)
        self._key = (os.getpid(), address, writes)
        self._users = 0
        self._arguments = _arguments(address, writes)
        self._pool = _made(address, self._arguments)

    @classmethod
    def of(cls, address: str, writes: bool) -> _Shared:
        """Return the connections of an address, with one user more. A fork has its own."""
        with cls._changing:
            key = (os.getpid(), address, writes)
            shared = cls._all.get(key) or cls(address, writes)
            cls._all[key] = shared
            shared._users += 1
            return shared

    def leave(self) -> None:
        """Count one user less, and close with the last."""
        with self._changing:
            self._users -= 1
            if self._users:
                return
            del self._all[self._key]
        if self._key[0] == os.getpid():
            self._pool.close()

    def take(self) -> Connection:
        """Return a connection that answers."""
        import psycopg
        from psycopg_pool import PoolTimeout

        deadline = time.monotonic() + _WAIT_S
        while True:
            try:
                connection = self._pool.getconn(timeout=_LOOK_S)
            except PoolTimeout:
                self._look()
                if time.monotonic() > deadline:
                    raise StoreError(
                        f"all {_MOST} connections of this process to {self._location!r} were in use for {_WAIT_S:g} s; ask "
                        "less at once, or run another process"
                    ) from None
                continue
            try:
                connection.execute("")
                return connection
            except psycopg.OperationalError:  # its server went away: so did that of all others
                self._pool.putconn(connection)
                self._look()
                self._pool.drain()

    def put_back(self, connection: Connection) -> None:
        """Let others use it."""
        self._pool.putconn(connection)

    def _look(self) -> None:
        """Raise LostError with the reason why no connection can be made, if none can."""
        import psycopg

        try:
            psycopg.connect(self._address, **self._arguments).close()
        except psycopg.OperationalError as error:
            raise unreachable(self._location, error) from error


def _arguments(address: str, writes: bool) -> dict[str, Any]:
    """Return what a connection is made with where the address does not say."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise MissingExtraError(
            f"the store {location(address)!r} needs psycopg, which is not installed; type: pip install 'newsrag[postgres]'"
        ) from error
    try:
        said = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        # Its own message, left out here, may quote the password.
        raise ConfigError(
            f"{location(address)!r} is no address of a PostgreSQL server; write it as postgresql://USER@HOST:5432/DATABASE"
        ) from None
    hosts = str(said.get("host") or said.get("hostaddr") or "")
    arguments: dict[str, Any] = {
        "application_name": "newsrag",
        "connect_timeout": _CONNECT_S,
        # A server that is cut off does not say so: without these a question would wait for it for minutes.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    }
    if writes and "," in hosts:
        arguments["target_session_attrs"] = "read-write"
    return {name: value for name, value in arguments.items() if name not in said}


def _made(address: str, arguments: dict[str, Any]) -> ConnectionPool:
    """Return an open pool."""
    from psycopg_pool import ConnectionPool

    # Its warnings would stand on the terminal; what matters of them is raised.
    logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
    return ConnectionPool(
        address,
        kwargs={**arguments, "autocommit": True},
        min_size=1,
        max_size=_MOST,
        max_idle=120,
        # Tries that are put off for ever longer would make a server that is back wait; the next question tries anew.
        reconnect_timeout=_LOOK_S,
        configure=_configure,
        open=True,
    )


_SETTINGS = {
    "statement_timeout": f"{_STATEMENT_S}s",
    # A process that hangs within a transaction, or whose machine is gone, must not keep its locks from all others.
    "idle_in_transaction_session_timeout": f"{_STATEMENT_S}s",
    "jit": "off",  # compiling a search takes longer than the search
    # A search through the index of vectors goes on until its filter has let through enough, up to so many passages.
    "hnsw.iterative_scan": "relaxed_order",
    # Of a million made-up passages 200, 400 and 800 found .84, .92 and .95 of the ten nearest, in 6, 8.5 and 9 ms.
    "hnsw.ef_search": "800",
    "hnsw.max_scan_tuples": "40000",
}


def _configure(connection: Connection) -> None:
    """Make a new connection see our schema before others, know vectors, and search as we mean it."""
    teach(connection)
    connection.execute("SELECT set_config('search_path', %s || ', ' || current_setting('search_path'), false)", [SCHEMA])
    connection.execute(
        "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) one (name, value)",
        [list(_SETTINGS), list(_SETTINGS.values())],
    )
