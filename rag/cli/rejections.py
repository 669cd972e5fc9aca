"""What was not taken into the library, and why: a few lines at once, the rest by reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.cli.common import say
from rag.types import IngestItem

_SHOWN = 10
"""Rejections that are told as they happen; more only push the first ones off the screen."""

_MOST_REASONS = 500
"""Reasons counted apart; the numbers and names in them do not make them different."""

_OWN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\d[\d,.]*")


@dataclass(slots=True)
class _Group:
    count: int
    example: IngestItem


class Rejections:
    """Counts rejections by reason, with the first of each as an example: as much for a million as for ten."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._total = 0

    def add(self, item: IngestItem) -> bool:
        """Count one, and return whether it is to be told at once."""
        key = _OWN.sub("…", item.reason)
        if key not in self._groups and len(self._groups) >= _MOST_REASONS:
            key = "other reasons"
        group = self._groups.setdefault(key, _Group(0, item))
        group.count += 1
        self._total += 1
        return self._total <= _SHOWN

    def tell(self) -> None:
        """Print the reasons, the most common first, where not every rejection was told."""
        if self._total <= _SHOWN:
            return
        say(f"{self._total:,} rejected, by reason (`--json` lists every one):")
        for group in sorted(self._groups.values(), key=lambda group: -group.count):
            say(f"{group.count:>9,}  {group.example.reason}\n{'':>9}  such as {group.example.origin}")
