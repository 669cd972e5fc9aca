"""Accounts and API keys, wherever they are kept: hashes only, and what a door asks of them."""

from __future__ import annotations

import hmac
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from rag.config import Config
from rag.errors import ConfigError, InputError
from rag.store.beside import server_of
from ui.accounts.passwords import (
    MAX_PASSWORD,
    MIN_PASSWORD,
    hash_key,
    hash_password,
    is_password,
    key_id,
    new_key,
)

FILE = "accounts.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: its id, its hash, the UTC time it was made, and what it is for."""

    id: str
    hash: str
    made: datetime
    label: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is kept; without a password it has only its API keys."""

    password: str = ""
    keys: tuple[ApiKey, ...] = ()


Change = Callable[[Account | None], Account | None]
"""What makes of an account another one; None is one that there is not."""


class Accounts(ABC):
    """All accounts, of which there need not be one. Safe to share between threads.

    Where they cannot be read, every method raises ConfigError or StoreError: a door that cannot see its list lets nobody in.
    """

    @classmethod
    def of(cls, config: Config) -> Accounts:
        """Return the accounts that the settings name: on the server that holds the library, unless `auth.file` names a file.

        Raises:
            StoreError: the server cannot be reached.
        """
        server = server_of(config.library)
        if server and not config.auth.file:
            from ui.accounts.postgres import PostgresAccounts

            return PostgresAccounts(server)
        from ui.accounts.file import FileAccounts

        return FileAccounts(Path(config.auth.file) if config.auth.file else config.library.path / FILE)

    @property
    @abstractmethod
    def place(self) -> str:
        """Where they are kept, to be named in messages."""

    @property
    def is_fresh(self) -> bool:
        """Whether a look at them takes no time worth mentioning; else `refresh` them in a thread first."""
        return True

    def refresh(self) -> None:  # noqa: B027  # a file is read in no time
        """Read them again where they may have changed."""

    def close(self) -> None:  # noqa: B027  # and not held open
        """Give up what is held open; closing twice is harmless."""

    @abstractmethod
    def _known(self) -> Mapping[str, Account]:
        """Return the accounts by name, as they are now."""

    @abstractmethod
    def _change(self, name: str, change: Change) -> None:
        """Put what `change` makes of an account in its place, as if nobody else wrote meanwhile."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all accounts, in order."""
        return tuple(sorted(self._known()))

    def keys(self, name: str) -> tuple[ApiKey, ...]:
        """Return an account's API keys, none where there is no such account."""
        return self._known().get(name, Account()).keys

    def fingerprint(self, name: str) -> str | None:
        """Return what changes whenever an account's password does, None where there is no such account or it has none."""
        account = self._known().get(name)
        return account.password if account and account.password else None

    def is_password(self, name: str, password: str) -> bool:
        """Return whether an account has that password; it takes as long where there is no such account."""
        account = self._known().get(name.casefold())
        known = account.password if account else ""
        return is_password(password[:MAX_PASSWORD], known or _nobodys()) and bool(known)

    def account_of(self, key: str) -> str | None:
        """Return the name of the account that has an API key, None where nobody has."""
        wanted, hashed = key_id(key), hash_key(key)
        for name, account in self._known().items():
            if any(one.id == wanted and hmac.compare_digest(one.hash, hashed) for one in account.keys):
                return name
        return None

    def add(self, name: str, password: str) -> None:
        """Make an account, or give one another password.

        Raises:
            ConfigError: the name or the password cannot be used, or it cannot be written.
        """
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise ConfigError(
                f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters, not {len(password)}; choose another"
            )
        hashed = hash_password(password)
        self._change(_checked(name), lambda account: replace(account or Account(), password=hashed))

    def add_key(self, name: str, label: str = "") -> str:
        """Return a new API key of an account, which is made where there is none; nobody can read the key again.

        Raises:
            ConfigError: the name cannot be used, or it cannot be written.
        """
        key, id_, hashed = new_key()
        made = ApiKey(id_, hashed, datetime.now(UTC).replace(microsecond=0), label[:100])

        def with_key(account: Account | None) -> Account:
            account = account or Account()
            return replace(account, keys=(*account.keys, made))

        self._change(_checked(name), with_key)
        return key

    def remove_key(self, id_: str) -> None:
        """Take an API key back.

        Raises:
            InputError: nobody has a key of that id.
            ConfigError: it cannot be written.
        """
        owners = [name for name, account in self._known().items() if any(key.id == id_ for key in account.keys)]
        if not owners:
            raise InputError(f"no API key {id_!r}; `rag auth list` shows all")

        def without(account: Account | None) -> Account | None:
            return account and replace(account, keys=tuple(key for key in account.keys if key.id != id_))

        for name in owners:
            self._change(name, without)

    def remove(self, name: str) -> None:
        """Delete an account with its keys; its conversations stay.

        Raises:
            InputError: there is none of that name.
            ConfigError: it cannot be written.
        """
        if name.casefold() not in self._known():
            raise InputError(f"no account {name!r}; `rag auth list` shows all")
        self._change(name.casefold(), lambda _: None)


def _checked(name: str) -> str:
    name = name.casefold()
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot be an account's name: letters a-z, digits and . _ @ - only, 64 at most")
    return name


@cache
def _nobodys() -> str:
    """Return a hash that no password is compared to for real."""
    return hash_password(secrets.token_urlsafe(16))
