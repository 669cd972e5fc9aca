"""The tables of the queue, beside those of the library: procrastinate's own, and what became of each job of ours."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import MissingExtraError
from rag.store.postgres.migrate import migrate
from rag.store.postgres.pool import SCHEMA, Pool

if TYPE_CHECKING:
    from psycopg import Connection

TASK = "newsrag.ingest"
"""Name of the one kind of job."""

# A row outlives the job's own in procrastinate_jobs, which goes when the articles are stored. `run` and `number` are the
# submitter's: a job that is submitted again, since the answer to the first time was lost, is the same.
_OURS = f"""
CREATE TABLE {SCHEMA}.ingest_jobs (
    job bigint PRIMARY KEY,
    run text NOT NULL,
    number integer NOT NULL,
    articles integer NOT NULL,
    about text NOT NULL,
    reason text NOT NULL DEFAULT '',
    added integer NOT NULL DEFAULT 0,
    updated integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    rejected integer NOT NULL DEFAULT 0,
    rejections jsonb NOT NULL DEFAULT '[]',
    submitted_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    UNIQUE (run, number)
);
CREATE INDEX ON {SCHEMA}.ingest_jobs (done_at);
"""

# The last reading of each id and origin, by a hash of it; and which articles of a job were left alone for a later one.
_READINGS = f"""
CREATE TABLE {SCHEMA}.ingest_readings (
    key bigint PRIMARY KEY, read_at timestamptz, job bigint NOT NULL, place integer NOT NULL
);
CREATE INDEX ON {SCHEMA}.ingest_readings (job);
ALTER TABLE {SCHEMA}.ingest_jobs ADD superseded jsonb NOT NULL DEFAULT '[]';
"""


def make_tables(pool: Pool) -> None:
    """Bring the tables up to date.

    Raises:
        MissingExtraError: procrastinate is not installed.
        MismatchError: a newer version of this program made them.
    """
    migrate(pool, "procrastinate", [_running(file) for file in _migrations()])
    migrate(pool, "queue", [_OURS, _READINGS])


def _migrations() -> list[Path]:
    """Return procrastinate's own steps, in order; a later version of it brings more, and changes none of these."""
    check_installed()
    from procrastinate.schema import SchemaManager

    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _running(file: Path) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        connection.execute(file.read_bytes())

    return run


def check_installed() -> None:
    """Raise MissingExtraError where there is no procrastinate, and keep its log quiet where there is."""
    try:
        import procrastinate  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            "the queue needs procrastinate, which is not installed; type: pip install 'newsrag[workers]'"
        ) from error
    # Its lines hold the arguments of a job, which are articles; what matters of them is told, or stands with the job.
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL + 1)
