"""A part of the database that is used alone, with tables of its own."""

from __future__ import annotations

from collections.abc import Sequence

from rag.store.postgres.migrate import Step, migrate
from rag.store.postgres.pool import Pool


def open_part(address: str, part: str, steps: Sequence[Step]) -> Pool:
    """Return the connections to an address, where the tables of a part are up to date.

    Raises:
        StoreError: the server cannot be reached, or lets the user make no tables.
        MismatchError: a newer version of this program made the tables.
    """
    pool = Pool(address)
    try:
        migrate(pool, part, steps)
    except BaseException:
        pool.close()
        raise
    return pool
