"""Which articles of a library are copies of which, kept up to date as articles come, change and go.

`rag.similar.grouping` has the rule; here is how SQLite answers it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import apsw
import numpy as np

from rag.similar.grouping import SHARING, Grouping
from rag.similar.prefer import Preference, preference
from rag.similar.prints import Print, print_of

_SHARE = (
    "SELECT m.number, k.canonical FROM marks m LEFT JOIN copies k ON k.number = m.number WHERE m.mark = ? "
    "ORDER BY m.number DESC LIMIT ?"
)


def marks_blob(text_print: Print) -> bytes:
    """Return the marks of a print as the library stores them."""
    return np.array(text_print.marks, dtype="<u4").tobytes()


def teach(connection: apsw.Connection) -> None:
    """Let the SQL of a connection say `marks_of(text)`, and `marks_listed(blob)` for them as JSON."""

    def marks_of(*values: Any) -> bytes:
        return marks_blob(print_of(*values))

    def marks_listed(*values: Any) -> str:
        return json.dumps(_unpacked(*values))

    connection.create_scalar_function("marks_of", marks_of, 1, deterministic=True)
    connection.create_scalar_function("marks_listed", marks_listed, 1, deterministic=True)


def remake(connection: apsw.Connection) -> None:
    """Find all copies anew, within a transaction of the caller's; articles that do not know their marks learn them."""
    teach(connection)
    connection.execute("UPDATE articles SET marks = marks_of(text) WHERE marks = x''")
    Copies(connection).remake()


def _unpacked(blob: bytes) -> list[int]:
    marks: list[int] = np.frombuffer(blob, dtype="<u4").tolist()
    return marks


class Copies(Grouping):
    """The copies of one library, for the length of one transaction of the caller's."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Read and write by `connection`."""
        super().__init__()
        self._connection = connection

    def withdraw(self, numbers: Collection[int]) -> set[int]:
        """Forget the marks of articles and whose copies they are, and return the articles left without the one they copied.

        Those must be placed again once the articles have changed or gone.
        """
        orphans: set[int] = set()
        for number in numbers:
            self._forget(number)
            marks = [(mark, number) for mark in self._marks(number)]
            self._connection.executemany("DELETE FROM marks WHERE mark = ? AND number = ?", marks)
            orphans |= self._release(number)
            self._set_canonical(number, None)
        return orphans - set(numbers)

    def enter(self, prints: Mapping[int, Print], orphans: Iterable[int] = ()) -> None:
        """Find of which articles new ones are copies and the other way round, and place the orphans.

        Args:
            prints: By article, whose rows are there already and bear their marks.
        """
        rows = sorted((mark, number) for number, text_print in prints.items() for mark in text_print.marks)
        self._connection.executemany("INSERT OR IGNORE INTO marks VALUES (?, ?)", rows)
        for number, text_print in prints.items():
            self._keep(number, text_print)
        self._place({*prints, *orphans})

    def remake(self) -> None:
        """Place all articles anew by the marks that they bear."""
        self._connection.execute("DELETE FROM copies; DELETE FROM marks")
        found = self._rows("SELECT number, marks FROM articles")
        marks = [np.frombuffer(blob, dtype="<u4") for _, blob in found]
        owners = np.repeat(np.array([number for number, _ in found], dtype=np.int64), [len(each) for each in marks])
        flat = np.concatenate([*marks, np.zeros(0, dtype="<u4")])
        order = np.lexsort((owners, flat))  # in the order of the table it is written in one go
        rows = zip(flat[order].tolist(), owners[order].tolist(), strict=True)
        self._connection.executemany("INSERT INTO marks VALUES (?, ?)", rows)
        self._place({number for number, _ in found})

    def _sharing(self, number: int) -> Iterator[list[tuple[int, int | None]]]:
        """Yield for each mark of an article those that share it, each with the one that it copies."""
        for mark in self._marks(number):
            yield [(other, canonical) for other, canonical in self._rows(_SHARE, mark, SHARING)]

    def _preferences(self, numbers: Collection[int]) -> dict[int, Preference]:
        """Return the preferences of those articles that there are."""
        if not numbers:  # an array of SQL cannot be empty
            return {}
        rows = self._rows(
            "SELECT number, id, published, publisher, flags, octet_length(text) FROM articles "
            "WHERE number IN (SELECT value FROM carray(?))",
            apsw.carray(np.fromiter(numbers, dtype=np.int64, count=len(numbers)), flags=apsw.SQLITE_CARRAY_INT64),
        )
        return {
            number: preference(article_id, published, publisher, flags.split(","), n_bytes)
            for number, article_id, published, publisher, flags, n_bytes in rows
        }

    def _canonical(self, number: int) -> int | None:
        """Return the article that a copy leads to, None of one that is no copy."""
        rows = self._rows("SELECT canonical FROM copies WHERE number = ?", number)
        return rows[0][0] if rows else None

    def _text(self, number: int) -> str:
        """Return the text of an article."""
        return str(self._rows("SELECT text FROM articles WHERE number = ?", number)[0][0])

    def _set_canonical(self, number: int, canonical: int | None) -> None:
        """Make an article a copy of another, or none."""
        self._connection.execute("DELETE FROM copies WHERE number = ?", (number,))
        if canonical is not None:
            self._connection.execute("INSERT INTO copies VALUES (?, ?)", (number, canonical))

    def _release(self, number: int) -> set[int]:
        """Take its copies from an article, and return them."""
        return {one for (one,) in self._rows("DELETE FROM copies WHERE canonical = ? RETURNING number", number)}

    def _marks(self, number: int) -> list[int]:
        rows = self._rows("SELECT marks FROM articles WHERE number = ?", number)
        return _unpacked(rows[0][0]) if rows else []

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql, values))
