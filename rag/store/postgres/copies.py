"""Which articles are copies of which, by the rule of `rag.similar.grouping`, in few questions to a server that may be far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rag.similar.grouping import SHARING, Grouping
from rag.similar.prefer import Preference, preference
from rag.similar.prints import Print
from rag.store.postgres.columns import columns, day

if TYPE_CHECKING:
    from psycopg import Connection

_SHARE = """
SELECT own.mark, other.number, k.canonical FROM marks own
CROSS JOIN LATERAL (SELECT number FROM marks m WHERE m.mark = own.mark ORDER BY m.number DESC LIMIT %s) other
LEFT JOIN copies k ON k.number = other.number WHERE own.number = %s ORDER BY own.mark
"""

_SHARED = """
SELECT DISTINCT own.number FROM marks own WHERE own.number = ANY(%s)
AND EXISTS (SELECT 1 FROM marks m WHERE m.mark = own.mark AND m.number <> own.number)
"""


class StoredCopies(Grouping):
    """The copies among all articles, for the length of one transaction, whose writer is the only one to commit meanwhile."""

    def __init__(self, connection: Connection) -> None:
        """Read and write by `connection`."""
        super().__init__()
        self._connection = connection

    def withdraw(self, numbers: Collection[int]) -> set[int]:
        """Forget the marks of articles and whose copies they are, and return the articles left without the one they copied."""
        if not numbers:
            return set()
        for number in numbers:
            self._forget(number)
        self._run("DELETE FROM marks WHERE number = ANY(%s)", list(numbers))
        orphans = self._rows("DELETE FROM copies WHERE canonical = ANY(%s) RETURNING number", list(numbers))
        self._run("DELETE FROM copies WHERE number = ANY(%s)", list(numbers))
        return {number for (number,) in orphans} - set(numbers)

    def enter(self, prints: Mapping[int, Print], orphans: Iterable[int] = ()) -> None:
        """Find of which articles new ones are copies and the other way round, and place the orphans."""
        rows = sorted((mark, number) for number, text_print in prints.items() for mark in text_print.marks)
        self._run("INSERT INTO marks SELECT * FROM unnest(%s::bigint[], %s::bigint[])", *columns(rows, 2))
        for number, text_print in prints.items():
            self._keep(number, text_print)
        # Most articles share no mark with any other: there is nothing to find for them.
        self._place({*(number for (number,) in self._rows(_SHARED, list(prints))), *orphans})

    def _release(self, number: int) -> set[int]:
        return {one for (one,) in self._rows("DELETE FROM copies WHERE canonical = %s RETURNING number", number)}

    def _canonical(self, number: int) -> int | None:
        rows = self._rows("SELECT canonical FROM copies WHERE number = %s", number)
        return rows[0][0] if rows else None

    def _set_canonical(self, number: int, canonical: int | None) -> None:
        self._run("DELETE FROM copies WHERE number = %s", number)
        if canonical is not None:
            self._run("INSERT INTO copies VALUES (%s, %s)", number, canonical)

    def _sharing(self, number: int) -> Iterator[list[tuple[int, int | None]]]:
        found = self._rows(_SHARE, SHARING, number)
        for _, rows in groupby(found, key=lambda row: row[0]):
            yield [(other, canonical) for _, other, canonical in rows]

    def _preferences(self, numbers: Collection[int]) -> dict[int, Preference]:
        rows = self._rows(
            f"SELECT number, id, {day('published')}, publisher, flags, n_bytes FROM articles WHERE number = ANY(%s)",
            list(numbers),
        )
        return {
            number: preference(article_id, published, publisher, flags.split(","), n_bytes)
            for number, article_id, published, publisher, flags, n_bytes in rows
        }

    def _text(self, number: int) -> str:
        sql = "SELECT t.text FROM articles a JOIN texts t ON t.month = a.month AND t.number = a.number WHERE a.number = %s"
        return str(self._rows(sql, number)[0][0])

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.encode(), values).fetchall()

    def _run(self, sql: str, *values: Any) -> None:
        self._connection.execute(sql.encode(), values)
