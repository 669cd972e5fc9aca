"""Which articles of a library are copies of which, kept up to date as articles come, change and go.

The rule: of all articles in the order of `preference`, each is a copy of the first one before it that it resembles and that is
itself no copy; else it speaks for itself. So a copy always resembles the article that speaks for it, and no chain of small
differences makes strangers one. What is kept after each change is what the rule gives for all articles at once, in whatever
order they came, as far as marks lead from copy to copy: of a mark that more than 500 articles share, the newest 500 are looked
at, and a single mark that more than 8 share is a turn of phrase.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import apsw
import numpy as np

from rag.similar.prefer import Preference, preference
from rag.similar.prints import Print, print_of
from rag.similar.resemble import resembles

_SHARING = 500
"""Most articles looked at that share one mark: reports by a template may be thousands."""

_RARE = 8
"""Most articles that share a mark which alone is reason enough to compare them: a turn of phrase is shared by many."""

_COMPARED = 32
"""Most articles that a text is compared with, of those that are copies and of those that are none."""

_KEPT_PRINTS = 1024

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


class Copies:
    """The copies of one library, for the length of one transaction of the caller's."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Read and write by `connection`."""
        self._connection = connection
        self._prints: OrderedDict[int, Print] = OrderedDict()

    def withdraw(self, numbers: Collection[int]) -> set[int]:
        """Forget the marks of articles and whose copies they are, and return the articles left without the one they copied.

        Those must be placed again once the articles have changed or gone.
        """
        orphans: set[int] = set()
        for number in numbers:
            self._prints.pop(number, None)
            marks = [(mark, number) for mark in self._marks(number)]
            self._connection.executemany("DELETE FROM marks WHERE mark = ? AND number = ?", marks)
            orphans |= self._release(number)
            self._connection.execute("DELETE FROM copies WHERE number = ?", (number,))
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

    def _place(self, numbers: Collection[int]) -> None:
        """Settle articles by the rule, in its order; whom that concerns, who always comes later in it, is settled again."""
        preferences = self._preferences(numbers)
        waiting = [(preferences[number], number) for number in preferences]
        heapq.heapify(waiting)
        settled: set[int] = set()
        while waiting:
            own, number = heapq.heappop(waiting)
            if number in settled:
                continue
            settled.add(number)
            self._connection.execute("DELETE FROM copies WHERE number = ?", (number,))
            near = [(preference, other) for other, preference in self._near(number).items()]
            for _, other in sorted(one for one in near if one[0] < own):
                if self._canonical(other) is None and self._are_alike(number, other):
                    self._connection.execute("INSERT INTO copies VALUES (?, ?)", (number, other))
                    break
            else:
                for each, other in near:
                    if each > own and other not in settled and self._are_alike(number, other):
                        freed = self._release(other)
                        waiting += [(preference, one) for one, preference in self._preferences({other, *freed}).items()]
                heapq.heapify(waiting)

    def _release(self, number: int) -> set[int]:
        """Take its copies from an article, and return them."""
        return {one for (one,) in self._rows("DELETE FROM copies WHERE canonical = ? RETURNING number", number)}

    def _canonical(self, number: int) -> int | None:
        """Return the article that a copy leads to, None of one that is no copy."""
        rows = self._rows("SELECT canonical FROM copies WHERE number = ?", number)
        return rows[0][0] if rows else None

    def _near(self, number: int) -> dict[int, Preference]:
        """Return the articles that share most with one, a mark counting the less the more articles share it."""
        found: defaultdict[int, float] = defaultdict(float)
        shared: Counter[int] = Counter()
        canonicals: dict[int, int] = {}
        for mark in self._marks(number):
            rows = self._rows(_SHARE, mark, _SHARING)
            for other, canonical in rows:
                found[other] += 1 / len(rows)
                shared[other] += 1
                if canonical is not None:
                    canonicals[other] = canonical
        weights = {other: weight for other, weight in found.items() if shared[other] > 1 or weight >= 1 / _RARE}
        for copy in weights.keys() & canonicals.keys():
            weights[canonicals[copy]] = max(weights.get(canonicals[copy], 0), weights[copy])
        weights.pop(number, None)
        best = sorted(weights, key=lambda other: (-weights[other], -other))
        speaking = [other for other in best if other not in canonicals]
        copying = [other for other in best if other in canonicals]
        return self._preferences({*speaking[:_COMPARED], *copying[:_COMPARED]})

    def _marks(self, number: int) -> list[int]:
        rows = self._rows("SELECT marks FROM articles WHERE number = ?", number)
        return _unpacked(rows[0][0]) if rows else []

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

    def _are_alike(self, number: int, other: int) -> bool:
        return resembles(self._print(number), self._print(other))

    def _print(self, number: int) -> Print:
        if number not in self._prints:
            self._keep(number, print_of(self._rows("SELECT text FROM articles WHERE number = ?", number)[0][0]))
        self._prints.move_to_end(number)
        return self._prints[number]

    def _keep(self, number: int, text_print: Print) -> None:
        self._prints[number] = text_print
        if len(self._prints) > _KEPT_PRINTS:
            self._prints.popitem(last=False)

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql, values))
