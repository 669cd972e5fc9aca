"""Accounts, API keys, the cookies' secret and failed logins in PostgreSQL: one list for every process that serves the page."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from rag.errors import ConfigError, StoreError
from rag.store.postgres.part import open_part
from rag.store.postgres.pool import Pool
from ui.accounts.attempts import FORGOTTEN_S, keys_of, wait_of
from ui.accounts.book import Account, Accounts, Change

if TYPE_CHECKING:
    from psycopg import Connection

PART = "accounts"

STEPS = (
    """
CREATE TABLE newsrag.accounts (name text COLLATE "C" PRIMARY KEY, body text NOT NULL);
CREATE TABLE newsrag.account_changes (one boolean PRIMARY KEY DEFAULT true CHECK (one), n bigint NOT NULL DEFAULT 0);
INSERT INTO newsrag.account_changes DEFAULT VALUES;
CREATE TABLE newsrag.secrets (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);
CREATE TABLE newsrag.login_attempts (key text COLLATE "C" PRIMARY KEY, n integer NOT NULL, at float8 NOT NULL);
CREATE INDEX login_attempts_at ON newsrag.login_attempts (at);
""",
)

FRESH_S = 2.0
"""How long a change that another process made may take to be seen."""

OUTAGE_S = 300.0
"""How long the accounts that were read last hold while the server is away: nothing can be read of the library then."""


class PostgresAccounts(Accounts):
    """The accounts in one database. They are looked at every two seconds, and read again when they changed."""

    def __init__(self, address: str, *, fresh_s: float = FRESH_S, clock: Callable[[], float] = time.monotonic) -> None:
        """Use the database at an address; its tables are made where there are none.

        Raises:
            StoreError: it cannot be reached, or a newer version of this program made the tables.
        """
        self._pool = open_part(address, PART, STEPS)
        self._fresh_s = fresh_s
        self._clock = clock
        self._reading = Lock()
        self._accounts: Mapping[str, Account] | None = None
        self._changes = -1
        self._read_at = self._tried_at = -OUTAGE_S

    @property
    def place(self) -> str:
        """The address, without its password."""
        return self._pool.location

    @property
    def is_fresh(self) -> bool:
        """Whether they were looked at just now; there is then time enough to ask all that a request asks."""
        return self._clock() - self._tried_at < self._fresh_s / 2

    def refresh(self) -> None:
        """Read them again where they changed; while another thread does, those of before hold."""
        if not self._reading.acquire(blocking=self._accounts is None):
            return
        try:
            now = self._clock()
            try:
                self._read()
                self._read_at = now
            except StoreError:
                if self._accounts is None or now - self._read_at > OUTAGE_S:
                    raise
            finally:
                self._tried_at = self._clock()
        finally:
            self._reading.release()

    def close(self) -> None:
        """Give the connections up."""
        self._pool.close()

    def _read(self) -> None:
        ((changes,),) = self._pool.rows("SELECT n FROM newsrag.account_changes")
        if self._accounts is None or changes != self._changes:
            rows = self._pool.rows("SELECT name, body FROM newsrag.accounts")
            self._accounts = {str(name): _decoded(name, body) for name, body in rows}
            self._changes = changes

    def _known(self) -> Mapping[str, Account]:
        if self._accounts is None or self._clock() - self._tried_at >= self._fresh_s:
            self.refresh()
        assert self._accounts is not None, "read, or an error was raised"
        return self._accounts

    def _change(self, name: str, change: Change) -> None:
        def changed(connection: Connection) -> None:
            connection.execute("UPDATE newsrag.account_changes SET n = n + 1")  # also keeps other changes away meanwhile
            row = connection.execute("SELECT body FROM newsrag.accounts WHERE name = %s", [name]).fetchone()
            account = change(_decoded(name, row[0]) if row else None)
            if account is None:
                connection.execute("DELETE FROM newsrag.accounts WHERE name = %s", [name])
                return
            connection.execute(
                "INSERT INTO newsrag.accounts VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                [name, _bodies().dump_json(account).decode()],
            )

        self._pool.write(changed)
        self._tried_at = -OUTAGE_S  # whoever changed them sees it at once


class PostgresAttempts:
    """Logins that failed, at whichever process; as `Attempts`."""

    def __init__(self, address: str, clock: Callable[[], float] = time.time) -> None:
        """Use the database at an address, of which `PostgresAccounts` made the tables."""
        self._pool = Pool(address)
        self._clock = clock

    def close(self) -> None:
        """Give the connections up."""
        self._pool.close()

    def admit(self, name: str, address: str) -> float:
        """Return the seconds until that name may be tried from that address; 0 where it may be now, which is noted.

        An attempt counts as failed until it succeeds: many at once are no way around the wait.
        """
        keys, now = dict(_keys(name, address)), self._clock()

        def admitted(connection: Connection) -> float:
            sql = "SELECT key, n, at FROM newsrag.login_attempts WHERE key = ANY(%s) ORDER BY key FOR UPDATE"
            rows = connection.execute(sql, [list(keys)]).fetchall()
            wait_s = max((wait_of(n, keys[key], now - at) for key, n, at in rows), default=0.0)
            if wait_s:
                return wait_s
            for key in sorted(keys):
                connection.execute(
                    "INSERT INTO newsrag.login_attempts AS a VALUES (%(key)s, 1, %(now)s) ON CONFLICT (key) DO UPDATE SET "
                    "n = CASE WHEN %(now)s - a.at < %(forgotten)s THEN a.n + 1 ELSE 1 END, at = excluded.at",
                    {"key": key, "now": now, "forgotten": FORGOTTEN_S},
                )
            connection.execute("DELETE FROM newsrag.login_attempts WHERE at < %s", [now - FORGOTTEN_S])
            return 0.0

        return self._pool.write(admitted)

    def succeeded(self, name: str, address: str) -> None:
        """Forget that name's failures from that address, and that the last attempt was one."""
        (here, _), *others = _keys(name, address)

        def forgotten(connection: Connection) -> None:
            connection.execute("DELETE FROM newsrag.login_attempts WHERE key = %s", [here])
            sql = "UPDATE newsrag.login_attempts SET n = greatest(0, n - 1) WHERE key = %s"
            for key in sorted(key for key, _ in others):
                connection.execute(sql, [key])

        self._pool.write(forgotten)


def shared_secret(address: str) -> bytes:
    """Return the secret that all processes at an address sign cookies with, made by the first.

    `PostgresAccounts` made its table.

    Raises:
        StoreError: the server cannot be reached.
    """
    made = secrets.token_bytes(32)
    with Pool(address) as pool:
        pool.write(
            lambda connection: connection.execute(
                "INSERT INTO newsrag.secrets VALUES ('cookies', %s) ON CONFLICT DO NOTHING", [made]
            )
        )
        ((found,),) = pool.rows("SELECT value FROM newsrag.secrets WHERE name = 'cookies'")
    return bytes(found)


def _keys(name: str, address: str) -> tuple[tuple[str, int], ...]:
    return keys_of(name.replace("\0", ""), address)


def _decoded(name: str, body: str) -> Account:
    try:
        return _bodies().validate_json(body)
    except ValidationError as error:
        raise ConfigError(
            f"the account {name!r} cannot be read ({error.errors()[0]['msg']}); remove it with: rag auth remove {name}"
        ) from None


@cache
def _bodies() -> TypeAdapter[Account]:
    return TypeAdapter(Account)
