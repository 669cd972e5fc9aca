"""Word documents, books, mails, web archives and zip archives: what comes out of a well-made one."""

from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from rag.ingest import Rejected
from rag.types import Article, DateOrigin
from tests.ingest.conftest import Read, only, reason
from tests.ingest.making import MORE, PAGE, STORY, docx, epub, lines, mail, pdf, warc, zipped


def articles(items: list[Article | Rejected]) -> list[Article]:
    assert not [item for item in items if isinstance(item, Rejected)], items
    return [item for item in items if isinstance(item, Article)]


def test_word_document_keeps_headings_and_tables_in_order(read: Read) -> None:
    article = only(read("a.docx", docx(title="Strike ends early", author="Ana Ruiz", created=datetime(2025, 10, 13, 9))))
    assert article.text == f"Strike ends\n\n{STORY}\n\nWhat comes next\n\n{MORE}\n\n| Port | Ships |\n| North\\|South | 310 |"
    assert (article.title, article.author) == ("Strike ends early", "Ana Ruiz")
    assert (article.published, article.published_from) == (date(2025, 10, 13), DateOrigin.META)


def test_word_document_without_properties_takes_its_title_line_and_no_date(read: Read) -> None:
    article = only(read("a.docx", docx(title="", author="python-docx")))
    assert (article.title, article.author, article.published) == ("Strike ends", "", None)


def test_word_document_as_it_would_be_printed(read: Read) -> None:
    body = """<w:p><w:ins><w:r><w:t>Inserted words stay.</w:t></w:r></w:ins>
    <w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>
    <w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>
    <w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>white</w:t></w:r></w:p>
    <w:sdt><w:sdtContent><w:p><w:r><w:t>A control holds this.</w:t></w:r></w:p></w:sdtContent></w:sdt>"""
    text = only(read("a.docx", docx(body))).text
    assert "Inserted words stay." in text
    assert "A control holds this." in text
    assert not any(word in text for word in ("gone", "hidden", "white"))


def test_book_gives_an_article_a_chapter(read: Read) -> None:
    chapters = {
        "Cover": "<p>Harbour Weekly</p>",
        "Strike ends": f"<p>{STORY}</p><p>{MORE}</p>",
        "+": f"<p>It goes on in a file of its own. {MORE}</p>",  # the table of contents does not name it
        "Rain": f"<h1>x</h1><p>Rain fell on the coast for nine days. {MORE}</p>"
        '<p><a rel="calibre-downloaded-from" href="https://harbour.example/rain">x</a></p>',
    }
    opf = (
        "<dc:publisher>Harbour Post</dc:publisher><dc:creator>Ana Ruiz</dc:creator><dc:date>2025-10-13T00:00:00+00:00</dc:date>"
    )
    strike, rain = articles(read("a.epub", epub(chapters, opf=opf)))
    assert (strike.title, rain.title) == ("Strike ends", "Rain")
    assert STORY in strike.text
    assert "It goes on" in strike.text
    assert (strike.publisher, strike.author, strike.published, strike.language) == (
        "Harbour Post",
        "Ana Ruiz",
        date(2025, 10, 13),
        "en",
    )
    assert rain.url == "https://harbour.example/rain"
    assert strike.origin.endswith("a.epub#OEBPS/c1.xhtml")


def test_mail_is_published_by_its_sender_on_the_day_it_is_sent(read: Read) -> None:
    article = only(read("a.eml", mail(html=PAGE).as_bytes()))
    assert (article.title, article.publisher) == ("Strike ends", "Harbour Post")
    assert article.provenance["title"] == "mail"
    assert (article.published, article.published_from) == (date(2025, 10, 13), DateOrigin.META)
    assert STORY in article.text
    assert "<p>" not in article.text


def test_mail_falls_back_on_plain_text_where_the_page_says_little(read: Read) -> None:
    assert only(read("a.eml", mail(html="<p>View this mail in a browser.</p>").as_bytes())).text == f"{STORY}\n\n{MORE}"


def test_attachments_of_known_formats_are_articles_too(read: Read) -> None:
    made = mail()
    made.add_attachment(pdf(lines([MORE])), maintype="application", subtype="pdf", filename="../../report.pdf")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    made.add_attachment(message_from_bytes(mail(Subject="Forwarded").as_bytes(), _class=EmailMessage, policy=policy.default))
    body, report, forwarded = articles(read("a.eml", made.as_bytes()))
    assert body.title == "Strike ends"
    assert report.text == MORE
    assert report.origin.endswith("a.eml#report.pdf")
    assert forwarded.title == "Forwarded"


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_web_archive_gives_its_pages_with_their_addresses(read: Read, name: str) -> None:
    second = PAGE.replace("twelve", "thirteen")
    data = warc(("https://a.example/1", PAGE), ("https://a.example/2", second), packed=name.endswith("gz"))
    first, other = articles(read(name, data))
    assert (first.url, other.url) == ("https://a.example/1", "https://a.example/2")
    assert first.provenance["url"] == "warc"
    assert first.fetched_at == datetime(2025, 11, 2, 10, tzinfo=UTC)
    assert first.published is None  # the day of fetching is none of publication
    assert first.origin.endswith(f"{name}#https://a.example/1")


def test_web_archive_passes_over_errors_and_pictures(read: Read) -> None:
    data = warc(("https://a.example/1", PAGE), status="404 Not Found") + warc(("https://a.example/i", "x"), kind="image/png")
    assert read("a.warc", data) == []


def test_archive_is_read_like_a_folder(read: Read) -> None:
    members: dict[str, bytes | str] = {
        "b/story.txt": STORY,
        "a.html": PAGE,
        "lines.jsonl": '{"text": "One line.", "id": "x1"}\n{"text": 3}\n',
        "report.pdf": pdf(lines([MORE])),
        "news.csv": "id,text\nrow,A row of a table.\n",
        "__MACOSX/._a.html": "x",
        ".hidden.txt": "x",
        "README.md": "x",
        "photo.png": b"x",
    }
    items = read("a.zip", zipped(members))
    found = [item.origin.split("a.zip")[1] for item in items]
    assert found == ["#b/story.txt", "#a.html", "#lines.jsonl#x1", "#lines.jsonl", "#report.pdf", "#news.csv#row"]
    assert [type(item) for item in items].count(Rejected) == 1


def test_web_archive_that_is_no_archive_is_rejected(read: Read) -> None:
    assert "not a WARC file" in reason(read("a.warc", b"hello\n"))
