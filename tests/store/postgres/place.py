"""A place for a library in PostgreSQL that one test after the other uses: emptied in between, not made anew."""

from __future__ import annotations

from rag.store.contract import Store
from rag.store.postgres.library import PostgresLibrary
from rag.store.postgres.pool import Pool

_TABLES = ("articles", "marks", "configurations", "frequencies", "changes", "vectors", "models")
_EMPTY = "".join(f"DELETE FROM newsrag.{table};" for table in _TABLES)  # for a few rows TRUNCATE takes twenty times as long
_ANEW = "UPDATE newsrag.state SET (commits, embedder, passages, terms) = (0, '', 0, 0)"


class Database:
    """One library in PostgreSQL, and whoever opened it."""

    finds_misspelt = True

    def __init__(self, address: str) -> None:
        """Use the database at `address`."""
        self.address = address
        self._opened: list[PostgresLibrary] = []

    def create(self, *, model: str) -> Store:
        self._opened.append(PostgresLibrary.create(self.address, model=model))
        return self._opened[-1]

    def open(self, *, model: str = "", rebuilding: bool = False, as_built: bool = False) -> Store:
        if not self._opened:  # as if no test had ever been here
            with Pool(self.address) as pool, pool.connection() as connection:
                connection.execute("DROP SCHEMA IF EXISTS newsrag CASCADE")
        self._opened.append(PostgresLibrary.open(self.address, model=model, rebuilding=rebuilding, as_built=as_built))
        return self._opened[-1]

    def empty(self) -> None:
        """Close what a test left open, and take out all that it stored."""
        for store in self._opened:
            store.close()
        self._opened = []
        with Pool(self.address) as pool, pool.connection() as connection:
            if connection.execute("SELECT to_regclass('newsrag.state')").fetchone() != (None,):
                connection.execute(_EMPTY.encode())
                connection.execute(_ANEW)
