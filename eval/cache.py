"""Results kept by what they are made from, so that a run repeats in seconds and after a change only what changed is asked.

An entry is one JSON file, named by the hash of its key and holding the key itself: one that is cut off, edited or of another
key counts as missing. Errors are never kept. The cache lies with the user's other caches, outside the project.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from eval.errors import EvalError
from eval.records import dump, write_text
from rag.config import APP

CAP_BYTES = 500_000_000
"""Most that the cache takes; what was used longest ago goes first."""

KEPT_SHARE = 0.8
"""Share of the cap that is left after old entries went, so that not every run has to drop some."""


def cache_folder() -> Path:
    """Return where the cache lies unless --cache names another folder."""
    return Path(platformdirs.user_cache_dir(APP)) / "evals"


class Cache:
    """Values by key on disk. Processes may share one folder: an entry is written whole or not at all.

    `n_hits` and `n_misses` count lookups. A folder that cannot be written keeps nothing, and the run goes on.
    """

    def __init__(self, folder: Path, *, cap_bytes: int = CAP_BYTES) -> None:
        """Use `folder`, made when first needed."""
        self.folder = folder
        self.n_hits = 0
        self.n_misses = 0
        self._cap_bytes = cap_bytes

    def get(self, key: Mapping[str, Any]) -> Any:
        """Return the value kept under `key`, or None. Keys are strict JSON; the order of their names does not matter."""
        path = self._path(key)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            value = kept["value"] if kept["key"] == json.loads(dump(key)) else None
            os.utime(path)  # the time of last use decides what goes when the cache is full
        except (OSError, ValueError, KeyError, TypeError):
            value = None
        self.n_hits += value is not None
        self.n_misses += value is None
        return value

    def put(self, key: Mapping[str, Any], value: Any) -> None:
        """Keep `value`, strict JSON and not None, under `key`."""
        with suppress(EvalError):  # a cache that cannot be written is none
            write_text(self._path(key), dump({"key": key, "value": value}))

    def prune(self) -> None:
        """Drop what was used longest ago where the cache is above its cap."""
        entries = [(stat.st_mtime, stat.st_size, path) for path in self.folder.glob("??/*.json") if (stat := _stat(path))]
        size = sum(size for _, size, _ in entries)
        if size <= self._cap_bytes:
            return
        for _, freed, path in sorted(entries):
            if size <= KEPT_SHARE * self._cap_bytes:
                break
            path.unlink(missing_ok=True)
            size -= freed

    def _path(self, key: Mapping[str, Any]) -> Path:
        name = hashlib.sha256(json.dumps(key, sort_keys=True, allow_nan=False).encode()).hexdigest()
        return self.folder / name[:2] / f"{name[2:]}.json"


def _stat(path: Path) -> os.stat_result | None:
    """Return an entry's size and times, or None where another process dropped it meanwhile."""
    try:
        return path.stat()
    except OSError:
        return None
