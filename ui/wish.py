"""What a reader chose in the settings for their own questions, as the assistant takes it, and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rag.errors import ConfigError
from rag.manner import LANGUAGES, USUAL, Depth, Manner, manner_of
from rag.types import ANY, Filter
from ui.markup import text
from ui.told import day

DEPTHS: dict[Depth, str] = {
    Depth.QUICK: "Quick: half the passages, the soonest answer",
    Depth.NORMAL: "Normal",
    Depth.DEEP: "Deep: two and a half times the passages, for what is scattered",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to answer (empty for the one in the configuration), as of which day, and how."""

    llm: str = ""
    as_of: date | None = None
    manner: Manner = USUAL

    def how(self, where: Filter, *, configured: str) -> dict[str, Any]:
        """Return the arguments of `Assistant.stream` that differ from its defaults.

        Args:
            where: What the question is limited to.
            configured: The model that the configuration names.
        """
        how: dict[str, Any] = {} if where == ANY else {"where": where}
        if self.llm not in ("", configured):
            how["llm"] = self.llm
        if self.manner != USUAL:
            how["manner"] = self.manner
        return how


def wish_of(model: str | None, as_of: str | None, language: str | None, depth: str | None) -> Wish:
    """Return what the components of the settings hold: a browser can send anything.

    Raises:
        ValueError: a day, a language or a depth that is none.
    """
    try:
        return Wish(str(model or ""), day_of(as_of or ""), manner_of(language, depth))
    except ConfigError as error:
        raise ValueError(str(error)) from None


def wish_html(wish: Wish, *, configured: str) -> str:
    """Return a line above the question box that says what the settings change; nothing where they change nothing."""
    language, depth = wish.manner.language, wish.manner.depth
    parts = [
        f"answered by {wish.llm}" if wish.llm not in ("", configured) else "",
        f"in {LANGUAGES[language]}" if language else "",
        f"{depth.value} reading" if depth is not Depth.NORMAL else "",
        f"as of {day(wish.as_of)}" if wish.as_of else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f'<p class="wish-line">Settings: <strong>{text(said)}</strong></p>' if said else ""


def day_of(typed: str) -> date | None:
    """Return the day that was typed, None where nothing was.

    Raises:
        ValueError: it is none.
    """
    if not typed.strip():
        return None
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise ValueError(f"{typed.strip()[:40]} is no day; write it like 2025-03-31") from None
