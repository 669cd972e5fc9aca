"""Rows and elements as lines of JSON, so that all data sets are read by the one reader that knows their field names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from rag.ingest.formats.jsonl import read_jsonl
from rag.ingest.formats.parts import Source
from rag.ingest.recall import Item


def read_objects(source: Source, objects: Iterator[Any]) -> Iterator[Item]:
    """Yield the articles of JSON objects; None keeps the place of one that is none, such as a table's header.

    Raises:
        InputError: there are none.
    """
    lines = cast(BinaryIO, _Lines(objects))
    yield from read_jsonl(lines, origin=source.origin, manifest=source.manifest, now=source.now, known=source.known)


class _Lines:
    """As much of a file as the reader of lines asks for."""

    def __init__(self, objects: Iterator[Any]) -> None:
        self._objects = objects
        self._rest = b""

    def readline(self, size: int) -> bytes:
        line = self._rest
        if not line:
            try:
                item = next(self._objects)
            except StopIteration:
                return b""
            line = (b"" if item is None else json.dumps(item).encode()) + b"\n"
        self._rest = line[size:]
        return line[:size]
