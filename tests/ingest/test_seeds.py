"""The sample articles: unchanged on disk, and whole once cleaned."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.ingest import clean, read_articles
from rag.types import Article

SEEDS = Path(__file__).parents[2] / "seeds"

SHA256 = {
    "000_b6943d2fd3550b8b.txt": "a0a99453e7c55a8066a8d77f9525525424778dbd7e865939e2c203c0a2a8bce1",
    "001_8f8c2c7e4b437b4f.txt": "b1ed0452448aecdbbf2fa6acfee98140cff1320c39dd6a565a332ea9129b9ee1",
    "002_e595e465cd084893.txt": "b7f7329eea153d1f2c3dd65d4a07f4479ae681aba6d96228b50b7ad60fb66025",
    "003_fbc3d1cb8b5383ef.txt": "8a72362391faa44811401f4349ea85d89ea39051a7bc22c31821e34a26ce137c",
    "004_2a2f2bad9b3ded84.txt": "674ee32bcbfa5e20221904d5d4c965454e4cf6b49d3ea7dd481266794cf2b498",
}

REMOVED = {
    "000_b6943d2fd3550b8b.txt": (
        "Home » News » Bachelet and Boric’s Asian Diplomacy Amid UN Campaign: China and Korea Visits Highlight "
        "International Engagement",
        "by James Carter Senior News Editor",
        "What are your thoughts on the importance of regional representation in the UN leadership? "
        "Share your opinions in the comments below!",
        "bachelet and Boric’s Asian Diplomacy Amid UN Campaign: China and Korea Visits Highlight International Engagement",
        "You may also like",
        "Leave a Comment",
        "This site uses Akismet to reduce spam. Learn how your comment data is processed.",
        "Adblock Detected",
        "Please support us by disabling your AdBlocker extension from your browsers for our website.",
    ),
    "001_8f8c2c7e4b437b4f.txt": (),
    "002_e595e465cd084893.txt": (
        "Chile and Bolivia Plan Historic Meeting of Foreign Ministers in Santiago: First Official Talks in 25 "
        "Years Amid Diplomatic "
        "Absence",
        "Autor: The Citizen",
        "Original article: Chile y Bolivia proyectan encuentro de cancilleres en Santiago: primera cita formal "
        "en 25 años y décadas "
        "sin embajadores",
        "Reels",
        "Ver Más »",
        "Busca en El Ciudadano",
    ),
    "003_fbc3d1cb8b5383ef.txt": ("Posted at 10:23 p.m.", "Updated at 10:53 p.m."),
    "004_2a2f2bad9b3ded84.txt": (),
}


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    items = list(read_articles([SEEDS], now=datetime(2026, 1, 10, tzinfo=UTC)))
    assert all(isinstance(item, Article) for item in items)
    return {item.id: item for item in items if isinstance(item, Article)}


@pytest.mark.parametrize("name", SHA256)
def test_sample_is_unchanged(name: str) -> None:
    assert hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() == SHA256[name]
    assert SHA256[name] in (SEEDS / "README.md").read_text(encoding="utf-8")


FLAGS = {
    "seed-000": ("boilerplate-heavy",),
    "seed-001": (),
    "seed-002": ("machine-translated",),
    "seed-003": (),
    "seed-004": ("placeholder",),
}


@pytest.mark.parametrize("name", SHA256)
def test_only_boilerplate_and_blank_lines_are_removed_and_only_spaces_added(articles: dict[str, Article], name: str) -> None:
    raw = (SEEDS / name).read_text(encoding="utf-8")
    article = articles[f"seed-{name[:3]}"]
    gone = [piece.text for piece in article.removed]
    assert tuple(gone) == REMOVED[name]
    wanted = [line.rstrip() for line in raw.split("\n") if line.strip()]
    for line in gone[::-1]:  # of a heading that stands twice, the second goes
        wanted.reverse()
        wanted.remove(line)
        wanted.reverse()
    kept = [line for line in article.text.split("\n") if line]
    assert [line.replace(" ", "") for line in kept] == [line.replace(" ", "") for line in wanted]
    assert clean(article.text, title=article.title, author=article.author).text == article.text


def test_spaces_lost_after_full_stops_are_back(articles: dict[str, Article]) -> None:
    assert "extend beyond Asia. Following a nomination" in articles["seed-000"].text
    assert "internal affairs. this shared stance" in articles["seed-000"].text
    assert "for U.S.foreign policy" in articles["seed-004"].text


def test_flags_are_those_that_a_reader_gave_them(articles: dict[str, Article]) -> None:
    assert {key: article.flags for key, article in articles.items()} == FLAGS


@pytest.mark.parametrize(
    ("article_id", "fact"),
    [
        ("seed-000", "Between October 13th and 15th, Bachelet will be in Beijing"),
        ("seed-000", "Michelle Bachelet Chilean Former President Chile, potential support from Uruguay"),
        ("seed-000", "between October 28th and November 2nd"),
        ("seed-000", "(2018-2022)"),
        ("seed-001", "| 2021 | 175 | China |\n| 2022 | 190 | China |"),
        ("seed-002", "54.53% popular support, equivalent to 3,337,031 votes"),
        ("seed-002", "on March 11"),
        ("seed-003", "a second round on October 30"),
        ("seed-003", "left of 36 years, Gabriel Boric"),
        ("seed-004", "Renewable Energy | $1 billion | Companies A, B, and C |"),
        ("seed-004", "Education Partnerships | Increasing access to education and vocational training. |"),
    ],
)
def test_fact_survives_cleaning(articles: dict[str, Article], article_id: str, fact: str) -> None:
    assert fact in articles[article_id].text


def test_manifest_says_what_the_texts_show_and_no_more(articles: dict[str, Article]) -> None:
    assert list(articles) == [f"seed-00{n}" for n in range(5)]
    for article in articles.values():
        assert (article.published, article.url, article.language) == (None, "", "en")
        assert not article.title or article.title in article.text
    assert {key: article.author for key, article in articles.items() if article.author} == {"seed-000": "James Carter"}
    assert {key: article.publisher for key, article in articles.items() if article.publisher} == {"seed-002": "El Ciudadano"}
    assert [key for key, article in articles.items() if not article.title] == ["seed-003", "seed-004"]
