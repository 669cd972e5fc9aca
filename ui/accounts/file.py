"""The file of accounts and API keys, written whole, read again whenever it changed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from rag.errors import ConfigError
from rag.files import write_private
from ui.accounts.book import Account, Accounts, Change


@dataclass(frozen=True, slots=True)
class _File:
    accounts: Mapping[str, Account] = field(default_factory=dict)


class FileAccounts(Accounts):
    """The accounts in a file, which need not exist."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self.path = path
        self._stamp: tuple[int, ...] | None = None
        self._read = _File()

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

    def _change(self, name: str, change: Change) -> None:
        known = dict(self._known())
        changed = change(known.pop(name, None))
        self._write({**known, name: changed} if changed else known)

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


@cache
def _files() -> TypeAdapter[_File]:
    return TypeAdapter(_File)
