"""Small files of each format, made by code: what the tests read, and what the hostile ones are made from."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage

STORY = "The strike at the harbour ended on Monday after twelve days, the union said."
MORE = "Dockers will return to work on Tuesday with a rise in pay of four per cent."
PAGE = f"""<html lang="en"><head><title>Strike ends</title></head><body><article><h1>Strike ends</h1>
<p>{STORY}</p><p>{MORE}</p></article></body></html>"""


def pdf(*pages: str, info: str = "", extra: dict[int, str] | None = None, catalog: str = "") -> bytes:
    """Return a PDF whose pages (612 by 792 points) are the given content streams, with Helvetica as /F1."""
    n = len(pages)
    objects = {
        1: f"<</Type/Catalog/Pages 2 0 R {catalog}>>",
        2: f"<</Type/Pages/Count {n}/Kids[{' '.join(f'{10 + 2 * i} 0 R' for i in range(n))}]>>",
        3: "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        4: f"<<{info}>>",
    }
    for i, content in enumerate(pages):
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents {11 + 2 * i} 0 R>>"
        objects[10 + 2 * i] = page
        objects[11 + 2 * i] = f"<</Length {len(content.encode('cp1252'))}>>\nstream\n{content}\nendstream"
    objects |= extra or {}
    out, offsets = bytearray(b"%PDF-1.4\n"), {}
    for number, body in sorted(objects.items()):
        offsets[number] = len(out)
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    start = len(out)
    out += f"xref\n0 {max(objects) + 1}\n".encode()
    for number in range(max(objects) + 1):
        out += (f"{offsets[number]:010} 00000 n \n" if number in offsets else "0000000000 65535 f \n").encode()
    out += f"trailer\n<</Size {max(objects) + 1}/Root 1 0 R/Info 4 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def lines(
    texts: Sequence[str], *, x: float = 72, y: float = 700, size: float = 10, leading: float = 12, colour: str = ""
) -> str:
    """Return the drawing of lines of text, one below the other, from a point counted from the page's lower left corner."""
    shown = " ".join(f"({text.replace('(', '[').replace(')', ']')}) Tj T*" for text in texts)
    return f"\nBT {colour} /F1 {size} Tf {leading} TL {x} {y} Td {shown} ET\n"


def grid(rows: Sequence[Sequence[str]], *, x: float = 72, y: float = 500, width: float = 100, height: float = 20) -> str:
    """Return the drawing of a ruled table."""
    n_rows, n_columns = len(rows), len(rows[0])
    rules = [f"{x} {y - i * height} m {x + n_columns * width} {y - i * height} l S" for i in range(n_rows + 1)]
    rules += [f"{x + i * width} {y} m {x + i * width} {y - n_rows * height} l S" for i in range(n_columns + 1)]
    words = [
        f"BT /F1 10 Tf {x + j * width + 4} {y - i * height - 14} Td ({cell}) Tj ET"
        for i, row in enumerate(rows)
        for j, cell in enumerate(row)
    ]
    return "\n" + "\n".join(rules + words) + "\n"


def docx(body: str = "", **properties: object) -> bytes:
    """Return a Word document: a heading, two paragraphs, a table, and raw XML of the body after them."""
    from docx import Document
    from docx.oxml import parse_xml

    document = Document()
    document.add_heading("Strike ends", 0)
    document.add_paragraph(STORY)
    document.add_heading("What comes next", 1)
    document.add_paragraph(MORE)
    table = document.add_table(0, 2)
    for row in (("Port", "Ships"), ("North|South", "310")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for element in parse_xml(f"<w:body {space}>{body}</w:body>"):
        document.element.body.insert(len(document.element.body) - 1, element)
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zipped(members: dict[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def epub(chapters: dict[str, str] | None = None, *, opf: str = "", **files: str) -> bytes:
    """Return a book of a chapter a title, with a table of contents; `opf` is put among its facts."""
    chapters = chapters if chapters is not None else {"Strike ends": f"<h1>x</h1><p>{STORY}</p><p>{MORE}</p>"}
    names = [f"c{number}.xhtml" for number in range(len(chapters))]
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in names)
    spine = "".join(f'<itemref idref="{name}"/>' for name in names)
    points = "".join(
        f'<li><a href="{name}#top">{title}</a></li>' for name, title in zip(names, chapters, strict=True) if title.strip("+")
    )
    html = '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>{}</body></html>'
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        "OEBPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>Harbour Weekly</dc:title><dc:language>en</dc:language>{opf}</metadata>"
        f'<manifest>{items}<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
        f"<spine>{spine}</spine></package>",
        "OEBPS/nav.xhtml": html.format(f'<nav epub:type="toc"><ol>{points}</ol></nav>'),
        **{f"OEBPS/{name}": html.format(body) for name, body in zip(names, chapters.values(), strict=True)},
        **files,
    }
    return zipped(members)


def mail(*, html: str = "", plain: str = f"{STORY}\n\n{MORE}\n", **heads: str) -> EmailMessage:
    """Return a newsletter."""
    made = EmailMessage()
    known = {"Subject": "Strike ends", "From": "Harbour Post <news@harbour.example>", "Date": "Mon, 13 Oct 2025 08:00:00 +0000"}
    for name, value in (known | heads).items():
        made[name] = value
    made.set_content(plain)
    if html:
        made.add_alternative(html, subtype="html")
    return made


def warc(*pages: tuple[str, str], status: str = "200 OK", kind: str = "text/html", packed: bool = False) -> bytes:
    """Return a web archive of addresses and their pages."""
    out = bytearray()
    for address, page in pages:
        answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + page.encode()
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\nWARC-Date: 2025-11-02T10:00:00Z\r\n"
            "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
        )
        record = head.encode() + answer + b"\r\n\r\n"
        out += gzip.compress(record) if packed else record
    return bytes(out)
