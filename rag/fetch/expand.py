"""Compressed bytes to plain ones, never more than a limit: a kilobyte can hold a gigabyte of zeros."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from rag.errors import InputError

GZIP_MARK = b"\x1f\x8b"
_ZSTD_WINDOW = 8 << 20  # RFC 9659: what a web page may ask of its reader
_ZSTD_SLICE = 64
"""Bytes handed to zstd at once, as its output has no limit of its own; none of so few becomes more than 3 MB."""


def accepted_encodings() -> str:
    """Return the Accept-Encoding of a request: what can be expanded here."""
    return ", ".join(("gzip", "deflate", *(name for name in ("br", "zstd") if _is_installed(name))))


def expand(data: bytes, encoding: str, *, limit: int) -> bytes:
    """Return `data` without its content encodings (`gzip`, or several: `br, gzip`), at most `limit` bytes of it at each step.

    Raises:
        InputError: more bytes than the limit, damaged data, or an encoding that is not known.
    """
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if len(names) > 2:
        raise InputError(f"compressed {len(names)} times over")
    for name in reversed(names):
        if name == "identity":
            continue
        if name not in _EXPANDERS or not _is_installed(name):
            raise InputError(f"compressed as {name[:40]!r}, which was not asked for")
        try:
            data = _EXPANDERS[name](data, limit)
        except _faults(name) as error:
            raise InputError(f"its {name} data is damaged ({error})") from None
        if len(data) > limit:
            raise InputError(f"expands to more than {limit:,} bytes")
    return data


def _gzip(data: bytes, limit: int) -> bytes:
    return _inflate(data, limit, 16 + zlib.MAX_WBITS)


def _deflate(data: bytes, limit: int) -> bytes:
    """Expand a zlib stream, or the bare one that some servers send under that name."""
    try:
        return _inflate(data, limit, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(data, limit, -zlib.MAX_WBITS)


def _inflate(data: bytes, limit: int, window: int) -> bytes:
    """Expand a stream and those appended to it; each must be whole."""
    out = bytearray()
    while data and len(out) <= limit:
        stream = zlib.decompressobj(window)
        out += stream.decompress(data, limit + 1 - len(out))
        if len(out) <= limit and not stream.eof:
            raise zlib.error("it breaks off")
        data = stream.unused_data.lstrip(b"\0")
    return bytes(out)


def _brotli(data: bytes, limit: int) -> bytes:
    import brotli  # type: ignore[import-untyped]

    stream = brotli.Decompressor()
    out = bytearray(stream.process(data, output_buffer_limit=limit + 1))
    while not stream.is_finished() and len(out) <= limit:
        more = stream.process(b"", output_buffer_limit=limit + 1 - len(out))
        if not more:
            raise brotli.error("it breaks off")
        out += more
    return bytes(out)


def _zstd(data: bytes, limit: int) -> bytes:
    import zstandard

    stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
    out = bytearray()
    for start in range(0, len(data), _ZSTD_SLICE):
        out += stream.decompress(data[start : start + _ZSTD_SLICE])
        if stream.eof or len(out) > limit:
            return bytes(out)
    raise zstandard.ZstdError("it breaks off")


_EXPANDERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
_MODULES = {"br": "brotli", "zstd": "zstandard"}


def _is_installed(encoding: str) -> bool:
    from importlib.util import find_spec

    return encoding not in _MODULES or find_spec(_MODULES[encoding]) is not None


def _faults(encoding: str) -> tuple[type[Exception], ...]:
    """Return what an expander raises for damaged data."""
    if encoding == "br":
        import brotli

        return (brotli.error,)
    if encoding == "zstd":
        import zstandard

        return (zstandard.ZstdError,)
    return (zlib.error,)
