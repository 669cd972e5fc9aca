"""What PostgreSQL and the way to it say went wrong, as our errors: with the address, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.errors import DiskFullError, InputError, LockedError, NewsRagError, StoreError

if TYPE_CHECKING:
    import psycopg

_TRANSIENT = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, lock not available: another transaction was in the way, and the same one may succeed now."""

_FULL = frozenset({"53100", "53200"})

_ADVICE = {
    "25006": "it only reads, as a replica does; name the server that takes writes, or several hosts one of which does",
    "42501": "the user may not do that; grant it, or name another user in the address",
    "53300": "it has no connection left; raise its max_connections, or run fewer processes",
    "57014": "it took too long and was stopped; try again when the server is less busy",
}


class LostError(StoreError):
    """The connection broke: what only reads may be asked again."""


class UnreachableError(LostError):
    """No connection can be made: to ask again at once is no use."""


@contextmanager
def translated(location: str) -> Iterator[None]:
    """Turn psycopg's errors into ours within the block; one that only a wrong statement of ours can cause stays as it is."""
    import psycopg

    try:
        yield
    except UnicodeEncodeError as error:
        raise _unkept("half of a character (a lone surrogate)") from error
    except psycopg.Error as error:
        found = _ours(error, location)
        if found is None:
            raise
        raise found from error


def unreachable(location: str, error: BaseException) -> UnreachableError:
    """Return the error of a server that takes no connection."""
    return UnreachableError(
        f"cannot reach the PostgreSQL server {location!r}: {_line(error)}; see that it runs and "
        "that the address is right, then try again: nothing needs to be restarted here"
    )


def _unkept(what: str) -> InputError:
    return InputError(f"a text holds {what}, which PostgreSQL cannot keep; take it out")


def _ours(error: psycopg.Error, location: str) -> NewsRagError | None:
    """Return an error as ours, None where none of ours fits."""
    import psycopg

    state = error.sqlstate or ""
    if isinstance(error, psycopg.DataError) and not state:
        return _unkept("a null character")
    if state in _TRANSIENT:
        return LockedError(f"another process is changing the same rows of {location!r}; try again in a moment")
    if state in _FULL:
        return DiskFullError(
            f"the PostgreSQL server {location!r} has no room: {_line(error)}; free some and repeat the command: what was "
            "stored before is intact"
        )
    if state in _ADVICE:
        return StoreError(f"the PostgreSQL server {location!r} refused: {_line(error)}; {_ADVICE[state]}")
    # Class 57P: it shuts down, crashed or is starting; class 08 and those without a state: the connection broke.
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (not state or state.startswith(("57P", "08"))):
        return LostError(
            f"lost the connection to the PostgreSQL server {location!r}: {_line(error)}; try again: a new connection is made "
            "by itself, and what was reported done is stored"
        )
    if isinstance(error, psycopg.OperationalError):
        return StoreError(f"the PostgreSQL server {location!r} failed: {_line(error)}; its log says more")
    return None


def _line(error: BaseException) -> str:
    """Return the first line of a message that says something."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
