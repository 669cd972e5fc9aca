"""Articles from files: find them, read each by its format, finish what was read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from rag.errors import InputError
from rag.ingest.article import SILENT, Draft, build_article
from rag.ingest.formats.jsonl import read_jsonl
from rag.ingest.manifest import read_manifest
from rag.ingest.metadata import Facts
from rag.ingest.walk import MANIFEST, Rejected, files_under, origin_of, why
from rag.types import Article

MAX_FILE_BYTES = 20_000_000


def read_articles(paths: Sequence[Path], *, now: datetime) -> Iterator[Article | Rejected]:
    """Yield, one at a time, the articles in `paths`, or why a path, line or manifest gave none; nothing raises.

    Order: paths as given, a folder's files sorted by name, lines as they stand. A file reached twice is read once.

    Args:
        paths: Files (.txt .md .markdown .html .htm .jsonl) and folders of them.
        now: The aware time of reading: becomes `fetched_at`, and dates more than two days later count as unknown.
    """
    manifests: dict[str, dict[str, Facts]] = {}
    seen: set[str] = set()
    for found in files_under(paths):
        if isinstance(found, Rejected):
            yield found
            continue
        origin = origin_of(found)
        if origin in seen:
            continue
        seen.add(origin)
        folder = os.path.realpath(found.parent)
        if folder not in manifests:
            manifests[folder] = {}
            try:
                manifests[folder] = read_manifest(found.parent)
            except InputError as error:
                yield Rejected(origin_of(found.parent / MANIFEST), str(error))
        yield from _read(found, origin=origin, manifest=manifests[folder].get(found.name, SILENT), now=now)


def read_passages(path: Path) -> list[Article]:
    """Return the articles of a JSONL file to answer from, in order; a line that stands there twice counts once.

    Raises:
        InputError: unreadable or empty file, the first bad line, or one id given to two texts.
    """
    passages: dict[str, Article] = {}
    try:
        with path.open("rb") as handle:
            for item in read_jsonl(handle, origin=origin_of(path)):
                if isinstance(item, Rejected):
                    raise InputError(item.reason)
                if passages.setdefault(item.id, item).content_hash != item.content_hash:
                    raise InputError(f"id {item.id!r} stands on two different passages; give each its own")
    except InputError as error:
        raise InputError(f"passages file {str(path)!r}: {error}; each line is a JSON object with `text`") from None
    except (OSError, ValueError) as error:
        raise InputError(f"passages file {str(path)!r} cannot be read: {why(error)}") from None
    return list(passages.values())


def _read(path: Path, *, origin: str, manifest: Facts, now: datetime) -> Iterator[Article | Rejected]:
    """Yield what one file gives."""
    try:
        if path.suffix.lower() == ".jsonl":
            with path.open("rb") as handle:
                yield from read_jsonl(handle, origin=origin, manifest=manifest, now=now)
        else:
            yield build_article(_draft(path), origin=origin, manifest=manifest, now=now)
    except InputError as error:
        yield Rejected(origin, str(error))
    except OSError as error:
        yield Rejected(origin, why(error))


def _draft(path: Path) -> Draft:
    """Return what the reader of the file's format finds in it."""
    with path.open("rb") as handle:
        data = handle.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"larger than {MAX_FILE_BYTES // 1_000_000} MB; split it")
    if not data.strip():
        raise InputError("empty file")
    # Imported when needed: trafilatura alone takes 0.3 s.
    match path.suffix.lower():
        case ".txt":
            from rag.ingest.formats import text

            return text.parse(data)
        case ".md" | ".markdown":
            from rag.ingest.formats import markdown

            return markdown.parse(data)
        case _:
            from rag.ingest.formats import html

            return html.parse(data)
