"""A payload gives back the articles that went into it."""

from __future__ import annotations

from datetime import date

import pytest

from rag.errors import InputError
from rag.queue.wire import packed, unpacked
from rag.types import Article, DateOrigin, Removed
from tests.conftest import NOW


def test_an_article_comes_out_as_it_went_in() -> None:
    full = Article(
        id="a",
        text="Ärzte \0 und 𝄞\nzweite Zeile",
        title="„Titel“",
        url="https://paper.example/a",
        publisher="Paper",
        author="Ines Moreau",
        published=date(2025, 3, 3),
        published_from=DateOrigin.META,
        language="de",
        origin="/in/a.html",
        fetched_at=NOW,
        flags=("opinion", "wire:Reuters"),
        content_hash="abc",
        section="World",
        canonical_url="https://paper.example/a",
        updated=date(2025, 3, 4),
        provenance={"title": "meta"},
        removed=(Removed("cookie notice", "We use cookies"),),
    )
    payload = packed([full, Article(id="b", text="")])
    assert unpacked(payload["version"], payload["articles"]) == [full, Article(id="b", text="")]


@pytest.mark.parametrize("articles", ["", "AAAA", "not base64", "eJyrVgIAAT0A1g=="])
def test_a_damaged_payload_is_refused(articles: str) -> None:
    with pytest.raises(InputError, match="payload is damaged"):
        unpacked(1, articles)
