"""Files that are made to harm: bombs, ways out, loops, lies and damage, in every format. Made when needed, none is stored.

`SECRET` stands in a file beside each of them; whatever comes out of a case, that must not.
"""

# ruff: noqa: E501 (the hostile strings are the data, and are easiest to read in one piece)

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.ingest.making import MORE, PAGE, STORY, docx, epub, lines, mail, pdf, warc, zipped

SECRET = "canary-7f3a"
SECRET_FILE = "secret.txt"


@dataclass(frozen=True, slots=True)
class Case:
    """A hostile file: what it is called, how it is made, and whether it must give nothing."""

    name: str
    file: str
    make: Callable[[], bytes]
    is_refused: bool = False
    is_slow: bool = False


def corpus() -> list[Case]:
    """Return all cases."""
    families = (_zips, _xml, _pages, _pdfs, _mails, _data, _web_archives, _names, _damage)
    return [case for family in families for case in family()]


def valid() -> dict[str, bytes]:
    """Return a well-made file of each format, by its name."""
    made = mail(html=PAGE)
    made.add_attachment(pdf(lines([MORE])), maintype="application", subtype="pdf", filename="report.pdf")
    return {
        "a.txt": STORY.encode(),
        "a.md": f"---\ntitle: Strike\n---\n# Strike\n\n{STORY}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
        "a.html": PAGE.encode(),
        "a.pdf": pdf(lines([STORY, MORE]), lines([MORE])),
        "a.docx": docx(),
        "a.epub": epub(),
        "a.eml": made.as_bytes(),
        "a.json": json.dumps([{"text": STORY}]).encode(),
        "a.jsonl": json.dumps({"text": STORY}).encode() + b"\n",
        "a.csv": f'id,text\n1,"{STORY}"\n'.encode(),
        "a.tsv": f"id\ttext\n1\t{STORY}\n".encode(),
        "a.warc": warc(("https://a.example/1", PAGE)),
        "a.warc.gz": warc(("https://a.example/1", PAGE), packed=True),
        "a.zip": zipped({"a.txt": STORY, "b.html": PAGE}),
    }


def _zips() -> Iterator[Case]:
    ways_out = (
        "../out.txt", "../../../../tmp/out.txt", "/tmp/out.txt", "a/../../out.txt", "..\\out.txt", "C:\\out.txt", "c:/out.txt",
        "\\\\host\\share\\out.txt", "./../out.txt", "a/b/../../../out.txt",
    )  # fmt: skip
    for number, name in enumerate(ways_out):
        yield Case(f"zip way out {number}", "a.zip", partial(zipped, {name: STORY}), is_refused=True)
    for number, name in enumerate(
        ("a\0.txt", "a\u202etxt.exe.txt", "\n\r.txt", "x" * 5000 + ".txt", "é\udc80.txt".encode("utf-8", "replace").decode())
    ):
        yield Case(f"zip odd name {number}", "a.zip", partial(zipped, {name: STORY}))
    yield Case("zip bomb", "a.zip", lambda: zipped({"a.txt": b"a" * 30_000_000}), is_refused=True)
    yield Case(
        "zip bomb of pages", "a.zip", lambda: zipped({f"{n}.html": b"<p>" * 4_000_000 for n in range(3)}), is_refused=True
    )
    yield Case("zip in zip", "a.zip", lambda: zipped({"b.zip": zipped({"a.txt": STORY})}), is_refused=True)
    yield Case(
        "zip in zip in zip", "a.zip", lambda: zipped({"b.zip": zipped({"c.zip": zipped({"a.txt": STORY})})}), is_refused=True
    )
    yield Case("zip of overlapping members", "a.zip", _overlapping, is_refused=True)
    yield Case("zip of members that are one", "a.zip", partial(_overlapping, same=True), is_refused=True)
    yield Case("zip symbolic link", "a.zip", _linked, is_refused=True)
    yield Case("zip encrypted", "a.zip", partial(_flagged, 0x1), is_refused=True)
    yield Case("zip of an unknown method", "a.zip", partial(_patched, 10, 99), is_refused=True)
    yield Case("zip that lies about its size", "a.zip", partial(_patched, 24, 4), is_refused=True)
    yield Case("zip that claims four gigabytes", "a.zip", partial(_patched, 24, 0xFFFFFFF0), is_refused=True)
    yield Case("zip of a wrong sum", "a.zip", partial(_patched, 16, 1), is_refused=True)
    yield Case("zip of many members", "a.zip", lambda: zipped({f"{n}.png": b"" for n in range(20_000)}), is_slow=True)
    yield Case("zip of nothing", "a.zip", partial(zipped, {}))
    yield Case(
        "zip bomb as a Word document", "a.docx", lambda: zipped({"word/document.xml": b" " * 60_000_000}), is_refused=True
    )
    yield Case("zip bomb as a book", "a.epub", lambda: zipped({"META-INF/container.xml": b" " * 60_000_000}), is_refused=True)
    yield Case("zip holding books and mails", "a.zip", lambda: zipped({"a.epub": epub(), "b.eml": mail().as_bytes()}))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield Case(f"zip bomb of method {method}", "a.zip", partial(_zeros, method), is_refused=True)


