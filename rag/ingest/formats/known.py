"""Which formats there are, by the suffix of a name, and whether bytes begin as their name promises."""

from __future__ import annotations

import re
from pathlib import PurePath

from rag.errors import InputError

FORMATS: dict[str, tuple[str, ...]] = {
    "csv": (".csv",),
    "docx": (".docx",),
    "eml": (".eml",),
    "epub": (".epub",),
    "html": (".html", ".htm", ".xhtml"),
    "json": (".json",),
    "jsonl": (".jsonl", ".ndjson"),
    "md": (".md", ".markdown"),
    "pdf": (".pdf",),
    "tsv": (".tsv",),
    "txt": (".txt",),
    "warc": (".warc", ".warc.gz"),
    "zip": (".zip",),
}
"""Suffixes of each format, the usual one first."""

SUFFIXES = tuple(sorted(suffix for suffixes in FORMATS.values() for suffix in suffixes))
LISTED = " ".join(suffixes[0] for suffixes in FORMATS.values())
"""One suffix of each format, for messages."""

SEVERAL = ("csv", "eml", "epub", "json", "jsonl", "tsv", "warc", "zip")
"""Formats of which one file holds several articles, so that none of them can have its id, title or address."""

HEAD_BYTES = 4096
"""How many of a file's first bytes tell what it is."""

_MAGIC = (
    (b"%PDF-", "PDF", ("pdf",)),
    (b"PK\x03\x04", "ZIP", ("zip", "docx", "epub")),
    (b"PK\x05\x06", "ZIP", ("zip", "docx", "epub")),  # an empty one
    (b"\x1f\x8b", "gzip", ("warc",)),
    (b"WARC/", "WARC", ("warc",)),
    (b"\xd0\xcf\x11\xe0", "old or encrypted Office", ()),
    (b"{\\rtf", "RTF", ()),
    (b"\x89PNG", "PNG", ()),
    (b"\xff\xd8\xff", "JPEG", ()),
    (b"GIF8", "GIF", ()),
    (b"\x7fELF", "program", ()),
    (b"MZ\x90", "program", ()),
    (b"7z\xbc\xaf", "7-Zip", ()),
    (b"Rar!", "RAR", ()),
    (b"SQLite format 3", "SQLite", ()),
)
_BINARY = ("pdf", "zip", "docx", "epub", "warc")
_PDF_MARK_WITHIN = 1024  # readers accept junk before it, and some mail programs write it
_HTML = re.compile(rb"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_MAIL = re.compile(
    rb"(?:(?:from|received|return-path|delivered-to|message-id|mime-version|date|subject|to): ?[^\n]*\n(?:[ \t][^\n]*\n)*){2}",
    re.I,
)


def format_of(name: str) -> str:
    """Return the format that a file's name promises, or the empty string: `a/b.WARC.GZ` -> `warc`."""
    lower = PurePath(name).name.lower()
    return next((kind for kind, suffixes in FORMATS.items() if lower.endswith(suffixes)), "")


def unknown_type(suffix: str) -> str:
    """Return the reason against a file whose name promises no known format."""
    return f"unknown file type {suffix!r}; known are {LISTED}"


def check_head(kind: str, head: bytes) -> None:
    """Raise InputError if a file that begins with `head` cannot be of its format.

    A wrong name is refused rather than guessed around: what a name hides from a person, it should not tell a parser.
    """
    if not head.strip():
        raise InputError("no lines" if kind == "jsonl" and not head else "empty file")
    found = next(((what, kinds) for mark, what, kinds in _MAGIC if head.startswith(mark)), None)
    if found and kind not in found[1]:
        raise InputError(f"binary, not what its name says: it begins like a {found[0]} file{_rename(found[1])}")
    if kind == "pdf" and b"%PDF-" in head[:_PDF_MARK_WITHIN]:
        return
    if kind in _BINARY and not found:
        other = sniff(head)
        raise InputError(f"not a {kind.upper()} file: it begins like {other} and not like its name{_rename((other,))}")


def sniff(head: bytes) -> str:
    """Return the format that the first bytes of nameless input look like; `txt` where nothing else shows."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for mark, _, kinds in _MAGIC:
        if head.startswith(mark):
            return kinds[0] if kinds else "txt"
    if text.startswith(b"{"):
        first = text.split(b"\n", 1)[0].rstrip()
        return "jsonl" if first.endswith(b"}") or len(text) == HEAD_BYTES else "json"
    if text.startswith(b"["):
        return "json"
    if _HTML.search(text):
        return "html"
    return "eml" if _MAIL.match(text) else "txt"


def missing_extra(extra: str, module: str) -> InputError:
    """Return the error of a format whose parser is not installed."""
    return InputError(f"reading it needs the package {module!r}, which is not installed; type: pip install 'newsrag[{extra}]'")


def _rename(kinds: tuple[str, ...]) -> str:
    return f"; rename it to {FORMATS[kinds[0]][0]} if that is what it is" if kinds else ""
