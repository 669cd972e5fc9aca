"""Vectors to and from pgvector in its binary form: two numbers of 16 bits, the first the width, then float32, big end first."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rag.ports import Vectors

if TYPE_CHECKING:
    from psycopg import Connection

_HEAD = struct.Struct(">HH")


@dataclass(frozen=True, slots=True)
class Packed:
    """A vector as a value of a statement, where it must stand as `%s::vector`."""

    data: bytes = field(repr=False)


def packed(vector: Vectors) -> Packed:
    """Return a vector of shape (dimensions,) as a value."""
    return Packed(_HEAD.pack(len(vector), 0) + np.asarray(vector, dtype=">f4").tobytes())


def unpacked(values: Sequence[bytes], width: int) -> Vectors:
    """Return vectors that were received in binary as float32, shape (n, width)."""
    if not values:
        return np.zeros((0, width), dtype=np.float32)
    rows = np.frombuffer(b"".join(values), dtype=np.uint8).reshape(len(values), -1)
    return np.ascontiguousarray(rows[:, _HEAD.size :]).view(">f4").astype(np.float32)


def teach(connection: Connection) -> None:
    """Let statements of a connection have packed vectors among their values."""
    from psycopg.adapt import Dumper
    from psycopg.pq import Format

    class PackedDumper(Dumper):
        format = Format.BINARY
        oid = 0  # the server knows the type from the cast, whatever number it has there

        def dump(self, obj: Packed) -> bytes:
            return obj.data

    connection.adapters.register_dumper(Packed, PackedDumper)