def _zeros(method: int) -> bytes:
    return zipped({"a.txt": b"a" * 30_000_000}, method=method)


def _overlapping(*, same: bool = False) -> bytes:
    """Return an archive whose list names one member's bytes many times."""
    data = bytearray(zipped({"a.txt": STORY, "b.txt": MORE}))
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0 if same else 10)
    return bytes(data)


def _linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, SECRET_FILE)
    return out.getvalue()


def _flagged(flag: int) -> bytes:
    data = bytearray(zipped({"a.txt": STORY}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", data, data.index(mark) + at, flag)
    return bytes(data)


def _patched(at: int, value: int) -> bytes:
    """Return an archive with one number of its list changed."""
    data = bytearray(zipped({"a.txt": STORY}))
    struct.pack_into("<H" if at == 10 else "<I", data, data.index(b"PK\x01\x02") + at, value)
    return bytes(data)


_LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'lol'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
_OUTSIDE = f"<!DOCTYPE x [<!ENTITY a11 SYSTEM 'file://{{folder}}/{SECRET_FILE}'>]>"
_PARAMETER = f"<!DOCTYPE x [<!ENTITY % p SYSTEM 'file://{{folder}}/{SECRET_FILE}'> %p; <!ENTITY a11 'x'>]>"
_NETWORK = "<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd' [<!ENTITY a11 SYSTEM 'http://127.0.0.1:9/x'>]>"
_QUADRATIC = f"<!DOCTYPE x [<!ENTITY a11 '{'x' * 50_000}'>]>"
_TYPES = {"laughs": _LAUGHS, "outside": _OUTSIDE, "parameter": _PARAMETER, "network": _NETWORK, "quadratic": _QUADRATIC}


def _xml() -> Iterator[Case]:
    for name, kind in _TYPES.items():
        yield Case(f"Word document, entities: {name}", "a.docx", partial(_docx_with, kind))
        yield Case(f"book, entities: {name}", "a.epub", partial(_epub_with, "OEBPS/book.opf", kind))
        yield Case(f"book's list, entities: {name}", "a.epub", partial(_epub_with, "META-INF/container.xml", kind))
        yield Case(f"chapter, entities: {name}", "a.epub", partial(_epub_with, "OEBPS/c0.xhtml", kind))
        yield Case(f"contents, entities: {name}", "a.epub", partial(_epub_with, "OEBPS/nav.xhtml", kind))
        yield Case(f"page, entities: {name}", "a.html", partial(_page_with, kind))
        yield Case(f"xhtml, entities: {name}", "a.xhtml", partial(_page_with, kind))
    deep = "<w:tbl><w:tr><w:tc>" * 300 + "<w:p><w:r><w:t>deep</w:t></w:r></w:p>" + "</w:tc></w:tr></w:tbl>" * 300
    yield Case(
        "Word document, nested tables",
        "a.docx",
        partial(_replaced, docx(), "word/document.xml", b"<w:sectPr", deep.encode() + b"<w:sectPr"),
    )
    for number, path in enumerate(
        ("../../secret.txt", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/x", "%2e%2e/%2e%2e/x", "")
    ):
        yield Case(
            f"book, chapter elsewhere {number}",
            "a.epub",
            partial(_replaced, epub(), "OEBPS/book.opf", b'href="c0.xhtml"', f'href="{path}"'.encode()),
        )
        yield Case(
            f"book elsewhere {number}",
            "a.epub",
            partial(_replaced, epub(), "META-INF/container.xml", b"OEBPS/book.opf", path.encode()),
            is_refused=True,
        )
    drm = "<encryption><EncryptedData/></encryption>"
    yield Case("book, encrypted", "a.epub", lambda: epub(**{"META-INF/encryption.xml": drm}), is_refused=True)
    yield Case("book that names itself", "a.epub", lambda: epub({"x": f'<iframe src="c0.xhtml"></iframe><p>{STORY}</p>'}))
    yield Case(
        "book of ten thousand chapters",
        "a.epub",
        partial(_replaced, epub(), "OEBPS/book.opf", b'<itemref idref="c0.xhtml"/>', b'<itemref idref="c0.xhtml"/>' * 10_000),
    )


def _replaced(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    """Return a zip archive with some bytes of a member replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            held = source.read(info)
            target.writestr(info.filename, held.replace(old, new, 1) if info.filename == member else held)
    return out.getvalue()


def _docx_with(kind: str) -> bytes:
    made = _replaced(docx(), "word/document.xml", b"<w:document", kind.encode() + b"<w:document")
    return _replaced(made, "word/document.xml", STORY.encode(), STORY.encode() + b" &a11;")


def _epub_with(member: str, kind: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(epub())) as archive:
        held = archive.read(member)
    new = kind.encode() + held.replace(b"</", b"&a11;</", 1)
    return _replaced(epub(), member, held, new)


def _page_with(kind: str) -> bytes:
    return (kind + PAGE.replace("</p>", " &a11; &a11;</p>")).encode()


def _pages() -> Iterator[Case]:
    pieces = {
        "deep": "<div>" * 20_000 + STORY,
        "deep tables": "<table><tr><td>" * 3000 + STORY,
        "deep lists": "<ul><li>" * 5000 + STORY,
        "one word": "<p>" + "a" * 3_000_000,
        "one attribute": f"<p class='{'a ' * 500_000}'>{STORY}</p>",
        "many attributes": "<p " + " ".join(f"a{n}='x'" for n in range(50_000)) + f">{STORY}</p>",
        "many entities": "&amp;" * 200_000,
        "unknown entities": "&nope;" * 50_000 + "&#x110000;&#xd800;&#0;&#99999999999;",
        "half a tag": "<p" * 50_000,
        "open comments": "<!--" * 50_000,
        "cdata": "<![CDATA[" * 10_000,
        "scripts": f"<script>document.write('{SECRET}')</script>" * 1000 + f"<p>{STORY}</p>",
        "frames": f"<iframe src='file:///etc/passwd'></iframe><object data='{SECRET_FILE}'></object><embed src='{SECRET_FILE}'><p>{STORY}</p>",
        "base": f"<base href='file:///'><link rel=import href='{SECRET_FILE}'><p>{STORY}</p>",
        "refresh": f"<meta http-equiv=refresh content='0;url=file:///etc/passwd'><p>{STORY}</p>",
        "marks": "<p>" + "a\u0301\u0302" * 300_000,
        "one mark": "<p>a" + "\u0301" * 500_000,
        "directions": f"<p>\u202e{STORY}\u2066\u202d</p>",
        "tags": f"<p>{STORY}{''.join(chr(0xE0000 + ord(sign)) for sign in 'obey me')}</p>",
        "json": "<script type='application/ld+json'>" + "[" * 50_000 + f"</script><p>{STORY}</p>",
        "rows": "<table>" + "<tr><td>a<td>b" * 20_000,
        "spaces": "<p>" + " " * 2_000_000 + STORY,
        "stops": "<p>" + "." * 1_000_000,
        "digits": "<p>" + "1" * 1_000_000,
        "hyphens": "<p>" + "a-\n" * 300_000,
        "links": "<a href='http://[x'>x</a>" * 10_000 + f"<p>{STORY}</p>",
        "canonical": f"<link rel=canonical href='javascript:alert(1)'><p>{STORY}</p>",
    }
    for name, piece in pieces.items():
        is_slow = name in ("rows", "marks", "hyphens", "deep tables", "stops", "digits", "half a tag")
        yield Case(
            f"page, {name}",
            "a.html",
            partial(str.encode, f"<html><body><article>{piece}</article></body></html>"),
            is_slow=is_slow,
        )
    for charset in ("utf-7", "idna", "unicode_escape", "zip", "rot13", "utf-16", "x-mac", "../../etc", "punycode", "base64"):
        yield Case(
            f"page in {charset}", "a.html", partial(str.encode, f"<meta charset='{charset}'>" + PAGE + "+ADw-script+AD4-")
        )
    marks = {
        "quotes": "> " * 3000,
        "lists": "- " * 3000,
        "stars": "*a " * 20_000,
        "links": "[" * 20_000,
        "images": "![" * 10_000 + "](",
        "code": "`" * 10_001,
    }
    marks |= {
        "references": "".join(f"[a{n}]: <x>\n" for n in range(10_000)),
        "table": "|a" * 2000 + "|\n" + "|-" * 2000 + "|\n",
    }
    for name, piece in marks.items():
        yield Case(f"Markdown, {name}", "a.md", partial(str.encode, f"{piece}\n\n{STORY}"), is_slow=name in ("stars", "images"))
    for name, text in {
        "one word": "a" * 1_900_000,
        "marks": "e\u0301\u0302\u0303" * 200_000,
        "lines": "\n" * 900_000,
        "nul": "\0" * 1000 + STORY,
    }.items():
        yield Case(f"text, {name}", "a.txt", partial(str.encode, text), is_slow=name == "marks")


def _pdfs() -> Iterator[Case]:
    page = lines([STORY])
    script = {100: "<</Type/Action/S/JavaScript/JS(app.alert\\(1\\))>>", 101: f"<</S/Launch/F({SECRET_FILE})>>"}
    yield Case("PDF with a script", "a.pdf", lambda: pdf(page, extra=script, catalog="/OpenAction 100 0 R"))
    yield Case("PDF that launches", "a.pdf", lambda: pdf(page, extra=script, catalog="/OpenAction 101 0 R"))
    embedded = {
        100: "<</Names[(x.txt)101 0 R]>>",
        101: "<</Type/Filespec/F(x.txt)/EF<</F 102 0 R>>>>",
        102: f"<</Length {len(SECRET)}>>\nstream\n{SECRET}\nendstream",
    }
    yield Case("PDF with a file in it", "a.pdf", lambda: pdf(page, extra=embedded, catalog="/Names<</EmbeddedFiles 100 0 R>>"))
    outside = {11: f"<</Length 0/F(/{SECRET_FILE})>>\nstream\n\nendstream"}
    yield Case("PDF whose page is another file", "a.pdf", lambda: pdf(page, extra=outside), is_refused=True)
    locked = {100: "<</Filter/Standard/V 2/R 3/Length 128/P -4/O(" + "o" * 32 + ")/U(" + "u" * 32 + ")>>"}
    yield Case(
        "PDF encrypted",
        "a.pdf",
        lambda: pdf(page, extra=locked).replace(b"/Root 1 0 R", b"/Encrypt 100 0 R/ID[(x)(x)]/Root 1 0 R"),
        is_refused=True,
    )
    yield Case(
        "PDF of an unknown lock",
        "a.pdf",
        lambda: pdf(page).replace(b"/Root 1 0 R", b"/Encrypt<</Filter/Nope/V 99>>/ID[(x)(x)]/Root 1 0 R"),
        is_refused=True,
    )
    loops = {
        "page tree": {2: "<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"},
        "page is its parent": {10: "<</Type/Pages/Kids[10 0 R 2 0 R]/Parent 10 0 R>>"},
        "reference": {11: "11 0 R"},
        "font": {3: "<</Type/Font/Subtype/Type0/BaseFont/X/DescendantFonts[3 0 R]/ToUnicode 3 0 R>>"},
        "length": {11: "<</Length 11 0 R>>\nstream\nx\nendstream"},
    }
    for name, extra in loops.items():
        yield Case(f"PDF loop, {name}", "a.pdf", partial(pdf, page, extra=extra))
    form = {
        100: "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 100 0 R>>>>/Length 5>>\nstream\n/X Do\nendstream"
    }
    own = {
        10: "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</XObject<</X 100 0 R>>>>/Contents 101 0 R>>",
        101: "<</Length 5>>\nstream\n/X Do\nendstream",
    }
    yield Case("PDF loop, drawing", "a.pdf", lambda: pdf(page, extra=form | own))
    previous = pdf(page)
    start = previous.rindex(b"xref\n0")
    yield Case(
        "PDF loop, tables of contents", "a.pdf", lambda: previous.replace(b"/Root 1 0 R", f"/Prev {start}/Root 1 0 R".encode())
    )
    yield Case("PDF of a million pages", "a.pdf", lambda: pdf(page, extra={2: "<</Type/Pages/Count 99999999/Kids[10 0 R]>>"}))
    kids = " ".join(["10 0 R"] * 5000)
    yield Case(
        "PDF of five thousand pages",
        "a.pdf",
        lambda: pdf(page, extra={2: f"<</Type/Pages/Count 5000/Kids[{kids}]>>"}),
        is_slow=True,
    )
    yield Case("PDF bomb", "a.pdf", partial(_packed_pdf, 1), is_slow=True)
    yield Case("PDF bomb in a bomb", "a.pdf", partial(_packed_pdf, 2), is_slow=True)
    streams = {
        "nested arrays": "[" * 20_000 + "]" * 20_000 + page,
        "nested states": "q " * 50_000 + page,
        "rulings": "\n".join(f"{n % 600} 0 m {n % 600} 700 l S" for n in range(2500)) + page,
        "rectangles": "\n".join(f"{n % 600} {n % 700} 5 5 re f" for n in range(20_000)) + page,
        "huge numbers": "9" * 400 + " 0 0 1 0 0 cm " + page,
        "no numbers": "nan inf -inf 1e999 0 0 cm " + page,
        "huge letters": lines([STORY], size=10**9),
        "no size": lines([STORY], size=0),
        "far away": lines([STORY], x=10**12),
        "letters": "".join(lines(["abcdefghij " * 8] * 60, size=3, leading=3) for _ in range(30)),
        "endless string": "BT /F1 9 Tf (" + "a" * 300_000 + ") Tj ET",
        "open string": "BT (((((((" + "(" * 50_000,
    }
    for name, content in streams.items():
        yield Case(
            f"PDF, {name}",
            "a.pdf",
            partial(pdf, content),
            is_slow=name in ("rulings", "rectangles", "letters", "endless string"),
        )
    yield Case("PDF after a page", "a.pdf", lambda: b"<html>" + pdf(page))
    yield Case("PDF without an end", "a.pdf", lambda: pdf(page).partition(b"xref")[0])
    yield Case("PDF whose facts are no facts", "a.pdf", lambda: pdf(page, info="/Title 3/Author[1 2]/CreationDate<</A 1>>"))


def _packed_pdf(times: int) -> bytes:
    data = b"0 0 m " * 20_000_000
    for _ in range(times):
        data = zlib.compress(data, 9)
    filters = "/FlateDecode " * times
    return pdf("", extra={11: f"<</Length {len(data)}/Filter[{filters}]>>\nstream\nHERE\nendstream"}).replace(b"HERE", data)


def _mails() -> Iterator[Case]:
    head = "From: a@a.example\nSubject: x\n"
    multipart = 'Content-Type: multipart/mixed; boundary="b"\n\n'
    yield Case(
        "mail of many parts",
        "a.eml",
        partial(str.encode, head + multipart + f"--b\n\n{STORY}\n" * 5000 + "--b--"),
        is_refused=True,
    )
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(2000))
    yield Case("mail, nested", "a.eml", partial(str.encode, head + deep + f"\n{STORY}"))
    yield Case(
        "mail in mail",
        "a.eml",
        partial(
            str.encode, head + "Content-Type: message/rfc822\n\n" + (head + "Content-Type: message/rfc822\n\n") * 300 + STORY
        ),
    )
    for number, boundary in enumerate(("", '""', '"' + "b" * 10_000 + '"', '"\u202e"', '"a\nb"')):
        yield Case(
            f"mail of an odd boundary {number}",
            "a.eml",
            partial(str.encode, f"{head}Content-Type: multipart/mixed; boundary={boundary}\n\n--b\n\n{STORY}"),
        )
    heads = {
        "long": "Subject: " + "x" * 1_000_000, "words": "Subject: " + "=?utf-8?q?x?= " * 5000, "bad word": "Subject: =?nope?q?=ff?= =?utf-8?b?//?=",
        "many": "X: y\n" * 50_000 + "X: z", "addresses": "To: " + "a@a.example, " * 3000, "comments": "From: " + "(" * 3000 + "a@a.example", "date": "Date: Thu, 99 Foo 99999 99:99:99 +9999",
        "empty date": "Date:", "groups": "From: " + "g: " * 2000 + ";", "quotes": 'From: "' + '\\"' * 5000, "type": "Content-Type: " + "a/" * 5000, "parameters": "Content-Type: text/plain" + "; a*0*=x" * 3000,
    }  # fmt: skip
    for name, extra in heads.items():
        yield Case(
            f"mail, head: {name}",
            "a.eml",
            partial(str.encode, f"{head}{extra}\n\n{STORY}"),
            is_slow=name in ("comments", "groups", "words", "addresses"),
        )
    for coding in ("base64", "quoted-printable", "uuencode", "gzip", "../x"):
        yield Case(
            f"mail coded {coding}",
            "a.eml",
            partial(str.encode, f"{head}Content-Transfer-Encoding: {coding}\n\n{'=' * 1000}{STORY}"),
        )
    for charset in ("nope", "utf-7", "idna", "unicode_escape", "zlib", "\u202e"):
        yield Case(
            f"mail in {charset!a}",
            "a.eml",
            partial(str.encode, f"{head}Content-Type: text/plain; charset={charset}\n\n{STORY}"),
        )
    for number, name in enumerate(
        ("../../x.txt", "/etc/passwd.txt", "a\0b.txt", "x" * 9000 + ".txt", "..\\x.pdf", "\u202etxt.exe.html")
    ):
        yield Case(f"mail, attachment {number}", "a.eml", partial(_attached, name, STORY.encode()))
    yield Case("mail, bomb", "a.eml", lambda: _attached("a.docx", zipped({"word/document.xml": b" " * 60_000_000})))
    yield Case("mail, archive", "a.eml", lambda: _attached("a.zip", zipped({"a.txt": STORY})))


def _attached(name: str, data: bytes) -> bytes:
    made = mail()
    made.add_attachment(data, maintype="application", subtype="octet-stream", filename="NAME")
    return made.as_bytes().replace(b'"NAME"', b'"' + name.encode() + b'"')


def _data() -> Iterator[Case]:
    values = {
        "deep": "[" * 100_000, "deep objects": '{"a":' * 50_000, "huge number": '{"text": "x", "id": ' + "9" * 10_000 + "}", "float": '{"text": "x", "published": 1e999}',
        "nan": '{"text": NaN}', "surrogate": '{"text": "\\ud800 a story told."}', "nul": '{"text": "\\u0000 a story told."}', "twice": '{"text": "a", "text": 3}',
        "array": "[1, 2, [3]]", "text": '"x"', "null": "null", "open": '{"text": "x', "words after": '{"text": "x"} x', "huge key": '{"' + "k" * 1_000_000 + '": 1}',
        "many keys": "{" + ",".join(f'"k{n}": 1' for n in range(50_000)) + "}", "utf-16": '{"text": "x"}'.encode("utf-16").decode("latin-1"), "id": '{"text": "A story told.", "id": "\\u202e../../x"}',
        "url": '{"text": "A story told.", "url": "javascript:alert(1)"}', "date": '{"text": "A story told.", "published": "9999-99-99"}', "proto": '{"__proto__": {"text": "x"}, "text": ["x"]}',
    }  # fmt: skip
    for name, value in values.items():
        yield Case(f"JSON, {name}", "a.json", partial(value.encode, "latin-1"))
        yield Case(f"JSONL, {name}", "a.jsonl", partial(value.encode, "latin-1"))
    yield Case("JSONL, one line", "a.jsonl", lambda: b'{"text": "' + b"a " * 3_000_000 + b'"}', is_refused=True)
    tables = {
        "open quote": 'text,id\n"' + "a\n" * 500_000, "columns": ",".join(f"c{n}" for n in range(50_000)) + ",text\nx\n", "cells": "text\n" + "x," * 200_000,
        "cell": "text\n" + "a" * 5_000_000, "formula": "text,id\n=cmd|' /C calc'!A0,1\n", "nul": "text\n\0\0\0\n", "quotes": 'text\n"""""""\n' * 1000, "carriage returns": "text\r" + "a story\r" * 1000,
        "no lines": "text", "delimiters": ";,|\t\n;,|\t", "bom": "\ufefftext\n\ufeffA story told.\n", "marks": "te\u0301xt\nx\n", "spaces": " text \n A story told. \n",
    }  # fmt: skip
    for name, value in tables.items():
        is_slow = name in ("open quote", "cell", "columns")
        yield Case(f"table, {name}", "a.csv", partial(value.encode, "utf-8"), is_slow=is_slow)
        yield Case(f"tabs, {name}", "a.tsv", partial(value.replace(",", "\t").encode, "utf-8"), is_slow=is_slow)


def _web_archives() -> Iterator[Case]:
    good = warc(("https://a.example/1", PAGE))
    for number, address in enumerate(
        ("javascript:alert(1)", "file:///etc/passwd", "", "http://[x", "x" * 100_000, "http://a.example/\u202e")
    ):
        yield Case(f"web archive of an odd address {number}", "a.warc", partial(warc, (address, PAGE)))
    length = good.index(b"Content-Length: ") + 16
    for number, value in enumerate((b"-1", b"0", b"99999999999999", b"1e9", b"x", b"")):
        yield Case(
            f"web archive of an odd length {number}",
            "a.warc",
            partial(bytes.replace, good, good[length : good.index(b"\r\n", length)], value, 1),
        )
    zeros = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"<p>" * 30_000_000)
    yield Case("web archive, bomb in a page", "a.warc", lambda: _record(zeros), is_refused=True)
    yield Case(
        "web archive, bomb",
        "a.warc.gz",
        lambda: gzip.compress(_record(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + b"<p>" * 15_000_000)),
        is_refused=True,
    )
    yield Case("web archive, zeros", "a.warc.gz", lambda: gzip.compress(b"\0" * 200_000_000), is_refused=True, is_slow=True)
    chunked = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\nx"
    yield Case("web archive, odd chunks", "a.warc", lambda: _record(chunked))
    for status in ("", "abc", "200", "99999 OK", "200 OK\r\n" + "X: y\r\n" * 5000):
        yield Case(
            f"web archive of status {status[:12]!r}", "a.warc", partial(warc, ("https://a.example/1", PAGE), status=status)
        )


def _record(answer: bytes) -> bytes:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/1\r\nWARC-Date: x\r\nContent-Type: application/http\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(answer) + answer + b"\r\n\r\n"


def _names() -> Iterator[Case]:
    """Yield files that are not what they are called."""
    foreign = {
        "PDF": pdf(lines([STORY])),
        "zip": zipped({"a.txt": STORY}),
        "program": b"\x7fELF\x02\x01" + bytes(200),
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "Office": b"\xd0\xcf\x11\xe0" + bytes(200),
    }
    holds = {"PDF": (".pdf",), "zip": (".zip",)}
    for what, data in foreign.items():
        for name in valid():
            if name[1:] not in holds.get(what, ()):
                yield Case(f"{what} called {name}", name, partial(bytes, data), is_refused=True)


def _damage() -> Iterator[Case]:
    """Yield files of every format, cut short and with some bytes changed."""
    for name, data in valid().items():
        for share in (0.1, 0.5, 0.9, 0.99):
            yield Case(f"{name} cut at {share}", name, partial(bytes, data[: int(len(data) * share)]))
        for seed in range(6):
            yield Case(f"{name} changed {seed}", name, partial(changed, data, seed))


def changed(data: bytes, seed: int) -> bytes:
    """Return bytes with a few of them overwritten, repeated or taken out, always the same for one seed."""
    chance = random.Random(seed)
    out = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(out))
        match chance.randrange(3):
            case 0:
                out[at] = chance.randrange(256)
            case 1:
                del out[at : at + chance.randint(1, 20)]
            case _:
                out[at:at] = out[at : at + chance.randint(1, 50)] * chance.randint(1, 3)
        if not out:
            break
    return bytes(out)
