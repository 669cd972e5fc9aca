"""Articles from files: find them, have each read by its format, in parallel where that is worth a process."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path, PurePath
from typing import BinaryIO, overload
from zipfile import ZipFile

from rag.config import IngestConfig
from rag.errors import InputError
from rag.ingest.article import SILENT
from rag.ingest.formats.jsonl import read_jsonl
from rag.ingest.formats.known import FORMATS, HEAD_BYTES, SEVERAL, check_head, format_of, sniff, unknown_type
from rag.ingest.formats.parts import OURS, Source, items_of
from rag.ingest.manifest import read_manifest
from rag.ingest.metadata import Facts
from rag.ingest.recall import Item, ReadAgain, Recall, Records, articles_of
from rag.ingest.sandbox.pool import Job, Sandbox
from rag.ingest.sandbox.wire import Task
from rag.ingest.walk import MANIFEST, Rejected, files_under, origin_of, printable, why
from rag.types import Article

STDIN = "stdin"
"""What articles of standard input give as their origin."""

_PLAIN_BYTES = 200_000
"""Text, lines and rows up to this are read here: less harm can be in them than starting a process takes time."""

_BLOCK = 1 << 18
"""Bytes of a file of lines that one process reads at a time: about a hundred articles."""


@overload
def read_articles(
    paths: Sequence[Path], *, now: datetime, sandbox: Sandbox | None = None, recall: None = None
) -> Iterator[Article | Rejected]: ...


@overload
def read_articles(
    paths: Sequence[Path], *, now: datetime, sandbox: Sandbox | None = None, recall: Recall
) -> Iterator[Item]: ...


def read_articles(
    paths: Sequence[Path], *, now: datetime, sandbox: Sandbox | None = None, recall: Recall | None = None
) -> Iterator[Item]:
    """Yield, one at a time, the articles in `paths`, or why a path, part or manifest gave none; nothing raises.

    Order: paths as given, a folder's files sorted by name, lines and members as they stand. A file reached twice is read
    once. Files other than plain text and lines are parsed in other processes, several at once.

    Args:
        paths: Files of the formats in `formats.known`, and folders of them.
        now: The aware time of reading: becomes `fetched_at`, and dates more than two days later count as unknown.
        sandbox: Processes to use and their limits; None starts some with the limits' defaults, and ends them.
        recall: What the library knows of them: a record that it holds, just as it would be read again, is not read but
            yielded as `Known`.
    """
    with _borrowed(sandbox) as readers:
        items = readers.read_all(_jobs(paths, readers, now, recall))
        yield from recall.in_order(items) if recall else items


def read_upload(
    name: str, data: bytes | Path, *, now: datetime, sandbox: Sandbox | None = None
) -> Iterator[Article | Rejected]:
    """Yield the articles of one file that somebody handed over, as `read_articles` does; any thread may call it.

    Args:
        name: What they call it, which says its format and is never opened. Two files of one name are two files: an
            article's origin is `upload:NAME#` and a hash of the bytes.
        data: The bytes, or the file that holds them.
    """
    base = PurePath(name.replace("\\", "/")).name
    shown = printable(base.encode("utf-8", "replace").decode())[-200:]
    kind = format_of(base)
    if not kind:
        yield Rejected(f"upload:{shown}", unknown_type(PurePath(base).suffix))
        return
    try:
        with BytesIO(data) if isinstance(data, bytes) else _open(data) as stream:
            origin = f"upload:{shown}#{_digest(stream)}"
            yield from articles_of(_handed_over(stream, kind, shown, origin, now, sandbox))
    except OSError as error:
        yield Rejected(f"upload:{shown}", why(error))


def read_stream(
    stream: BufferedReader, *, now: datetime, kind: str = "", sandbox: Sandbox | None = None
) -> Iterator[Article | Rejected]:
    """Yield the articles of a stream without a name, such as standard input; lines and rows are read as they come.

    An article's origin is `stdin#` and its id or address, or a hash of the document's bytes.

    Args:
        kind: A format of `formats.known`; empty looks at the first bytes.

    Raises:
        InputError: `kind` is no format.
    """
    if kind and kind not in FORMATS:
        raise InputError(f"unknown format {kind!r}; known are {' '.join(FORMATS)}")
    kind = kind or sniff(stream.peek(HEAD_BYTES)[:HEAD_BYTES])
    limits = sandbox.limits if sandbox else IngestConfig()
    if kind in OURS and kind != "txt":
        yield from articles_of(items_of(Source(stream, kind, STDIN, STDIN, limits, now=now)))
        return
    most = 1_000_000 * (limits.archive_mb if kind in SEVERAL else limits.file_mb)
    with tempfile.TemporaryFile() as spooled:
        while block := stream.read(_BLOCK):
            spooled.write(block)
            if spooled.tell() > most:
                yield Rejected(STDIN, f"over the limit of {most // 1_000_000:,} MB; save it and name the file")
                return
        spooled.seek(0)
        origin = STDIN if kind in ("json", "warc") else f"{STDIN}#{_digest(spooled)}"
        yield from articles_of(_handed_over(spooled, _inside(kind, spooled), STDIN, origin, now, sandbox))


def read_passages(path: Path) -> list[Article]:
    """Return the articles of a JSONL file to answer from, in order; a line that stands there twice counts once.

    Raises:
        InputError: unreadable or empty file, the first bad line, or one id given to two texts.
    """
    passages: dict[str, Article] = {}
    try:
        with path.open("rb") as handle:
            for item in articles_of(read_jsonl(handle, origin=origin_of(path))):
                if isinstance(item, Rejected):
                    raise InputError(item.reason)
                if passages.setdefault(item.id, item).content_hash != item.content_hash:
                    raise InputError(f"id {item.id!r} stands on two different passages; give each its own")
    except InputError as error:
        raise InputError(f"passages file {str(path)!r}: {error}; each line is a JSON object with `text`") from None
    except (OSError, ValueError) as error:
        raise InputError(f"passages file {str(path)!r} cannot be read: {why(error)}") from None
    return list(passages.values())


def _jobs(paths: Sequence[Path], readers: Sandbox, now: datetime, recall: Recall | None) -> Iterator[Job | Iterator[Item]]:
    """Yield what is to be done for each file, in order."""
    manifests: dict[str, dict[str, Facts]] = {}
    seen: set[str] = set()
    for found in files_under(paths):
        if isinstance(found, Rejected):
            yield iter([found])
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
                yield iter([Rejected(origin_of(found.parent / MANIFEST), str(error))])
        facts = manifests[folder].get(found.name, SILENT)
        task = Task(format_of(found.name), found.name, origin, readers.limits, facts, now, asks=recall is not None)
        if _is_harmless(found, task.kind):
            yield _read_here(found, task, _records(recall, task, partial(_read_here, found, task)))
        elif task.kind == "jsonl":
            for job in _in_blocks(found, task):
                yield _asking(job, readers, recall) if isinstance(job, Job) else job
        else:
            yield _asking(Job(task, partial(_open, found)), readers, recall)


def _asking(job: Job, readers: Sandbox, recall: Recall | None) -> Job:
    """Return a job whose worker is told what is known."""

    def again(records: Records) -> Iterator[Item]:
        return readers.read(replace(job, records=records), is_awaited=True)

    return replace(job, records=_records(recall, job.task, again))


def _records(recall: Recall | None, task: Task, again: ReadAgain) -> Records | None:
    return recall.records(task.shaping, again) if recall else None


def _handed_over(stream: BinaryIO, kind: str, name: str, origin: str, now: datetime, sandbox: Sandbox | None) -> Iterator[Item]:
    """Yield what an open file gives."""
    with _borrowed(sandbox) as readers:
        if kind in OURS:
            yield from items_of(Source(stream, kind, name, origin, readers.limits, now=now))
        else:
            task = Task(kind, name, origin, readers.limits, SILENT, now)
            yield from readers.read(Job(task, lambda: _spooled(stream)))


def _read_here(path: Path, task: Task, records: Records | None) -> Iterator[Item]:
    """Yield what a file gives, read by this process."""
    try:
        with _open(path) as handle:
            source = Source(handle, task.kind, task.name, task.origin, task.limits, task.manifest, task.now)
            if records:
                yield from map(records.named, items_of(replace(source, ask=records.ask)))
            else:
                yield from items_of(source)
    except (OSError, ValueError) as error:
        yield Rejected(task.origin, why(error))


def _in_blocks(path: Path, task: Task) -> Iterator[Job | Iterator[Item]]:
    """Yield the pieces of a file of lines, so that all processes are at it."""
    try:
        with _open(path) as handle:
            start = at = 0
            first = 1
            while block := handle.read(_BLOCK):
                if at == 0:
                    check_head(task.kind, block[:HEAD_BYTES])
                if cut := block.rfind(b"\n") + 1:
                    yield Job(replace(task, start=start, stop=at + cut, first=first), partial(_open, path))
                    start, first = at + cut, first + block.count(b"\n", 0, cut)
                at += len(block)
            if start < at:
                yield Job(replace(task, start=start, stop=at, first=first), partial(_open, path))
    except InputError as error:
        yield iter([Rejected(task.origin, str(error))])
    except (OSError, ValueError) as error:
        yield iter([Rejected(task.origin, why(error))])


def _is_harmless(path: Path, kind: str) -> bool:
    """Whether a file is read without a process of its own: no parser but ours looks at it, and it is short."""
    try:
        return kind in OURS and path.stat().st_size <= _PLAIN_BYTES
    except (OSError, ValueError):
        return True  # reading it will say why


def _open(path: Path) -> BinaryIO:
    """Open a regular file; one that became a pipe or a device since it was found does not make anybody wait."""
    handle = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
        handle.close()
        raise OSError(0, "not a regular file")
    return handle


def _spooled(stream: BinaryIO) -> BinaryIO:
    """Return an open file of the bytes of a stream, which a worker can be handed."""
    spooled = tempfile.TemporaryFile()  # noqa: SIM115 — whoever asked for it closes it
    stream.seek(0)
    shutil.copyfileobj(stream, spooled)
    spooled.flush()
    return spooled


def _digest(stream: BinaryIO) -> str:
    """Return 16 hex digits of the hash of a file's bytes, and go back to its beginning."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()[:16]


def _inside(kind: str, stream: BinaryIO) -> str:
    """Return what a zip archive without a name is by what lies in it: `zip`, `docx` or `epub`."""
    if kind != "zip":
        return kind
    try:
        with ZipFile(stream) as archive:
            names = archive.namelist()
    except Exception:  # whatever is wrong with it, the reader says so
        names = []
    stream.seek(0)
    return "docx" if "word/document.xml" in names else "epub" if "META-INF/container.xml" in names else "zip"


@contextmanager
def _borrowed(sandbox: Sandbox | None) -> Iterator[Sandbox]:
    """Give the caller's sandbox, or a new one that is closed afterwards."""
    if sandbox:
        yield sandbox
    else:
        with Sandbox() as own:
            yield own
