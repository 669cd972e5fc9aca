"""What the readers are: a fingerprint of their code and parsers, which changes whenever they may read a file otherwise."""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import rag

FOLDERS = ("ingest", "answer/injection")
FILES = ("types.py", "fold.py", "sentences.py")
"""Where the code of the readers lies, within this package."""

APART = ("config.py", "errors.py", "ingest/pipeline.py", "ingest/ray_embed.py")
"""What they use or lies among them, and shapes nothing that is read: the settings' values are told apart by themselves."""

PARSERS = (
    "charset-normalizer",
    "ftfy",
    "htmldate",
    "lxml",
    "markdown-it-py",
    "pdfminer.six",
    "pdfplumber",
    "python-docx",
    "trafilatura",
    "warcio",
)
"""Other people's packages that shape what is read; one that is not installed has no version."""


@cache
def fingerprint() -> str:
    """Return 32 hex digits, the same as long as the same input is read as the same articles."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{sys.version_info[:3]} {unicodedata.unidata_version} {_version('newsrag')}".encode())
    digest.update(" ".join(f"{name}={_version(name)}" for name in PARSERS).encode())
    for name, data in sorted(code().items()):
        digest.update(f"\0{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def code() -> dict[str, bytes]:
    """Return the readers' code and data by path within this package; nothing where it is installed without its source."""
    root = Path(rag.__file__).parent
    files = [root / name for name in FILES]
    for folder in FOLDERS:
        files += [file for file in (root / folder).rglob("*") if "__pycache__" not in file.parts]
    found = {file.relative_to(root).as_posix(): file for file in files if file.is_file()}
    return {name: file.read_bytes() for name, file in found.items() if name not in APART}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
