"""Books and newspapers as EPUB: each chapter of the table of contents is an article, which is what a citation should name.

A newspaper that a program has bound has an article a chapter; of a book, a chapter is what one quotes. Files of the
spine that the table of contents does not name go on with the chapter before them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from rag.errors import InputError
from rag.ingest.article import Draft
from rag.ingest.decode import decode
from rag.ingest.formats.archive import open_zip, read_member
from rag.ingest.formats.markup import drop_hidden, load_tree, plain_lines
from rag.ingest.formats.parts import Part, Source
from rag.ingest.formats.properties import property_day, usable_title
from rag.ingest.metadata import Facts, web_url
from rag.ingest.recall import Item
from rag.types import DateOrigin

MAX_CHAPTERS = 5000
MIN_WORDS = 20
"""A chapter of fewer is a cover, a half title or a page of adverts."""

_DC = "{http://purl.org/dc/elements/1.1/}"


@dataclass(slots=True)
class _Chapter:
    title: str
    files: list[str] = field(default_factory=list)


def parts(source: Source) -> Iterator[Part]:
    """Yield a part for each chapter.

    Raises:
        InputError: no EPUB, encrypted, or over a limit.
    """
    with open_zip(source) as archive:
        if "META-INF/encryption.xml" in archive.namelist() and b"EncryptedData" in _read(
            archive, "META-INF/encryption.xml", source
        ):
            raise InputError("encrypted (DRM); only its publisher's reader can open it")
        container = _xml(_read(archive, "META-INF/container.xml", source))
        root = next((str(found) for found in container.xpath("//*[local-name()='rootfile']/@full-path")), "")
        package = _xml(_read(archive, root, source))
        facts = _facts(package)
        chapters = _chapters(archive, package, posixpath.dirname(root), source)
        for chapter in chapters[:MAX_CHAPTERS]:
            yield Part(chapter.files[0], partial(_items, source, archive, chapter, facts))


def _items(source: Source, archive: ZipFile, chapter: _Chapter, facts: Facts) -> Iterator[Item]:
    texts, heading, address = [], "", ""
    for name in chapter.files:
        tree = load_tree(decode(_read(archive, name, source)))
        drop_hidden(tree)
        heading = heading or next((" ".join(found.text_content().split()) for found in tree.xpath("//h1 | //h2")), "")
        address = address or _downloaded_from(tree)
        texts.append(plain_lines(tree))
    text = "\n\n".join(texts)
    if len(text.split()) >= MIN_WORDS:
        named = replace(facts, title=usable_title(chapter.title) or heading, url=address)
        yield source.article(Draft(text, page=named), within=chapter.files[0])


def _chapters(archive: ZipFile, package: Any, folder: str, source: Source) -> list[_Chapter]:
    """Return the chapters in reading order."""
    files = {item.get("id"): item for item in package.xpath("//*[local-name()='manifest']/*[local-name()='item']")}
    titles = _contents(archive, files, folder, source)
    chapters: list[_Chapter] = []
    seen: set[str] = set()
    for reference in package.xpath("//*[local-name()='spine']/*[local-name()='itemref']/@idref"):
        item = files.get(str(reference))
        if item is None or "html" not in (item.get("media-type") or "") or "nav" in (item.get("properties") or "").split():
            continue
        name = _path(folder, item.get("href") or "")
        if name in seen:
            continue  # a spine that names one file a thousand times
        seen.add(name)
        if name in titles or not titles or not chapters:
            chapters.append(_Chapter(titles.get(name, "")))
        chapters[-1].files.append(name)
    if not chapters:
        raise InputError("no chapter in the book")
    return chapters


def _contents(archive: ZipFile, files: dict[str, Any], folder: str, source: Source) -> dict[str, str]:
    """Return the title of each file that the table of contents names; of several in one file, the first."""
    titles: dict[str, str] = {}
    for item in files.values():
        properties, kind = (item.get("properties") or "").split(), item.get("media-type") or ""
        if "nav" not in properties and kind != "application/x-dtbncx+xml":
            continue
        name = _path(folder, item.get("href") or "")
        tree = _xml(_read(archive, name, source))
        here = posixpath.dirname(name)
        for link in tree.xpath("//*[local-name()='nav'][not(@hidden)][1]//*[local-name()='a'][@href]"):
            titles.setdefault(_path(here, link.get("href")), " ".join("".join(link.itertext()).split()))
        for point in tree.xpath("//*[local-name()='navPoint']"):
            target = next(iter(point.xpath("./*[local-name()='content']/@src")), "")
            titles.setdefault(
                _path(here, str(target)), " ".join("".join(point.xpath("./*[local-name()='navLabel']//text()")).split())
            )
    return titles


def _facts(package: Any) -> Facts:
    """Return what holds for every chapter: a newspaper's or book's name, and its day."""

    def first(name: str) -> str:
        return next((" ".join(found.text.split()) for found in package.iter(f"{_DC}{name}") if found.text), "")

    day = property_day(first("date"))
    return Facts(
        origin="properties",
        publisher=first("publisher") if first("publisher").casefold() not in ("", "calibre") else first("title"),
        author=", ".join(
            " ".join(found.text.split()) for found in package.iter(f"{_DC}creator") if found.text and found.text != "calibre"
        ),
        published=day,
        published_from=DateOrigin.META if day else None,
        language=first("language"),
    )


def _downloaded_from(tree: Any) -> str:
    """Return the address that calibre notes below each article it has fetched."""
    for link in tree.xpath("//a[@href][starts-with(@rel, 'calibre-downloaded-from')]"):
        return web_url(link.get("href"))
    return ""


def _read(archive: ZipFile, name: str, source: Source) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise InputError(f"damaged: it names {name[:100]!r} and does not hold it") from None
    return read_member(archive, info, source.limits)


def _path(folder: str, reference: str) -> str:
    """Return the member that a reference leads to; one that leads out of the book names no member."""
    return posixpath.normpath(posixpath.join(folder, unquote(reference.partition("#")[0]))).lstrip("/")


def _xml(data: bytes) -> Any:
    from lxml import etree  # type: ignore[import-untyped]

    # No entity is expanded, nothing is fetched, and libxml2's own bounds on depth and size stay on.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f"damaged: {str(error)[:100]}") from None
