"""FAISS files written a slice at a time, byte for byte what FAISS writes of an index that it holds in memory.

An exact file holds the vectors in order of number, one of inverted lists one list after another. In memory lies a block of
passages or a list, where the whole takes 776 bytes of it for a passage, or 392.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.store import ann
from rag.store.spill import Spill
from rag.store.vectors import Block, Numbers

if TYPE_CHECKING:
    import faiss

Codes = NDArray[np.uint8]

_COUNT_AT = 8
"""Where the count of its vectors stands in an index: behind the four letters of its kind and the width of a vector."""

_SLICE = 1 << 25
"""About how many bytes are looked at before they are let go."""


def write(file: Path, empty: faiss.Index, blocks: Iterable[Block], *, kept: faiss.Index | None = None) -> faiss.Index:
    """Write an index, and return it as it lies in the file, which is read as it is searched and must not change meanwhile.

    Args:
        empty: An index of `ann` that holds nothing, trained where it has lists.
        kept: What the lists begin with: those of an index that was trained to the same.

    Raises:
        OSError: the disk is full or refuses.
    """
    with ann.all_cores():
        if ann.is_inverted(empty):
            _write_lists(file, empty, blocks, kept)
        else:
            _write_exact(file, empty, blocks)
    return mapped(file)


def write_head(file: Path, empty: faiss.Index, count: int) -> faiss.Index:
    """Write anew what stands before the lists of `count` passages, as `empty` is searched now, and return the index."""
    with file.open("r+b") as stream:
        stream.write(_head(empty, count))
    return mapped(file)


def mapped(file: Path) -> faiss.Index:
    """Return the index in a file as it lies there: it takes memory as it is looked at, and may not be changed.

    Raises:
        RuntimeError: it is no such file, or was just removed.
    """
    import faiss

    return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)


def _write_exact(file: Path, empty: faiss.Index, blocks: Iterable[Block]) -> None:
    import faiss

    untyped: Any = faiss  # its stubs lack some of what is called
    scalar = untyped.downcast_index(untyped.downcast_index(empty).index)
    # The outer index, which knows the number of each row, and the inner one both end in a count of bytes or rows: 0 as yet.
    head = bytearray(untyped.serialize_index(empty).tobytes())[:-8]
    inner = len(head) - len(untyped.serialize_index(scalar))
    numbers = [np.zeros(0, dtype=np.int64)]
    with file.open("wb") as stream:
        stream.write(head)
        for block in blocks:
            numbers.append(block.numbers)
            stream.write(scalar.sa_encode(block.vectors).data)
        count = sum(map(len, numbers))
        stream.write(struct.pack("<Q", count))
        for some in numbers:
            stream.write(np.ascontiguousarray(some, dtype="<i8").data)
        struct.pack_into("<q", head, _COUNT_AT, count)
        struct.pack_into("<q", head, inner + _COUNT_AT, count)
        struct.pack_into("<Q", head, len(head) - 8, count * scalar.code_size)
        stream.seek(0)
        stream.write(head)


def _write_lists(file: Path, empty: faiss.Index, blocks: Iterable[Block], kept: faiss.Index | None) -> None:
    index: Any = empty  # the stubs of its base lack what it has
    with Spill(file.parent) as spill:
        numbers, lists = _encoded(index, blocks, spill)
        codes = spill.rows(np.uint8, index.code_size)
    order = np.argsort(lists, kind="stable")
    ends = np.searchsorted(lists[order], np.arange(index.nlist), side="right")
    starts = np.searchsorted(lists[order], np.arange(index.nlist), side="left")
    sizes = (ends - starts).astype(np.int64)
    if kept is not None:
        sizes += [_lists_of(kept).list_size(one) for one in range(index.nlist)]
    with file.open("wb") as stream:
        stream.write(_head(empty, len(lists) + (kept.ntotal if kept is not None else 0)))
        stream.write(_sizes(sizes, index.code_size))
        looked_at = 0
        for one in np.flatnonzero(sizes).tolist():
            old_numbers, old_codes = _held(kept, one, index.code_size)
            places = order[starts[one] : ends[one]]
            stream.write(old_codes.data)
            stream.write(codes[places].data)
            stream.write(old_numbers.data)
            stream.write(numbers[places].data)
            looked_at += len(places) * index.code_size
            if looked_at > _SLICE:
                spill.let_go()
                looked_at = 0


def _encoded(index: Any, blocks: Iterable[Block], spill: Spill) -> tuple[Numbers, Numbers]:
    """Put the codes of all vectors in `spill`, and return their numbers and their lists, shape (n,); -1 for no list."""
    import faiss

    untyped: Any = faiss  # its stubs lack some of what is called
    numbers, lists = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for block in blocks:
        vectors = np.ascontiguousarray(block.vectors)
        nearest = np.ascontiguousarray(index.quantizer.assign(vectors, 1)[:, 0])
        codes = np.zeros((len(vectors), index.code_size), dtype=np.uint8)
        index.encode_vectors(len(vectors), *map(untyped.swig_ptr, (vectors, nearest, codes)))
        spill.append(codes)
        numbers.append(block.numbers)
        lists.append(nearest)
    return np.concatenate(numbers), np.concatenate(lists)


def _head(empty: faiss.Index, count: int) -> bytes:
    """Return what stands before the lists of an index of `count` vectors."""
    import faiss

    untyped: Any = faiss  # its stubs lack some of what is called
    writer = untyped.VectorIOWriter()
    untyped.write_InvertedLists(_lists_of(empty), writer)
    head = bytearray(untyped.serialize_index(empty).tobytes()[: -writer.data.size()])
    struct.pack_into("<q", head, _COUNT_AT, count)
    return bytes(head)


def _sizes(sizes: Numbers, code_size: int) -> bytes:
    """Return what stands before the first list: the size of each, or of those that hold anything where these are few."""
    filled = np.flatnonzero(sizes)
    is_full = len(filled) > len(sizes) // 2
    said = sizes if is_full else np.column_stack([filled, sizes[filled]])
    start = struct.pack("<4sQQ4sQ", b"ilar", len(sizes), code_size, b"full" if is_full else b"sprs", said.size)
    return start + said.astype("<u8").tobytes()


def _held(kept: faiss.Index | None, one: int, code_size: int) -> tuple[Numbers, Codes]:
    """Return the numbers in a list of an index, and their codes."""
    import faiss

    untyped: Any = faiss  # its stubs lack both
    size = _lists_of(kept).list_size(one) if kept is not None else 0
    if not size:
        return np.zeros(0, np.int64), np.zeros(0, np.uint8)
    lists = _lists_of(kept)
    return untyped.rev_swig_ptr(lists.get_ids(one), size), untyped.rev_swig_ptr(lists.get_codes(one), size * code_size)


def _lists_of(index: faiss.Index | None) -> Any:
    import faiss

    untyped: Any = faiss  # its stubs lack the function
    return untyped.downcast_InvertedLists(untyped.downcast_index(index).invlists)
