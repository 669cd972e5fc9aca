"""Which journal a library keeps: a write-ahead log where that is safe, so that readers never wait; else a rollback journal."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import apsw

# Before these a write-ahead log could be damaged by a checkpoint at the wrong moment (sqlite.org/wal.html#walresetbug).
_SAFE = (3, 51, 3)
_SAFE_BRANCHES = ((3, 50, 7), (3, 44, 6))

# A write-ahead log needs memory that all its processes share, which those on two machines do not.
_NETWORK = frozenset(
    "9p afs beegfs ceph cifs coda fuse.glusterfs fuse.sshfs glusterfs gpfs lustre ncpfs nfs nfs4 smb3 smbfs".split()
)


def choose(connection: apsw.Connection, file: Path, *, mounts: str = "") -> str:
    """Set the journal mode of a database, and return it: `wal` or `delete`.

    Args:
        mounts: What /proc/self/mounts says; empty to read it.
    """
    wanted = "wal" if is_wal_safe(apsw.sqlite_lib_version()) and not is_on_network(file, mounts or _mounts()) else "delete"
    found = str(connection.pragma("journal_mode"))
    if found != wanted:
        with suppress(apsw.BusyError):  # another process has it open: the next that opens it alone will change it
            found = str(connection.pragma("journal_mode", wanted))  # or leaves it, where there is no memory to share
    if found != "wal":
        connection.execute("PRAGMA synchronous = EXTRA")  # else the end of a rollback journal may not be durable
    return found


def is_wal_safe(version: str) -> bool:
    """Return whether a version of SQLite, such as `3.54.1`, has the fix of its write-ahead log."""
    numbers = tuple(int(part) for part in version.split(".")[:3])
    return numbers >= _SAFE or any(numbers[:2] == safe[:2] and numbers >= safe for safe in _SAFE_BRANCHES)


def is_on_network(file: Path, mounts: str) -> bool:
    """Return whether a file lies on a file system of another machine, by the lines of /proc/self/mounts."""
    real = os.path.realpath(file)
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].encode().decode("unicode_escape")  # a space is written \040
        if len(point) >= len(best) and (real == point or real.startswith(point.rstrip("/") + "/")):
            best, kind = point, fields[2]
    return kind in _NETWORK


def _mounts() -> str:
    """Return the mounted file systems, or nothing where the system does not list them."""
    try:
        return Path("/proc/self/mounts").read_text(errors="replace")
    except OSError:
        return ""
