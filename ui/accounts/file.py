"""The file of accounts and API keys: hashes only, written whole, read again whenever it changed."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rag.config import Config
from rag.errors import ConfigError, InputError
from rag.files import write_private
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


@dataclass(frozen=True, slots=True)
class _File:
    accounts: Mapping[str, Account] = field(default_factory=dict)


class Accounts:
    """The accounts in a file, which need not exist. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self.path = path
        self._stamp: tuple[int, ...] | None = None
        self._read = _File()

    @classmethod
    def of(cls, config: Config) -> Accounts:
        """Return the accounts that the settings name."""
        return cls(Path(config.auth.file) if config.auth.file else config.library.path / FILE)

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
            ConfigError: the name or the password cannot be used, or the file cannot be written.
        """
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise ConfigError(
                f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters, not {len(password)}; choose another"
            )
        known = self._known()
        name = _checked(name)
        self._write({**known, name: replace(known.get(name, Account()), password=hash_password(password))})

    def add_key(self, name: str, label: str = "") -> str:
        """Return a new API key of an account, which is made where there is none; nobody can read the key again.

        Raises:
            ConfigError: the name cannot be used, or the file cannot be written.
        """
        known = self._known()
        name = _checked(name)
        account = known.get(name, Account())
        key, id_, hashed = new_key()
        made = ApiKey(id_, hashed, datetime.now(UTC).replace(microsecond=0), label[:100])
        self._write({**known, name: replace(account, keys=(*account.keys, made))})
        return key

    def remove_key(self, id_: str) -> None:
        """Take an API key back.

        Raises:
            InputError: nobody has a key of that id.
            ConfigError: the file cannot be written.
        """
        known = self._known()
        if not any(key.id == id_ for account in known.values() for key in account.keys):
            raise InputError(f"no API key {id_!r}; `rag auth list` shows all")
        self._write(
            {
                name: replace(account, keys=tuple(key for key in account.keys if key.id != id_))
                for name, account in known.items()
            }
        )

    def remove(self, name: str) -> None:
        """Delete an account with its keys; its conversations stay.

        Raises:
            InputError: there is none of that name.
            ConfigError: the file cannot be written.
        """
        known = dict(self._known())
        if known.pop(name.casefold(), None) is None:
            raise InputError(f"no account {name!r}; `rag auth list` shows all")
        self._write(known)

    def _known(self) -> Mapping[str, Account]:
        """Return the accounts as the file has them now.

        Raises:
            ConfigError: it cannot be read. A door that cannot see its list lets nobody in.
        """
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._read = _files().validate_json(self.path.read_bytes())
                self._stamp = stamp
        except FileNotFoundError:
            self._read, self._stamp = _File(), None
        except (OSError, ValidationError) as error:
            raise ConfigError(f"the file of accounts {str(self.path)!r} cannot be read: {error}; mend or restore it") from None
        return self._read.accounts

    def _write(self, accounts: Mapping[str, Account]) -> None:
        text = json.dumps(_files().dump_python(_File(accounts), mode="json"), indent=2) + "\n"
        partial = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_private(partial, text.encode())
            partial.replace(self.path)
        except OSError as error:
            raise ConfigError(
                f"the file of accounts {str(self.path)!r} cannot be written: {error.strerror}; name another with auth.file"
            ) from error


def _checked(name: str) -> str:
    name = name.casefold()
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot be an account's name: letters a-z, digits and . _ @ - only, 64 at most")
    return name


@cache
def _files() -> TypeAdapter[_File]:
    return TypeAdapter(_File)


@cache
def _nobodys() -> str:
    """Return a hash that no password is compared to for real."""
    return hash_password(secrets.token_urlsafe(16))
