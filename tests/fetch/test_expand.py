"""Compressed bytes, whole, cut and endless."""

from __future__ import annotations

import contextlib
import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import InputError
from rag.fetch.expand import accepted_encodings, expand

RAW = zlib.compressobj(wbits=-15)
PACKERS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=1),
    "zstd": zstandard.compress,
}


def test_what_can_be_expanded_is_asked_for() -> None:
    assert accepted_encodings() == "gzip, deflate, br, zstd"


@pytest.mark.parametrize("encoding", PACKERS)
def test_memory_stays_near_the_limit(encoding: str) -> None:
    data = PACKERS[encoding](bytes(30_000_000))

    tracemalloc.start()
    with pytest.raises(InputError, match="more than 99,999 bytes"):
        expand(data, encoding, limit=99_999)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("encoding", PACKERS)
def test_the_limit_is_exact(encoding: str) -> None:
    data = PACKERS[encoding](bytes(50_000))

    assert expand(data, encoding, limit=50_000) == bytes(50_000)
    with pytest.raises(InputError, match="more than 49,999 bytes"):
        expand(data, encoding, limit=49_999)


def test_streams_in_a_row_and_a_bare_deflate_stream_are_read() -> None:
    assert expand(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip", limit=100) == b"one two"
    assert expand(RAW.compress(b"bare") + RAW.flush(), "deflate", limit=100) == b"bare"
    assert expand(b"plain", "identity", limit=100) == b"plain"
    assert expand(b"", "gzip", limit=100) == b""


@given(st.sampled_from(sorted(PACKERS)), st.binary(max_size=300))
def test_any_bytes_are_expanded_or_refused(encoding: str, data: bytes) -> None:
    with contextlib.suppress(InputError):
        assert len(expand(data, encoding, limit=1000)) <= 1000
    packed = PACKERS[encoding](data)
    assert expand(packed, encoding, limit=1000) == data
