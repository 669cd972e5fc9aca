"""What a file holds: one part where it is a document, many where it is an archive, a mail or a book.

Parts are read one after the other and each by itself: whatever goes wrong in one costs that part only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from rag.config import IngestConfig
from rag.errors import InputError
from rag.ingest.article import SILENT, Draft, build_article
from rag.ingest.formats.known import HEAD_BYTES, check_head
from rag.ingest.metadata import Facts
from rag.ingest.recall import Ask, Item, Known, record_key
from rag.ingest.walk import Rejected, why
from rag.types import Article

OURS = ("csv", "jsonl", "tsv", "txt")
"""Formats that are read by the standard library and our own code, a bounded piece at a time."""

MAX_DEPTH = 3
"""How deep a document may lie in others: an attachment of a mail in an archive."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or a member of one.

    `name` is its own name, `origin` what its articles give as theirs. `manifest` is what its folder's manifest says of it, and
    `first` the number of the line at which `handle` begins, where it is a piece of a file of lines. `feed` is what the feed
    says that led to it. `ask` tells what is known of a record, where anybody wants to know.
    """

    handle: BinaryIO
    kind: str
    name: str
    origin: str
    limits: IngestConfig
    manifest: Facts = SILENT
    now: datetime | None = None
    depth: int = 0
    first: int = 1
    feed: Facts = SILENT
    ask: Ask | None = None

    def known(self, raw: bytes) -> Known | None:
        """Return what is known of a record of this file, by its bytes; None where it is to be read."""
        return self.ask(record_key(self.kind, self.origin, raw)) if self.ask else None

    def data(self) -> bytes:
        """Return all of its bytes.

        Raises:
            InputError: empty, or over the limit for a document.
        """
        most = self.limits.file_mb * 1_000_000
        data = self.handle.read(most + 1)
        if len(data) > most:
            raise InputError(f"larger than {self.limits.file_mb} MB; split it, or raise the setting ingest.file_mb")
        if not data.strip():
            raise InputError("empty file")
        return data

    def article(self, draft: Draft, *, within: str = "") -> Article:
        """Return the finished article of a draft, which lies at `within` where the file holds several."""
        origin = f"{self.origin}#{within}" if within else self.origin
        return build_article(draft, origin=origin, manifest=self.manifest, feed=self.feed, now=self.now)

    def member(self, name: str, kind: str, data: bytes) -> Source:
        """Return what lies in this file under a name.

        Raises:
            InputError: deeper within others than is followed.
        """
        if self.depth + 1 > MAX_DEPTH:
            raise InputError(f"lies deeper than {MAX_DEPTH} documents within each other")
        origin = f"{self.origin}#{name}"
        inner = replace(self, handle=BytesIO(data), kind=kind, name=name, origin=origin, depth=self.depth + 1)
        return replace(inner, manifest=SILENT, feed=SILENT)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file that is read by itself; `name` is empty where it is the whole file."""

    name: str
    items: Callable[[], Iterator[Item]]


def parts_of(source: Source) -> Iterator[Part]:
    """Yield the parts of a file; none has been read yet.

    Raises:
        InputError: it is not what its name promises, or cannot be opened.
    """
    if source.handle.seekable():
        check_head(source.kind, source.handle.read(HEAD_BYTES))
        source.handle.seek(0)
    # Imported when needed: each format's parser takes up to half a second.
    match source.kind:
        case "epub":
            from rag.ingest.formats import epub

            yield from epub.parts(source)
        case "eml":
            from rag.ingest.formats import eml

            yield from eml.parts(source)
        case "warc":
            from rag.ingest.formats import warc

            yield from warc.parts(source)
        case "zip":
            from rag.ingest.formats import archive

            yield from archive.parts(source)
        case "jsonl" | "json" | "csv" | "tsv":
            yield Part("", lambda: _lines(source))
        case _:
            yield Part("", lambda: _document(source))


def items_of(source: Source) -> Iterator[Item]:
    """Yield the articles of a file, and why parts of it gave none; no input makes it raise, except a want of memory."""
    parts = Part("", lambda: (item for part in parts_of(source) for item in guarded(source, part)))
    yield from guarded(source, parts)


def guarded(source: Source, part: Part) -> Iterator[Item]:
    """Yield the items of a part, and the reason where reading it fails.

    Raises:
        MemoryError: after which nothing can be relied on.
    """
    origin = f"{source.origin}#{part.name}" if part.name else source.origin
    try:
        yield from part.items()
    except InputError as error:
        yield Rejected(origin, str(error))
    except OSError as error:
        yield Rejected(origin, why(error))
    except RecursionError:
        yield Rejected(origin, "nested too deeply")
    except MemoryError:
        raise
    except Exception as error:
        if source.kind in OURS:
            raise  # a bug of ours, and it shall be seen
        # Parsers of other people's raise whatever a damaged file leads them to.
        yield Rejected(origin, f"cannot be parsed ({type(error).__name__}); it may be damaged or cut short")


def _document(source: Source) -> Iterator[Item]:
    """Yield the one article of a document."""
    if source.ask:
        data = source.data()
        if known := source.known(data):
            yield known
            return
        source = replace(source, handle=BytesIO(data))
    yield source.article(_draft(source))


def _draft(source: Source) -> Draft:
    """Return what the reader of a document's format finds in it."""
    match source.kind:
        case "pdf":
            from rag.ingest.formats import pdf

            return pdf.parse(source)
        case "docx":
            from rag.ingest.formats import docx

            return docx.parse(source)
        case "txt":
            from rag.ingest.formats import text

            return text.parse(source.data())
        case "md":
            from rag.ingest.formats import markdown

            return markdown.parse(source.data())
        case _:
            from rag.ingest.formats import html

            return html.parse(source.data())


def _lines(source: Source) -> Iterator[Item]:
    """Yield the articles of a format that has one a line, row or element."""
    match source.kind:
        case "jsonl":
            from rag.ingest.formats.jsonl import read_jsonl

            yield from read_jsonl(
                source.handle,
                origin=source.origin,
                manifest=source.manifest,
                now=source.now,
                first=source.first,
                known=source.known,
            )
        case "json":
            from rag.ingest.formats.json_file import read_json

            yield from read_json(source)
        case _:
            from rag.ingest.formats.delimited import read_delimited

            yield from read_delimited(source)
