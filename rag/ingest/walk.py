"""The files to read: those named, and those in the folders named."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.ingest.formats.known import SUFFIXES, format_of, unknown_type

MANIFEST = "manifest.toml"
SETTINGS = {MANIFEST, "rag.toml"}
NOT_ARTICLES = {*SETTINGS, "readme.md"}  # a README tells of the folder it lies in


@dataclass(frozen=True, slots=True)
class Rejected:
    """A path, line or manifest that gave no article, and why: a phrase for a person, without a final stop."""

    origin: str
    reason: str


def files_under(paths: Sequence[Path]) -> Iterator[Path | Rejected]:
    """Yield the files to read, named paths in the order given and a folder's files sorted by name, depth first.

    In a folder, files of other types, hidden files, READMEs and every symbolic link are passed over: one that leads out
    of the folder would read what was not named, and one that stays inside leads to what is read anyway. A path that is
    named is read whatever it is called and wherever it leads, or rejected with the reason; only manifests and settings
    are passed over even so, which lets `folder/*` be named.
    """
    for path in paths:
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            yield Rejected(origin_of(path), why(error))
            continue
        if stat.S_ISDIR(mode):
            yield from _files_in(path)
        elif path.name in SETTINGS:
            continue
        elif not format_of(path.name):
            yield Rejected(origin_of(path), unknown_type(path.suffix))
        elif not stat.S_ISREG(mode):
            yield Rejected(origin_of(path), "not a regular file")
        else:
            yield path


def origin_of(path: Path) -> str:
    """Return the resolved path as text that can be stored and printed, whatever bytes the file system holds."""
    try:
        resolved = os.path.realpath(path)
    except ValueError:  # a NUL byte
        resolved = str(path)
    return os.fsencode(resolved).decode("utf-8", "backslashreplace")


def printable(name: str) -> str:
    """Return a name that somebody else gave, as it can be stored and printed; it is only ever a label."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name)


def why(error: OSError | ValueError) -> str:
    """Return what kept a path from being read: `permission denied`."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; check the path"
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return "not a valid path"


def _files_in(folder: Path) -> Iterator[Path | Rejected]:
    pending = [(folder, True)]
    while pending:
        path, is_folder = pending.pop()
        if not is_folder:
            yield path
            continue
        try:
            with os.scandir(path) as entries:
                wanted = [(entry.name, entry.is_dir()) for entry in entries if _is_wanted(entry)]
        except OSError as error:
            yield Rejected(origin_of(path), why(error))
            continue
        pending.extend((path / name, is_dir) for name, is_dir in sorted(wanted, reverse=True))


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    """Whether a folder's entry is a folder to enter or a file to read."""
    if entry.name.startswith(".") or entry.is_symlink():
        return False
    if entry.is_dir(follow_symlinks=False):
        return True
    name = entry.name.lower()
    return name.endswith(SUFFIXES) and name not in NOT_ARTICLES and entry.is_file(follow_symlinks=False)
