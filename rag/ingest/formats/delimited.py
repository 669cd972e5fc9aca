"""CSV and TSV: an article a row, under a header of the field names that JSONL has. Read a row at a time, whatever the size."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from rag.errors import InputError
from rag.ingest.formats.fields import NAMES
from rag.ingest.formats.objects import read_objects
from rag.ingest.formats.parts import Source
from rag.ingest.recall import Item

MAX_CELL_CHARS = 4_000_000
_DELIMITERS = ",;\t|"
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def read_delimited(source: Source) -> Iterator[Item]:
    """Yield the articles of a table; in reasons, `line` counts its rows, the header being the first.

    Raises:
        InputError: binary, no header, or no rows.
    """
    lines = _lines(source)
    header = next(lines, "")
    delimiter = "\t" if source.kind == "tsv" else _delimiter(header)
    csv.field_size_limit(MAX_CELL_CHARS)  # the interpreter's own is an eighth of the longest article's
    rows = csv.reader(chain([header], lines), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(rows)]
    except (csv.Error, StopIteration):
        raise InputError("no header; the first row names the columns, one of them `text`") from None
    if len([name for name in names if name]) == 0 or len(set(filter(None, names))) < len([name for name in names if name]):
        raise InputError("the first row is no header: it names a column twice, or none")
    if not {re.sub(r"[\W_]+", "", name).lower() for name in names} & set(NAMES["text"]):
        shown = ", ".join(repr(name[:40]) for name in names[:8])
        raise InputError(f"no column for the text among {shown}; name it {' or '.join(NAMES['text'][:4])}")
    yield from read_objects(source, chain([None], _objects(rows, names)))


def _objects(rows: Any, names: list[str]) -> Iterator[dict[str, str] | None]:
    """Yield each row as an object without its empty cells; None for an empty row."""
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield {"row": f"unreadable ({error})"}
            continue
        cells = {name: cell for name, cell in zip(names, row, strict=False) if name and cell.strip()}
        yield cells or None


def _delimiter(header: str) -> str:
    """Return what stands between the names of a header outside of quotes; a comma where there is one name."""
    bare = "".join(piece for number, piece in enumerate(header.split('"')) if number % 2 == 0)
    return max(_DELIMITERS, key=bare.count)


def _lines(source: Source) -> Iterator[str]:
    """Yield the lines of a table as text: by its mark, else UTF-8, and what is not, cp1252, line by line."""
    first = source.handle.readline(MAX_CELL_CHARS)
    mark, encoding = next(((mark, name) for mark, name in _MARKS if first.startswith(mark)), (b"", ""))
    if encoding.startswith("utf-16"):
        rest = io.BytesIO(first + source.data())
        rest.seek(len(mark))
        yield from io.TextIOWrapper(rest, encoding=encoding, errors="replace", newline="")
        return
    if b"\0" in first:
        raise InputError("binary, not text")
    line = first.removeprefix(mark)
    while line:
        text = line.replace(b"\0", b"")
        try:
            yield text.decode("utf-8")
        except UnicodeDecodeError:
            yield text.decode("cp1252", "replace")
        line = source.handle.readline(MAX_CELL_CHARS)
