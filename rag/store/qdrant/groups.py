"""Which articles are copies of which, by the rule of `rag.similar.grouping`, as a writer sees the state that it writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rag.similar.grouping import SHARING, Grouping
from rag.similar.prefer import Preference
from rag.similar.prints import Print
from rag.store.qdrant.client import Connection
from rag.store.qdrant.points import among, equal, seen
from rag.store.qdrant.rows import ARTICLE, COPY, PREFERENCE_FIELDS, preference_of

_MARKS = 512
"""Marks looked up together."""

_LOOKED_UP = 4096
"""Most articles that one look-up of marks may find; where more share them, each article asks for itself."""


class StoredGroups(Grouping):
    """What changes is kept here; `changed` says it in the end. What was stored is read at most once."""

    def __init__(self, connection: Connection, records: str, *, before: int) -> None:
        """Read the records; `before` numbers the present state, which the next one follows."""
        super().__init__()
        self._connection = connection
        self._records = records
        self._before = before
        self.changed: dict[int, int | None] = {}
        self._articles: dict[int, dict[str, Any]] = {}
        self._stored: dict[int, int | None] = {}
        self._sharers: dict[int, list[int]] = {}

    def withdraw(self, numbers: Collection[int]) -> set[int]:
        """Say that articles are about to change or go, and return those that are left without the one they copied."""
        orphans = self._led_to(numbers)
        self.changed.update(dict.fromkeys([*orphans, *numbers]))
        return orphans - set(numbers)

    def enter(self, prints: Mapping[int, Print], orphans: Iterable[int]) -> None:
        """Find of which articles those just written are copies and the other way round, and place the orphans."""
        for number, text_print in prints.items():
            self._keep(number, text_print)
        marks = {mark for text_print in prints.values() for mark in text_print.marks}
        ordered = sorted(marks)
        for start in range(0, len(ordered), _MARKS):
            self._look_up(ordered[start : start + _MARKS])
        # Most articles share no mark with any other: there is nothing to find for them.
        alone = {
            number
            for number, text_print in prints.items()
            if all(self._sharers.get(mark) == [number] for mark in text_print.marks)
        }
        self._place({*prints, *orphans} - alone)

    def _look_up(self, marks: Sequence[int]) -> None:
        """Learn at once who shares any of the marks, unless that is too many."""
        where = [equal("kind", ARTICLE), among("marks", marks), *seen(self._before + 1)]
        fields = ["marks", *PREFERENCE_FIELDS]
        found = self._connection.first(self._records, where, by="number", descending=True, limit=_LOOKED_UP, fields=fields)
        if len(found) == _LOOKED_UP:
            return
        payloads = [record.payload or {} for record in found]
        self._articles |= {payload["number"]: payload for payload in payloads}
        for mark in marks:
            self._sharers[mark] = [payload["number"] for payload in payloads if mark in payload["marks"]][:SHARING]
        self._canonicals([payload["number"] for payload in payloads])

    def _sharing(self, number: int) -> Iterator[list[tuple[int, int | None]]]:
        marks = set(self._known([number]).get(number, {}).get("marks", ()))
        if not marks:
            return
        if marks <= self._sharers.keys():
            canonicals = self._canonicals([other for mark in marks for other in self._sharers[mark]])
            for mark in marks:
                yield [(other, canonicals.get(other)) for other in self._sharers[mark]]
            return
        # The newest of all that share any mark, for as many as could share each.
        found = self._connection.first(
            self._records,
            [equal("kind", ARTICLE), among("marks", marks), *seen(self._before + 1)],
            by="number",
            descending=True,
            limit=SHARING * len(marks),
            fields=["marks", *PREFERENCE_FIELDS],
        )
        payloads = [record.payload or {} for record in found]
        self._articles |= {payload["number"]: payload for payload in payloads}
        canonicals = self._canonicals([payload["number"] for payload in payloads]) if len(payloads) > 1 else {}
        for mark in marks:
            numbers = [payload["number"] for payload in payloads if mark in payload["marks"]][:SHARING]
            yield [(other, canonicals.get(other)) for other in numbers]

    def _preferences(self, numbers: Collection[int]) -> dict[int, Preference]:
        return {number: preference_of(payload) for number, payload in self._known(numbers).items()}

    def _canonical(self, number: int) -> int | None:
        return self._canonicals([number]).get(number)

    def _text(self, number: int) -> str:
        where = [equal("kind", ARTICLE), equal("number", number), *seen(self._before + 1)]
        (record,) = self._connection.scroll(self._records, where, fields=["text"])
        return str((record.payload or {})["text"])

    def _set_canonical(self, number: int, canonical: int | None) -> None:
        self.changed[number] = canonical

    def _release(self, number: int) -> set[int]:
        freed = self._led_to([number])
        self.changed.update(dict.fromkeys(freed))
        return freed

    def _led_to(self, numbers: Collection[int]) -> set[int]:
        """Return the copies of articles."""
        stored = {payload["number"] for payload in self._copies("canonical", numbers)} - self.changed.keys()
        return stored | {number for number, canonical in self.changed.items() if canonical in set(numbers)}

    def _canonicals(self, numbers: Collection[int]) -> dict[int, int]:
        """Return by copy the article that it leads to."""
        unknown = set(numbers) - self._stored.keys()
        self._stored |= dict.fromkeys(unknown)
        self._stored |= {payload["number"]: payload["canonical"] for payload in self._copies("number", unknown)}
        now = {number: self.changed.get(number, self._stored[number]) for number in numbers}
        return {number: canonical for number, canonical in now.items() if canonical is not None}

    def _copies(self, field: str, numbers: Collection[int]) -> Iterator[dict[str, Any]]:
        """Yield the stored copies, as the present state has them."""
        if numbers:
            where = [equal("kind", COPY), among(field, numbers), *seen(self._before)]
            for record in self._connection.scroll(self._records, where, fields=["number", "canonical"]):
                yield record.payload or {}

    def _known(self, numbers: Collection[int]) -> dict[int, dict[str, Any]]:
        """Return the articles that there are in the next state, by number."""
        missing = set(numbers) - self._articles.keys()
        if missing:
            where = [equal("kind", ARTICLE), among("number", missing), *seen(self._before + 1)]
            for record in self._connection.scroll(self._records, where, fields=["marks", *PREFERENCE_FIELDS]):
                self._articles[(record.payload or {})["number"]] = record.payload or {}
        return {number: self._articles[number] for number in numbers if number in self._articles}
