"""Whose copy each article is, wherever articles are kept.

The rule: of all articles in the order of `preference`, each is a copy of the first one before it that it resembles and that is
itself no copy; else it speaks for itself. So a copy always resembles the article that speaks for it, and no chain of small
differences makes strangers one. What is kept after each change is what the rule gives for all articles at once, in whatever
order they came, as far as marks lead from copy to copy: of a mark that more than 500 articles share, the newest 500 are looked
at, and a single mark that more than 8 share is a turn of phrase.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Sequence

from rag.similar.prefer import Preference
from rag.similar.prints import Print, print_of
from rag.similar.resemble import resembles

SHARING = 500
"""Most articles looked at that share one mark: reports by a template may be thousands."""

_RARE = 8
"""Most articles that share a mark which alone is reason enough to compare them: a turn of phrase is shared by many."""

_COMPARED = 32
"""Most articles that a text is compared with, of those that are copies and of those that are none."""

_KEPT_PRINTS = 1024


class Grouping(ABC):
    """The groups of one store while it is written. Articles go by number: the higher, the later it came."""

    def __init__(self) -> None:
        self._prints: OrderedDict[int, Print] = OrderedDict()

    # What a store must tell and take

    @abstractmethod
    def _sharing(self, number: int) -> Iterable[Sequence[tuple[int, int | None]]]:
        """Yield for each mark of an article those that share it, itself among them, each with the one that it copies.

        No more than SHARING for one mark, those of the highest numbers.
        """

    @abstractmethod
    def _preferences(self, numbers: Collection[int]) -> dict[int, Preference]:
        """Return the preferences of those articles that there are."""

    @abstractmethod
    def _canonical(self, number: int) -> int | None:
        """Return the article that a copy leads to, None of one that is no copy."""

    @abstractmethod
    def _text(self, number: int) -> str:
        """Return the text of an article."""

    @abstractmethod
    def _set_canonical(self, number: int, canonical: int | None) -> None:
        """Make an article a copy of another, or none."""

    @abstractmethod
    def _release(self, number: int) -> set[int]:
        """Take its copies from an article, and return them."""

    # The rule

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
            self._set_canonical(number, None)
            near = [(preference, other) for other, preference in self._near(number).items()]
            for _, other in sorted(one for one in near if one[0] < own):
                if self._canonical(other) is None and self._are_alike(number, other):
                    self._set_canonical(number, other)
                    break
            else:
                for each, other in near:
                    if each > own and other not in settled and self._are_alike(number, other):
                        freed = self._release(other)
                        waiting += [(preference, one) for one, preference in self._preferences({other, *freed}).items()]
                heapq.heapify(waiting)

    def _keep(self, number: int, text_print: Print) -> None:
        """Keep the print of an article, so that its text need not be read."""
        self._prints[number] = text_print
        if len(self._prints) > _KEPT_PRINTS:
            self._prints.popitem(last=False)

    def _forget(self, number: int) -> None:
        """Forget the print of an article that is about to change or go."""
        self._prints.pop(number, None)

    def _near(self, number: int) -> dict[int, Preference]:
        """Return the articles that share most with one, a mark counting the less the more articles share it."""
        found: defaultdict[int, float] = defaultdict(float)
        shared: Counter[int] = Counter()
        canonicals: dict[int, int] = {}
        for rows in self._sharing(number):
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

    def _are_alike(self, number: int, other: int) -> bool:
        return resembles(self._print(number), self._print(other))

    def _print(self, number: int) -> Print:
        if number not in self._prints:
            self._keep(number, print_of(self._text(number)))
        self._prints.move_to_end(number)
        return self._prints[number]
