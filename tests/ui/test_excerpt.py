from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.types import Article, Quote
from tests.ui.scripted import ARTICLE, quote
from ui.excerpt import CHARACTERS, Excerpt, excerpt


def test_a_quote_stands_between_its_neighbours() -> None:
    found = excerpt(quote("The port handled 310 ships in May."), ARTICLE.source, ARTICLE)
    assert found.before == "The harbour strike began on Monday. Dockers in Valparaíso want 12% more pay. "
    assert found.after == "\n\nTalks resume on Friday. Nobody expects a quick end."


def test_at_the_ends_of_an_article_nothing_stands_around() -> None:
    whole = Quote(ARTICLE.id, 0, len(ARTICLE.text), ARTICLE.text)
    assert excerpt(whole, ARTICLE.source, ARTICLE) == Excerpt(whole, ARTICLE.source)


def test_an_article_that_changed_since_shows_the_quote_alone() -> None:
    changed = Article(ARTICLE.id, "Other words. " + ARTICLE.text)
    assert excerpt(quote("Talks resume on Friday."), ARTICLE.source, changed) == Excerpt(
        quote("Talks resume on Friday."), ARTICLE.source
    )


def test_a_neighbour_that_is_too_long_is_left_out_whole() -> None:
    endless = "Then " + "word " * CHARACTERS
    article = Article("a", f"{endless}end. Short one. Here. Next. {endless}end.")
    found = excerpt(quote("Here.", article), article.source, article)
    assert (found.before, found.after) == ("Short one. ", " Next.")


@given(st.text(alphabet="ab .\n?é|", max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_excerpts_are_runs_of_the_article(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    found = excerpt(Quote("a", start, end, text[start:end]), ARTICLE.source, Article("a", text))
    begin = start - len(found.before)
    assert (
        text[begin : begin + len(found.before + text[start:end] + found.after)] == found.before + text[start:end] + found.after
    )
    assert max(len(found.before), len(found.after)) <= CHARACTERS


@given(st.integers(0, 60))
def test_a_long_article_shows_what_a_short_one_does(padding: int) -> None:
    lead = "Filler sentence here. " * 400 + "x" * padding + ". "
    article = Article("a", f"{lead}Before it. The quote. After it. {lead}")
    found = excerpt(quote("The quote.", article), article.source, article)
    assert found.before.endswith("Before it. ")
    assert found.after.startswith(" After it.")
