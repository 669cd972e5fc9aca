"""Where a Qdrant store lies, as the setting names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from rag.errors import ConfigError

SCHEMES = ("qdrant://", "qdrant+https://")

KEY = "QDRANT_API_KEY"
"""The environment variable of the server's API key."""

MEMORY = ":memory:"

_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True, slots=True)
class Address:
    """A place and the name of one store there.

    Attributes:
        url: Of the server; empty where the client itself holds the points (its local mode).
        folder: Of the local mode; `:memory:` for one that lives as long as something in this process has it open.
        prefix: Begins the names of the store's collections.
        location: The whole, to be named in messages.
    """

    url: str
    folder: str
    prefix: str
    location: str

    @property
    def place(self) -> str:
        """What stores of one server or folder share."""
        return self.url or self.folder


def is_address(store: str) -> bool:
    """Return whether a setting names a Qdrant store."""
    return store.startswith(SCHEMES)


def parse(text: str) -> Address:
    """Return the parts of an address.

    >>> parse("qdrant+https://search.example:6333/news").url
    'https://search.example:6333'

    Raises:
        ConfigError: it is none, or has a key or password in it.
    """
    form = "write it as qdrant://HOST:6333/NAME, qdrant+https://HOST:6333/NAME, qdrant:///FOLDER or qdrant://:memory:"
    scheme, _, rest = text.partition("://")
    if rest == MEMORY or rest.startswith(f"{MEMORY}/"):
        return Address("", MEMORY, _name(rest.removeprefix(MEMORY).strip("/") or "newsrag", text, form), text)
    if rest.startswith("/"):
        if rest == "/" or scheme != "qdrant":
            raise ConfigError(f"library.store {text!r} names no folder; {form}")
        return Address("", rest, "newsrag", text)
    try:
        parts = urlsplit(f"http://{rest}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigError(f"library.store {_bare(text)!r} is no address; {form}") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(f"library.store {_bare(text)!r} may hold no key or option: put the key in {KEY}; {form}")
    if not host:
        raise ConfigError(f"library.store {text!r} names no host; {form}")
    named = f"[{host}]" if ":" in host else host
    web = "https" if scheme == "qdrant+https" else "http"
    return Address(f"{web}://{named}:{port or 6333}", "", _name(parts.path.strip("/") or "newsrag", text, form), text)


def _name(prefix: str, text: str, form: str) -> str:
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError(f"library.store {text!r}: a store's name {prefix!r} has letters, digits, - and _ alone; {form}")
    return prefix


def _bare(text: str) -> str:
    """Return an address without what may be a secret."""
    return re.sub(r"//[^@/]*@", "//", text).partition("?")[0]
