"""What a worker takes from itself before it touches a file: memory, writing files, reading others' files, the network.

The limits of memory and of written bytes hold wherever POSIX does. Namespaces and Landlock are Linux's, and a kernel or a
container may refuse them: then the rest still holds, and the file was opened by the other side in any case.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from pathlib import Path

import rag

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_VERSION, _PATH_BENEATH = 1, 1
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_FILE_RIGHTS = ((1, 13), (2, 14), (3, 15), (5, 16))
"""The ABI version from which on a kernel knows how many rights of the file system."""

_TCP_FROM, _BIND_AND_CONNECT = 4, 0b11
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl", "/dev/null", "/dev/urandom")


def lock_in(memory_mb: int) -> None:
    """Give up, for good, all that parsing a file does not need."""
    most = memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # sockets and pipes are no files
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _landlock(libc)


def allow_seconds(seconds: int) -> None:
    """Let the worker be killed when it has used this much more processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _landlock(libc: ctypes.CDLL) -> None:
    """Let only Python, its packages and the system's libraries be read, and no TCP port be reached."""
    abi = libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if abi < 1:
        return
    n_rights = max(count for since, count in _FILE_RIGHTS if abi >= since)
    attributes = struct.pack("=QQ", (1 << n_rights) - 1, _BIND_AND_CONNECT if abi >= _TCP_FROM else 0)
    size = ctypes.c_size_t(len(attributes) if abi >= _TCP_FROM else 8)
    rules = libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, size, 0)
    if rules < 0:
        return
    own = Path(rag.__file__).parent
    _allow(libc, rules, own.parent, _READ_DIR)  # an import looks for `rag` in there, and not for what lies beside it
    roots = {own, *map(Path, (sys.prefix, sys.base_prefix, *sys.path, *_SYSTEM))} - {own.parent, Path()}
    for root in sorted(roots):
        _allow(libc, rules, root, _READ_FILE | _READ_DIR | _EXECUTE)
    libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, root: Path, rights: int) -> None:
    try:
        handle = os.open(root, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not root.is_dir():
            rights &= ~_READ_DIR
        libc.syscall(_LANDLOCK_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)
