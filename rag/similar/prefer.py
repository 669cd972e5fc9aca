"""Which of several copies speaks for them: the one that is likeliest to be what the others copied."""

from __future__ import annotations

from collections.abc import Collection

from rag.fold import fold

WIRE = "wire:"

_AGENCIES = frozenset(
    (
        "aap|afp|agence france-presse|agencia efe|agencia lusa|anp|ansa|antara|ap|apa|associated press|belga|bernama|"
        "cna|ctk|dpa|efe|europa press|ians|interfax|keystone-sda|kyodo|kyodo news|lusa|notimex|ntb|pa media|pap|"
        "press association|press trust of india|pti|reuters|ritzau|sda|stt|tass|telam|the associated press|"
        "the canadian press|the press association|thomson reuters|tt|ukrinform|united press international|upi|xinhua|"
        "yonhap"
    ).split("|")
)

Preference = tuple[str, bool, int, str]


def preference(article_id: str, published: str | None, publisher: str, flags: Collection[str], n_bytes: int) -> Preference:
    """Return what sorts copies, the one that speaks for them first.

    The earliest published does, one without a date after all others; of one day the news agency's own, then the longest, then
    the first by id.

    Args:
        published: A UTC day as YYYY-MM-DD, None where unknown.
    """
    return published or "9999", not is_agencys_own(publisher, flags), -n_bytes, article_id


def is_agencys_own(publisher: str, flags: Collection[str]) -> bool:
    """Whether a publisher is a news agency: a known one, or the one that the article's own flag `wire:NAME` names."""
    name = fold(publisher)
    return bool(name) and (name in _AGENCIES or f"{WIRE}{name}" in {fold(flag) for flag in flags})
