"""Tables brought up to date, step by step, by whichever process comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rag.errors import MismatchError
from rag.store.postgres.pool import SCHEMA, Pool

if TYPE_CHECKING:
    from psycopg import Connection

Step = str | Callable[["Connection"], None]
"""SQL, or a function of a connection: what takes a part from one version to the next, within a transaction."""

_LOCK = 0x6E657773726167  # the letters of `newsrag`: two processes that migrate use the same number, whatever part they bring


def version_of(pool: Pool, part: str) -> int:
    """Return the version of a part's tables, 0 where there are none."""
    if pool.rows("SELECT to_regclass(%s)", [f"{SCHEMA}.parts"])[0][0] is None:
        return 0
    rows = pool.rows(f"SELECT version FROM {SCHEMA}.parts WHERE part = %s", [part])
    return int(rows[0][0]) if rows else 0


def migrate(pool: Pool, part: str, steps: Sequence[Step]) -> int:
    """Bring a part of the database up to date, and return how many steps that took; 0 where it was.

    All steps are one transaction: a process that is killed leaves what was there. Others wait for the first.

    Args:
        part: Which tables: each part has its own versions.
        steps: The n-th takes version n - 1 to version n; one that was ever released never changes.

    Raises:
        MismatchError: a newer version of this program made the tables.
    """
    if version_of(pool, part) == len(steps):
        return 0

    def up_to_date(connection: Connection) -> int:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}".encode())
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {SCHEMA}.parts "
            "(part text PRIMARY KEY, version integer NOT NULL, at timestamptz NOT NULL DEFAULT now())".encode()
        )
        found = connection.execute(f"SELECT version FROM {SCHEMA}.parts WHERE part = %s".encode(), [part]).fetchone()
        version = int(found[0]) if found else 0
        if version > len(steps):
            raise MismatchError(
                f"the tables of the {part} in {pool.location!r} are of version {version}, and this program knows "
                f"{len(steps)}; install the version of newsrag that made them, or a later one"
            )
        for step in steps[version:]:
            if callable(step):
                step(connection)
            else:
                connection.execute(step.encode())
        connection.execute(
            f"INSERT INTO {SCHEMA}.parts (part, version) VALUES (%s, %s) "
            "ON CONFLICT (part) DO UPDATE SET version = excluded.version, at = now()".encode(),
            [part, len(steps)],
        )
        return len(steps) - version

    return pool.write(up_to_date)
