"""`manifest.toml`: what a folder says of the articles in it, where the files cannot say it themselves.

    [[article]]
    file = "port-strike.txt"            # in this folder
    title = "Port strike ends"          # this and all below are optional; what is left out stays unknown
    published = 2025-10-13
    known = { published = "printed on the front page" }

Other fields: `id`, `publisher`, `author`, `url`, `canonical_url`, `section`, `updated`, `language`. An entry for a JSONL file
holds for all of its lines, so it cannot give an `id`, `title` or `url`.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from rag.errors import InputError
from rag.ingest.formats.known import SEVERAL, format_of
from rag.ingest.identity import checked_id
from rag.ingest.metadata import Day, Facts, first_fault, language_code, web_url
from rag.ingest.walk import MANIFEST
from rag.types import DateOrigin

MAX_BYTES = 10_000_000


def _own_id(value: str) -> str:
    try:
        return checked_id(value)
    except InputError as error:
        raise ValueError(str(error)) from None


def _own_url(value: str) -> str:
    if not web_url(value):
        raise ValueError(f"{value[:80]!r} is not an http(s) URL")
    return value


def _own_language(value: str) -> str:
    if not language_code(value):
        raise ValueError(f"{value[:80]!r} is not a language code such as 'en'")
    return value


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Entry(_Table):
    file: str
    id: Annotated[str, AfterValidator(_own_id)] | None = None
    title: str = ""
    publisher: str = ""
    author: str = ""
    url: Annotated[str, AfterValidator(_own_url)] | None = None
    canonical_url: Annotated[str, AfterValidator(_own_url)] | None = None
    section: str = ""
    published: Day = None
    updated: Day = None
    language: Annotated[str, AfterValidator(_own_language)] | None = None
    known: str | list[str] | dict[str, str] = ""

    @property
    def facts(self) -> Facts:
        return Facts(
            id=self.id or "",
            title=self.title,
            url=self.url or "",
            publisher=self.publisher,
            author=self.author,
            published=self.published,
            published_from=DateOrigin.MANIFEST if self.published else None,
            language=self.language or "",
            section=self.section,
            canonical_url=self.canonical_url or "",
            updated=self.updated,
        )


class _Manifest(_Table):
    article: list[_Entry] = Field(default_factory=list)


def read_manifest(folder: Path) -> dict[str, Facts]:
    """Return what the folder's manifest says, by file name; nothing if it has none.

    Raises:
        InputError: unreadable, not TOML, unknown or mistyped keys, a missing file, or two entries of one file or id.
    """
    path = folder / MANIFEST
    if not os.path.isfile(path):  # unlike Path.is_file, False for every path that cannot be looked at
        return {}
    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise InputError(f"manifest over the limit of {MAX_BYTES:,} bytes")
        manifest = _Manifest.model_validate(tomllib.loads(data.decode("utf-8")))
    except OSError as error:
        raise InputError(f"manifest cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise InputError(f"manifest not used: {first_fault(error)}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"manifest is not TOML: {error}") from None
    _check(manifest, folder)
    return {entry.file: entry.facts for entry in manifest.article}


def _check(manifest: _Manifest, folder: Path) -> None:
    """Raise InputError for entries that cannot be meant."""
    files: set[str] = set()
    ids: set[str] = set()
    for entry in manifest.article:
        if entry.file != Path(entry.file).name or not os.path.isfile(folder / entry.file):
            raise InputError(f"manifest not used: no file {entry.file[:80]!r} in this folder")
        if entry.file in files or entry.id in ids:
            raise InputError(f"manifest not used: {entry.file!r} repeats a file or id")
        if format_of(entry.file) in SEVERAL and (entry.id or entry.title or entry.url):
            raise InputError(f"manifest not used: id, title and url of {entry.file!r} belong in its lines")
        files.add(entry.file)
        if entry.id:
            ids.add(entry.id)
