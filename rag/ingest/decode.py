"""Bytes to text."""

from __future__ import annotations

import re

from rag.errors import InputError

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),  # before UTF-16, whose mark it begins with
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
# Python's other codecs (idna, utf-7, unicode_escape …) are slow on hostile input or rewrite plain text.
_TRUSTED = re.compile(
    r"windows-125\d|cp125\d|iso-?8859-\d+|latin-?1|us-ascii|koi8-[ru]|shift_jis|euc-(jp|kr)|gb(2312|k|18030)|big5"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MAX_CONTROL_SHARE = 0.02  # prose has none; bytes of a program or archive have about a tenth


def decode(data: bytes, *, declared: str = "") -> str:
    """Return the text of `data`: by its byte order mark, else UTF-8, else `declared`, else what it most looks like.

    Args:
        declared: The encoding that the file says it has, such as a page's `<meta charset>`.

    Raises:
        InputError: binary, or in no known encoding.
    """
    text = _by_mark(data)
    if text is None:
        if b"\0" in data:
            raise InputError("binary, not text")
        text = _by_content(data, declared.strip().lower())
    if len(_CONTROL.findall(text)) > _MAX_CONTROL_SHARE * len(text):
        raise InputError("binary, not text")
    return text


def _by_mark(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                raise InputError(f"marked as {encoding} but not valid in it") from None
    return None


def _by_content(data: bytes, declared: str) -> str:
    for encoding in ("utf-8", declared if _TRUSTED.fullmatch(declared) else ""):
        try:
            if encoding:
                return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return _by_guess(data)


def _by_guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(data)
    best = matches.best()
    if best is None:
        raise InputError("text in no known encoding; save it as UTF-8")
    # charset-normalizer 3.5 ranks cp1250 first for short Spanish, French and English texts, which turns "mañana" into
    # "mańana". cp1252 is what the web takes unlabelled text for, so it wins wherever it is a candidate at all.
    if any(match.encoding == "cp1252" for match in matches):
        return data.decode("cp1252", "replace")
    return str(best)
