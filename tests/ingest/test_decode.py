"""Bytes to text: marks, encodings, and what is no text at all."""

import contextlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import InputError
from rag.ingest.decode import decode

SPANISH = "El presidente José Antonio Kast viajó a Bogotá. La reunión será mañana, según la cancillería."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252"])
def test_text_of_common_encodings(encoding: str) -> None:
    assert decode(SPANISH.encode(encoding)) == SPANISH


def test_marked_big_endian() -> None:
    assert decode(b"\xfe\xff" + SPANISH.encode("utf-16-be")) == SPANISH


def test_single_byte_cyrillic_is_recognised() -> None:
    text = "Президент России сказал, что встреча состоится завтра. " * 3
    assert decode(text.encode("cp1251")) == text


def test_declared_encoding_is_believed_when_utf8_fails() -> None:
    assert decode("Wałęsa".encode("iso-8859-2"), declared="ISO-8859-2") == "Wałęsa"
    assert decode(SPANISH.encode(), declared="iso-8859-1") == SPANISH


@pytest.mark.parametrize("declared", ["punycode", "unicode_escape", "utf-7", "hex", "no-such", ""])
def test_declared_encoding_outside_the_known_ones_is_ignored(declared: str) -> None:
    assert decode(SPANISH.encode("latin-1"), declared=declared) == SPANISH


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)),
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        SPANISH.encode("utf-16-le"),
        bytes(range(1, 32)) * 10,
        b"\xff\xfe" + b"\x00\xd8" * 3,
        b"\xff\xfe" + b"\x00\x00" * 20,
    ],
)
def test_binary_is_rejected(data: bytes) -> None:
    with pytest.raises(InputError):
        decode(data)


def test_random_bytes_are_rejected() -> None:
    with pytest.raises(InputError):
        decode(os.urandom(5000).replace(b"\0", b"\1"))


@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_input_error(data: bytes) -> None:
    with contextlib.suppress(InputError):
        decode(data).encode("utf-8")
