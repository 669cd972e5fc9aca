"""Pages laid out in tables, and what of a page only a careful reader would tell from its article."""

from datetime import date

from rag.ingest.article import build_article
from rag.ingest.formats.html import parse
from rag.types import Article, DateOrigin

SENTENCE = "The paper mill of the town will close at the end of October, its owner said on Monday. "

FRAMED = """<html><head><title>Mill closes</title></head><body bgcolor="#ffffff">
<table width="760"><tr><td colspan=3><font size=6><b>Valley Times</b></font></td></tr>
<tr><td width=120><a href="a">Front page</a><br><a href="b">Obituaries</a></td><td valign=top>
<table><tr><td><font size=5><b>Mill closure costs 214 jobs</b></font><br><i>By Walt Jensen, Staff Writer</i><br>
Posted: Tuesday, September 9, 2003</td></tr>
<tr><td>CEDAR FALLS - The Hanley <b>paper mill</b> will close at the end of October, putting 214 people out of work, it said.
<p>Hanley Corp. blamed cheap imports and the price of electricity, which it said had doubled in three years.
<p>The mill pays $1.1 million a year in property tax, about a fifth of the town budget, Mayor Lois Kemp said.</td></tr>
<tr><td><table border=1><tr><th>Year</th><th>Jobs</th></tr><tr><td>1985</td><td>610</td></tr></table></td></tr></table>
</td><td width=140><b>Weather</b><br>High 71<br><b>Sponsored</b><br>Kemp Ford: 0% financing!</td></tr></table></body></html>"""


def read(page: str) -> Article:
    return build_article(parse(page.encode()), origin="x")


def test_article_laid_out_in_tables_is_paragraphs_with_its_own_table() -> None:
    article = read(FRAMED)
    paragraphs = article.text.split("\n\n")
    assert "CEDAR FALLS - The Hanley paper mill will close at the end of October, putting 214 people out of work, it said." in (
        paragraphs
    )
    assert paragraphs[-1] == "| Year | Jobs |\n| 1985 | 610 |"
    assert not any(noise in article.text for noise in ("Front page", "Obituaries", "Weather", "Kemp Ford", "Valley Times"))
    assert (article.author, article.published, article.published_from) == (
        "Walt Jensen",
        date(2003, 9, 9),
        DateOrigin.DATELINE,
    )
    assert any("Kemp Ford" in piece.text for piece in article.removed), "nothing is lost"


def test_tables_of_data_stay_tables() -> None:
    rows = "".join(f"<tr><td>{year}</td><td>{2000 - year}</td></tr>" for year in (1985, 1995))
    named = "<table><tr><th>What was paid</th></tr><tr><td>Nothing</td></tr></table>"
    article = read(f"<html><body><article><p>{SENTENCE * 3}</p><table>{rows}</table>{named}<p>{SENTENCE}</p></article></body>")
    assert "| 1985 | 15 |\n| 1995 | 5 |" in article.text
    assert "| What was paid |\n| Nothing |" in article.text


def test_entries_of_a_live_blog_keep_their_times() -> None:
    entries = "".join(
        f"<div itemprop='liveBlogUpdate' itemscope><p><time>{hour}:05 GMT</time></p><h2>River at {hour} feet</h2>"
        f"<div itemprop='articleBody'><p>{SENTENCE}{hour} pumps run.</p></div></div>"
        for hour in (18, 17, 16)
    )
    text = read(f"<html><body><main><h1>Floods live: the river</h1>{entries}</main></body></html>").text
    for hour in (18, 17, 16):
        assert f"{hour}:05 GMT\n\nRiver at {hour} feet\n\n{SENTENCE}{hour} pumps run." in text


def test_title_is_the_articles_own_where_a_page_holds_several() -> None:
    def story(title: str) -> str:
        return f"<article><h1>{title}</h1>{f'<p>{title}: {SENTENCE}</p>' * 4}</article>"

    article = read(f"<html><head><title>Two stories</title></head><body>{story('First')}{story('Second')}</body></html>")
    assert (article.title, article.provenance["title"]) == ("First", "heading")
    assert "Second" not in article.text


def test_a_wall_is_no_part_of_what_is_left_of_an_article() -> None:
    wall = "<div class='paywall-gate'><h2>Subscribe to continue</h2><p>Good journalism costs money.</p><p>Any day.</p></div>"
    article = read(f"<html><body><article><h1>Inside the mill</h1><p>{SENTENCE}</p>{wall}</article></body></html>")
    assert article.text.endswith(SENTENCE.strip())
    assert "paywalled" in article.flags
    whole = read(f"<html><body><article><h1>Inside the mill</h1><div class='paywall'><p>{SENTENCE}</p></div></article></body>")
    assert SENTENCE.strip() in whole.text, "a name alone takes nothing away"
