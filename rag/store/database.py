"""The SQLite file of a library, open: statements and transactions that threads may share, and a count of what was lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

import apsw

from rag.errors import CorruptError, DiskFullError
from rag.store import commits
from rag.store.migrate import connect_current
from rag.store.sqlite import connect, damaged, transaction, translated


class Database:
    """A connection that threads may share: one statement, or one transaction, at a time."""

    def __init__(self, file: Path | None, *, create: bool, accept_loss: bool = False) -> None:
        """Open the database, its schema present and of our version; one of an older version is brought up to date.

        Args:
            file: None for one in memory.
            create: Make the file when there is none.
            accept_loss: Open it even when commits were lost: the caller is about to repair it.

        Raises:
            CorruptError: the file is not a database, or a damaged one, or its journal was damaged or removed.
            MismatchError: a newer version of this program made it.
            LockedError: it must be brought up to date while another process writes.
        """
        self.lock = RLock()
        self._file = file
        try:
            with translated(file):
                self.connection = connect_current(file, create=create)
                try:
                    self.library_id, _ = self._state()
                    if file and not accept_loss:
                        self._check_commits(file)
                except BaseException:
                    self.connection.close()
                    raise
        except apsw.SQLError as error:  # our own SQL is sound: the tables are another program's, or their names were damaged
            raise damaged(str(file), str(error)) from error

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        with self.lock, translated(self._file):
            self.connection.close()

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query with named values."""
        with self.lock, translated(self._file):
            return list(self.connection.execute(sql, values))

    def run(self, sql: str, *values: Any, **named: Any) -> None:
        """Run a statement with values by place or by name."""
        with self.lock, translated(self._file):
            self.connection.execute(sql, values or named)

    def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement once for each row of values."""
        with self.lock, translated(self._file):
            self.connection.executemany(sql, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block does, or undo all of it; once the block has ended, it is durable."""
        with self.lock, translated(self._file):
            with transaction(self.connection):
                yield
                self.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'commits'")
            self.note_commits()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one state of the database throughout the block, whatever another process writes meanwhile."""
        with self.lock, translated(self._file):
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def copy_to(self, file: Path) -> None:
        """Write one moment's state of the database to a new file; another process may write meanwhile.

        Not by VACUUM INTO: where that writes more than fits its cache, pages get no checksum.
        """
        with self.lock, translated(self._file):
            target = connect(file, create=True)
            try:
                with target.backup("main", self.connection, "main") as copying:
                    copying.step()
            finally:
                target.close()

    def note_commits(self) -> None:
        """Note how many commits are durable, whatever was noted before."""
        if self._file is None:
            return
        self.library_id, count = self._state()
        try:
            commits.write(self._file.parent, self.library_id, count)
        except OSError as error:
            raise DiskFullError(
                f"cannot note a commit of the library {str(self._file)!r}: {error.strerror}; it is stored all the same. "
                "Free some room and repeat the command"
            ) from error

    def _check_commits(self, file: Path) -> None:
        """Refuse a database that holds fewer commits than were durable once."""
        durable = commits.read(file.parent, self.library_id)  # before the count: another process may commit in between
        _, found = self._state()
        if found < durable:
            raise CorruptError(
                f"the library {str(file)!r} lost the last {durable - found} of its {durable} commits: its journal "
                f"'{file.name}-wal' was damaged or removed. Restore a backup with: rag library restore FILE; or keep what is "
                "left with: rag library verify --repair, and ingest the articles again"
            )

    def _state(self) -> tuple[str, int]:
        """Return the library's id and how many commits it counts."""
        found = dict(self.connection.execute("SELECT key, value FROM meta WHERE key IN ('library_id', 'commits')"))
        return str(found.get("library_id", "")), int(found.get("commits", 0))
