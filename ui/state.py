"""All that the page and the API keep between two requests: in files beside the library, or on the server that holds it.

The one place that chooses. With a server nothing else is kept in a process that another would have to know, so that any number
may stand behind one address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rag.config import Config
from rag.store.beside import server_of
from ui.accounts.attempts import Attempts
from ui.accounts.book import Accounts
from ui.accounts.cookies import load_secret
from ui.conversations import Conversations, ConversationStore


class LoginAttempts(Protocol):
    """Logins that failed, by name and address. Safe to share between threads."""

    def admit(self, name: str, address: str) -> float:
        """Return the seconds until that name may be tried from that address; 0 where it may be now, which is noted."""

    def succeeded(self, name: str, address: str) -> None:
        """Forget that name's failures from that address, and that the last attempt was one."""

    def close(self) -> None:
        """Give up what is held open; closing twice is harmless."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the door needs to tell who comes in. `secret` is what cookies are signed with."""

    accounts: Accounts
    attempts: LoginAttempts
    secret: bytes

    def close(self) -> None:
        """Give up what is held open; closing twice is harmless."""
        self.accounts.close()
        self.attempts.close()


def open_conversations(config: Config) -> Conversations:
    """Return where conversations and what readers think of answers are kept.

    Raises:
        StoreError: it cannot be opened.
    """
    if server := server_of(config.library):
        from ui.conversations.postgres import PostgresConversations

        return PostgresConversations(server)
    return ConversationStore(config.library.path)


def open_entrance(config: Config) -> Entrance:
    """Return who may come in.

    Raises:
        StoreError: the server cannot be reached.
    """
    if server := server_of(config.library):
        from ui.accounts.postgres import PostgresAccounts, PostgresAttempts, shared_secret

        shared = PostgresAccounts(server)  # makes the tables of the other two
        accounts: Accounts = shared
        if config.auth.file:
            shared.close()
            accounts = Accounts.of(config)
        return Entrance(accounts, PostgresAttempts(server), shared_secret(server))
    return Entrance(Accounts.of(config), Attempts(), load_secret(config.library.path))
