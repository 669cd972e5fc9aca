"""One folder in the place of another."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_AT_FDCWD = -100
_EXCHANGE = 2


def swap(new: Path, old: Path) -> None:
    """Exchange two folders of one file system: at each moment both names lead to a whole one.

    Where the system cannot do that in one step, the old one is put aside for the blink of an eye as `NAME.old`.

    Raises:
        OSError: the system refuses; nothing was changed.
    """
    try:
        exchange = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        exchange = None
    if exchange is not None and exchange(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _EXCHANGE) == 0:
        return
    aside = old.with_name(old.name + ".old")
    old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        aside.rename(old)
        raise
    aside.rename(new)
