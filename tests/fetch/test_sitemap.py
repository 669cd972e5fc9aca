"""Sitemaps of every kind."""

from __future__ import annotations

import gzip
from datetime import date

import pytest

from rag.errors import InputError
from rag.fetch.listing import ListingReader
from rag.fetch.sitemap import read_sitemap
from rag.fetch.url import Allowed

URL = "https://www.paper.example/sitemap.xml"
USUAL = Allowed()
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'

NEWS = f"""<?xml version="1.0" encoding="UTF-8"?><urlset {NS}>
<url><loc> https://www.paper.example/strike </loc><lastmod>2025-03-05</lastmod>
<image:image xmlns:image="i"><image:title>A crane</image:title></image:image>
<news:news><news:publication><news:name>Harbour Post</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2025-03-03T23:00:00-05:00</news:publication_date>
<news:title>Dockers walk out</news:title></news:news></url>
<url><loc>https://news.paper.example/plain</loc><lastmod>2025-03-06</lastmod></url>
<url><loc>https://www.other.example/theirs</loc></url>
<url><loc>http://169.254.169.254:22/</loc></url>
<url><lastmod>2025-03-06</lastmod></url>
</urlset>""".encode()

INDEX = f"""<sitemapindex {NS}><sitemap><loc>https://www.paper.example/1.xml.gz</loc><lastmod>2025-03-05</lastmod></sitemap>
<sitemap><loc>https://evil.example/2.xml</loc></sitemap></sitemapindex>""".encode()


@pytest.mark.parametrize("data", [NEWS, gzip.compress(NEWS), b"\xef\xbb\xbf\n" + NEWS])
def test_news_sitemaps_give_days_of_publication_and_the_last_change_stays_a_hint(data: bytes) -> None:
    strike, plain = read_sitemap(data, url=URL, allowed=USUAL).entries

    assert (strike.url, strike.title, strike.publisher) == (
        "https://www.paper.example/strike",
        "Dockers walk out",
        "Harbour Post",
    )
    assert (strike.published, strike.changed, strike.language) == (date(2025, 3, 4), "2025-03-05", "en")
    assert (plain.url, plain.published, plain.updated, plain.changed) == (
        "https://news.paper.example/plain",
        None,
        None,
        "2025-03-06",
    )


def test_an_index_names_sitemaps_of_its_own_site() -> None:
    listing = read_sitemap(INDEX, url=URL, allowed=USUAL)

    assert listing.entries == ()
    assert listing.sitemaps == (("https://www.paper.example/1.xml.gz", "2025-03-05"),)


def test_a_text_sitemap_is_a_list_of_pages() -> None:
    listing = read_sitemap(b"https://www.paper.example/a\n\nhttps://www.paper.example/b\n", url=URL, allowed=USUAL)
    assert [entry.url[-1] for entry in listing.entries] == ["a", "b"]


@pytest.mark.parametrize(
    "data", [b"", b"<html><body>x</body></html>", b"<rss/>", b"hello there", b"<", gzip.compress(b"x"), b"\x1f\x8bjunk"]
)
def test_what_is_no_sitemap_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_sitemap(data, url=URL, allowed=USUAL)


def test_a_sitemap_that_breaks_off_gives_what_it_has() -> None:
    assert len(read_sitemap(NEWS[: NEWS.index(b"<url><loc>http://169")], url=URL, allowed=USUAL).entries) == 2


def test_a_bomb_is_refused_and_entities_are_not_read(tmp_path: object, listings: ListingReader) -> None:
    with open(f"{tmp_path}/secret", "w") as file:
        file.write("https://www.paper.example/s3cret")
    evil = f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><urlset><url><loc>&x;</loc></url></urlset>'

    assert listings.read(evil.encode(), "sitemap", url=URL, allowed=USUAL).entries == ()
    with pytest.raises(InputError, match="more than"):
        listings.read(gzip.compress(b"<urlset>" + bytes(60_000_000), 1), "sitemap", url=URL, allowed=USUAL)
