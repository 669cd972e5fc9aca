from __future__ import annotations

import os
from typing import Any

import pytest

from rag.store.library import Library


def test_a_file_that_goes_away_while_bytes_are_counted_is_no_error(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces are written beside and renamed all the time."""
    assert library.path is not None
    before = library.stats().bytes_on_disk
    (library.path / "trace.part").write_text("x" * 1000)
    stat = os.stat

    def late(path: Any, **options: Any) -> os.stat_result:
        if str(path).endswith(".part"):
            os.unlink(path)
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", late)
    assert library.stats().bytes_on_disk == before


def test_bytes_on_disk_are_counted(library: Library) -> None:
    assert library.stats().bytes_on_disk > 0
