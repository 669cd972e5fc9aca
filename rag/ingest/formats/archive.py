"""Zip archives: each member by the reader of its format, in the archive's order. Nothing is ever written to a disk."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from functools import partial
from zipfile import BadZipFile, ZipFile, ZipInfo

from rag.config import IngestConfig
from rag.errors import InputError
from rag.ingest.formats.known import format_of
from rag.ingest.formats.parts import Part, Source, items_of
from rag.ingest.recall import Item
from rag.ingest.walk import NOT_ARTICLES, printable

_SMALL = 1_000_000
"""Bytes that anything may unpack to: text of one letter shrinks a thousand times and harms nobody."""

_MAX_NAME = 300


def parts(source: Source) -> Iterator[Part]:
    """Yield a part for each member that can be an article; others are passed over as in a folder.

    Raises:
        InputError: not a zip archive, or over a limit of members or bytes.
    """
    with open_zip(source) as archive:
        for info in archive.infolist():
            if _is_wanted(info):
                yield Part(shown(info), partial(_items, source, archive, info))


def open_zip(source: Source) -> ZipFile:
    """Return the archive that a file is, within the limits as far as its own list of members tells.

    Raises:
        InputError: not a zip archive, or over a limit.
    """
    try:
        archive = ZipFile(source.handle)
    except (BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise InputError(f"not a zip archive that can be opened ({str(error).lower()}); it may be cut short") from None
    infos = archive.infolist()
    limits = source.limits
    if len(infos) > limits.archive_members:
        raise InputError(f"{len(infos):,} members in one archive, over the limit of {limits.archive_members:,}; split it")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > limits.archive_mb * 1_000_000:
        raise InputError(
            f"its members unpack to {unpacked // 1_000_000:,} MB, over the limit of {limits.archive_mb:,} MB; split it"
        )
    ends: dict[int, int] = {}
    for info in infos:
        if info.header_offset in ends:
            raise InputError("its members overlap: an archive made to unpack without end")
        ends[info.header_offset] = info.header_offset + info.compress_size
    last = 0
    for start in sorted(ends):
        if start < last:
            raise InputError("its members overlap: an archive made to unpack without end")
        last = ends[start]
    return archive


def read_member(archive: ZipFile, info: ZipInfo, limits: IngestConfig) -> bytes:
    """Return the bytes of a member, stopping at the limits whatever its header says.

    Raises:
        InputError: encrypted, damaged, too large, or unpacking to too much.
    """
    if info.flag_bits & 0x1:
        raise InputError("encrypted; unpack it with its password first")
    most = limits.file_mb * 1_000_000
    if (by_ratio := max(info.compress_size, 1) * limits.expansion) < most:
        most = max(by_ratio, min(_SMALL, most))
    try:
        with archive.open(info) as member:
            data = member.read(most + 1)
    except (BadZipFile, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
        raise InputError(f"cannot be unpacked ({str(error).lower()[:100]})") from None
    except Exception as error:  # zlib, bz2 and lzma each have their own
        raise InputError(f"cannot be unpacked ({type(error).__name__})") from None
    if len(data) > most:
        if most < limits.file_mb * 1_000_000:
            raise InputError(f"unpacks to over {limits.expansion} times its size: most likely made to fill a memory")
        raise InputError(f"larger than {limits.file_mb} MB; split it, or raise the setting ingest.file_mb")
    return data


def shown(info: ZipInfo) -> str:
    """Return a member's name as it can be stored and printed; it is only ever a label."""
    name = info.filename.encode("utf-8", "backslashreplace").decode()
    return printable(name)[:_MAX_NAME]


def _is_wanted(info: ZipInfo) -> bool:
    """Whether a member is a file of a known format that a folder would give too."""
    steps = info.filename.replace("\\", "/").split("/")
    if info.is_dir() or any(step.startswith(".") and step not in (".", "..") for step in steps) or "__MACOSX" in steps:
        return False
    return bool(format_of(info.filename)) and steps[-1].lower() not in NOT_ARTICLES


def _items(source: Source, archive: ZipFile, info: ZipInfo) -> Iterator[Item]:
    kind = format_of(info.filename)
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
        raise InputError("its name leads out of the archive; a well-meant one has no such member")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise InputError("a symbolic link within an archive; it is not followed")
    if kind == "zip":
        raise InputError("an archive within an archive; unpack it and name the files")
    yield from items_of(source.member(shown(info), kind, read_member(archive, info, source.limits)))
