"""A URL read once, strictly: what is checked, what is connected to and what is asked for are the same three strings.

Programs differ in how they read odd URLs, and an attacker lives off the difference. Here a URL with a login, an odd port,
a backslash, a space or a host in any spelling but the plain one is refused, never repaired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from rag.errors import InputError

PORTS = {"http": 80, "https": 443}
USUAL_PORTS = (80, 443, 8080, 8443)
MAX_URL_CHARS = 2000

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_SAFE = "!$%&'()*+,/:;=?@~-._[]|"
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".onion")


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a URL that may be asked for: `host` is a lower-case ASCII name or a plain address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """Host, and port where it is not the scheme's own, as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and host: what a robots.txt is for."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def url(self) -> str:
        """The whole, in its one spelling."""
        return self.origin + self.path


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the settings allow beyond the usual: `hosts` are names or addresses, bare or with a port; `ports` are for all."""

    hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset(USUAL_PORTS)

    def names(self, target: Target) -> bool:
        """Whether the host of `target` is named."""
        return not self.hosts.isdisjoint((target.host, _with_port(target)))

    def admits_port(self, target: Target) -> bool:
        """Whether the port of `target` may be connected to."""
        return target.port in self.ports or _with_port(target) in self.hosts


def parse_url(text: str, *, allowed: Allowed, base: str = "") -> Target:
    """Return the target of an absolute http(s) URL, its fragment dropped; with a `base`, relative ones are resolved first.

    Raises:
        InputError: it is none, or one that is never asked for; the message is a phrase that says why.
    """
    text = text.strip(" \t\r\n")
    if len(text) > MAX_URL_CHARS:
        raise InputError(f"a URL of {len(text):,} characters, over the limit of {MAX_URL_CHARS:,}")
    if not text.isprintable() or " " in text or "\\" in text:
        raise InputError(f"the URL {text!r} has a space, a backslash or an invisible character in it")
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        port = parts.port
    except ValueError as error:
        raise InputError(f"the URL {text!r} is malformed ({error})") from None
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise InputError(f"the URL {text!r} is not http or https" if scheme else f"{text!r} is no URL; begin it with https://")
    if "@" in parts.netloc:
        raise InputError("a URL with a login in it; none is ever sent")
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    target = Target(scheme, _host(parts.netloc, parts.hostname or ""), PORTS[scheme] if port is None else port, path)
    if not allowed.admits_port(target):
        usual = ", ".join(map(str, sorted(allowed.ports)))
        raise InputError(f"port {target.port} is not one of {usual}; name {_with_port(target)!r} in fetch.allow_hosts")
    if not allowed.names(target) and _is_local_name(target.host):
        raise InputError(f"{target.host!r} is a name of a local network; name it in fetch.allow_hosts to allow it")
    return target


def _with_port(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"{host}:{target.port}"


def _host(netloc: str, host: str) -> str:
    """Return a host in its plain spelling."""
    if netloc.startswith("["):
        try:
            return str(IPv6Address(host)) if "%" not in host else _refuse(host)
        except AddressValueError:
            return _refuse(host)
    if not host or "%" in host or ":" in host:
        return _refuse(host)
    name = _ascii(host).rstrip(".") if not _ascii(host).endswith("..") else ""
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return _refuse(host)
    if _NUMBER.fullmatch(labels[-1]):
        # A name whose last label is a number is an address to resolvers, in many spellings: 2130706433, 0x7f.1, 0177.0.0.1.
        try:
            return str(IPv4Address(name)) if name == host else _refuse(host)
        except AddressValueError:
            return _refuse(host)
    return name


def _ascii(host: str) -> str:
    """Return a host name in ASCII, as the name system knows it: `bücher.example` -> `xn--bcher-kva.example`."""
    if host.isascii():
        return host.lower()
    import idna

    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return _refuse(host)


def _is_local_name(host: str) -> bool:
    return f".{host}".endswith(_LOCAL_NAMES)


def _refuse(host: str) -> str:
    raise InputError(f"the host {host!r} is not a plain name or address")
