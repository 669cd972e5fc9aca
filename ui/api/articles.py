"""`/api/articles`: what the library holds, and more of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Query, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from rag.errors import EmptyLibraryError
from rag.ingest import Rejected, Sandbox, read_articles
from rag.ingest.walk import origin_of
from rag.shapes import source_shape
from rag.types import Action, Article, IngestItem
from ui.adding import FILE_TYPES, add
from ui.api.asking import relayed
from ui.api.errors import ApiError
from ui.api.wire import AddBody, shape_of
from ui.backend import Backend

MAX_FILES = 200


def router(backend: Backend) -> APIRouter:
    """Return the routes; those that add are left out where the settings say so."""
    routes = APIRouter(prefix="/api/articles", tags=["Articles"])

    @routes.get("")
    async def articles(
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        offset: Annotated[int, Query(ge=0, le=100_000_000)] = 0,
        publisher: Annotated[str, Query(max_length=300)] = "",
    ) -> Response:
        """List the articles, newest first, those without a date last; `total` counts those of all pages."""

        def listed() -> dict[str, Any]:
            try:
                library = backend.assistant().library
            except EmptyLibraryError:
                return {"total": 0, "limit": limit, "offset": offset, "articles": []}
            total = len(library.select(publisher=publisher)) if publisher else library.count()
            found = library.listed(limit=limit, offset=offset, publisher=publisher)
            shapes = [{**source_shape(source), "flags": list(source.flags)} for source in found]
            return {"total": total, "limit": limit, "offset": offset, "articles": shapes}

        return JSONResponse(await run_in_threadpool(listed))

    @routes.get("/{article_id:path}")
    async def article(article_id: str) -> Response:
        """Return an article: its text, which the offsets of citations count in, and all that is known of it."""
        return JSONResponse(await run_in_threadpool(lambda: article_shape(backend.assistant().library.article(article_id))))

    if not backend.config.api.add:
        return routes

    @routes.post("", status_code=201)
    async def add_articles(body: AddBody) -> Response:
        """Add articles, or replace what their ids or URLs named before; the reply says what became of each."""
        lines = "".join(json.dumps(shape_of(one), ensure_ascii=False) + "\n" for one in body.articles)
        return await _added(backend, [("api.jsonl", lines.encode("utf-8", "replace"))])

    @routes.post("/upload", status_code=201)
    async def upload(files: list[UploadFile]) -> Response:
        """Add the articles in files (`.txt`, `.md`, `.html`, `.jsonl`), as `rag ingest` would."""
        if len(files) > MAX_FILES:
            raise ApiError(f"{len(files)} files at once; send {MAX_FILES} at most", code="too_many", param="files")
        return await _added(backend, [(_file_name(file.filename or ""), await file.read()) for file in files])

    return routes


def article_shape(article: Article) -> dict[str, Any]:
    """Return an article as programs get it."""
    return {
        **source_shape(article.source),
        "text": article.text,
        "author": article.author,
        "language": article.language,
        "flags": list(article.flags),
        "published_from": article.published_from.value if article.published_from else None,
        "fetched_at": article.fetched_at.isoformat() if article.fetched_at else None,
        "content_hash": article.content_hash,
    }


async def _added(backend: Backend, files: Sequence[tuple[str, bytes]]) -> Response:
    """Return the reply to articles that were sent as files, once all of them are durable."""

    def adding() -> Generator[IngestItem, None, None]:
        with tempfile.TemporaryDirectory() as folder, Sandbox(backend.config.ingest) as sandbox:
            yield from add(backend, _articles(Path(folder), files, sandbox))

    items: list[IngestItem] = []
    async for item in relayed(adding, at_end=lambda: None):
        items.append(item)
    counts = {action.value: sum(item.action is action for item in items) for action in Action}
    shapes = [
        {
            "action": item.action.value,
            "article_id": item.article_id,
            "title": item.title,
            "origin": item.origin,
            "reason": item.reason,
        }
        for item in items
    ]
    is_any_in = not items or any(item.action is not Action.REJECTED for item in items)
    return JSONResponse({**counts, "items": shapes}, status_code=201 if is_any_in else 422)


def _articles(folder: Path, files: Sequence[tuple[str, bytes]], sandbox: Sandbox) -> Iterator[Article | Rejected]:
    """Yield the articles of files, under the names that they had where they came from."""
    now = datetime.now(UTC)
    for number, (name, data) in enumerate(files):
        place = folder / str(number)
        place.mkdir()
        file = place / name
        file.write_bytes(data)
        here, there = origin_of(file), "api" if name == "api.jsonl" else f"upload:{name}"
        for found in read_articles([file], now=now, sandbox=sandbox):
            yield replace(found, origin=found.origin.replace(here, there, 1))


def _file_name(name: str) -> str:
    """Return the last part of a file's name.

    Raises:
        ApiError: it is of no format that can be read.
    """
    last = PurePosixPath(name.replace("\\", "/").replace("\0", "")).name[-150:]
    if not last.lower().endswith(FILE_TYPES):
        raise ApiError(
            f"{last!r} is of no format that can be read; send {' '.join(FILE_TYPES)}", code="bad_file", param="files"
        )
    return last
