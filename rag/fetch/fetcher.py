"""One request: resolved once, checked, pinned, and capped in bytes, time and headers. Redirects are returned, not followed.

No cookies, no proxies, no logins, no reuse of connections: what one page does cannot tell on the next.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import httpcore

from rag import __version__
from rag.config import FetchConfig
from rag.errors import InputError
from rag.fetch.connect import Deadline, PinnedBackend, Resolve, Streams, checked_addresses, resolve
from rag.fetch.expand import accepted_encodings, expand
from rag.fetch.url import Allowed, Target, parse_url

PRODUCT = "newsrag"
MAX_HEADERS = 200
_REDIRECTS = (301, 302, 303, 307, 308)
_ACCEPT = "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/feed+json, */*;q=0.5"


class FetchError(InputError):
    """The page could not be had this time: refused, cut off, too slow. Another time may do."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered; `body` is expanded, and empty where the status is not 200. Header names are in lower case."""

    target: Target
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    location: Target | None = None

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case: `text/html`."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Fetcher:
    """Makes requests, from any number of threads."""

    def __init__(self, settings: FetchConfig, *, resolver: Resolve = resolve) -> None:
        self.settings = settings
        self.allowed = Allowed(frozenset(host.lower() for host in settings.allow_hosts), frozenset(settings.allow_ports))
        self.agent = user_agent(settings)
        self._resolver = resolver
        self._streams = Streams()
        self._encodings = accepted_encodings()

    def get(self, target: Target, *, headers: Mapping[str, str] | None = None, max_bytes: int = 0) -> Response:
        """Return what the server answers to one request.

        Args:
            headers: Further headers, such as If-None-Match.
            max_bytes: Most bytes of the body, as sent and as expanded; 0 takes the setting.

        Raises:
            NotAllowedError: the host leads where nothing is fetched from; no connection was made.
            FetchError: no answer, a broken one, or not in time.
            InputError: an answer that is too large or in no known encoding.
        """
        deadline = Deadline.after(self.settings.total_s)
        try:
            addresses = checked_addresses(target, self.allowed, self._resolved(target, deadline))
        except OSError as error:
            raise FetchError(f"the host {target.host!r} cannot be found ({error.strerror or error})") from None
        try:
            return self._exchange(target, addresses, deadline, dict(headers or {}), max_bytes or self.settings.max_bytes)
        except httpcore.TimeoutException:
            raise FetchError(f"{target.host!r} did not answer in time; fetch.total_s and fetch.read_s say how long") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
            raise FetchError(f"the connection to {target.host!r} failed ({_short(error)})") from None

    def abort(self) -> None:
        """Break off every request that is going on in another thread."""
        self._streams.abort()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        import httpx

        return httpx.create_ssl_context()

    def _exchange(
        self, target: Target, addresses: list[str], deadline: Deadline, headers: dict[str, str], max_bytes: int
    ) -> Response:
        settings = self.settings
        host = target.host.encode("ascii")
        connection = httpcore.HTTPConnection(
            httpcore.Origin(target.scheme.encode(), host, target.port),
            ssl_context=self._tls if target.scheme == "https" else None,
            network_backend=PinnedBackend(addresses, deadline, self._streams),
        )
        sent = {
            "Host": target.netloc,
            "User-Agent": self.agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": self._encodings,
            "Connection": "close",
            **headers,
        }
        request = httpcore.Request(
            "GET",
            httpcore.URL(scheme=target.scheme.encode(), host=host, port=target.port, target=target.path.encode("ascii")),
            headers=[(name.encode(), value.encode("ascii")) for name, value in sent.items()],
            extensions={"timeout": {"connect": settings.connect_s, "read": settings.read_s, "write": settings.read_s}},
        )
        try:
            response = connection.handle_request(request)
            if len(response.headers) > MAX_HEADERS:
                raise InputError(f"{len(response.headers)} headers, over the limit of {MAX_HEADERS}")
            got = _headers(response.headers)
            location = None
            if response.status in _REDIRECTS and got.get("location"):
                location = parse_url(got["location"], allowed=self.allowed, base=target.url)
            body = b"" if response.status != 200 else _body(response, got, max_bytes)
            return Response(target, response.status, got, body, location)
        finally:
            connection.close()

    def _resolved(self, target: Target, deadline: Deadline) -> list[str]:
        """Return the addresses of a host, by the deadline: the system's resolver itself has none."""
        found: list[str] = []
        failed: list[Exception] = []

        def look_up() -> None:
            try:
                found.extend(self._resolver(target.host, target.port))
            except (OSError, UnicodeError) as error:
                failed.append(error)

        thread = threading.Thread(target=look_up, daemon=True, name="resolve")
        thread.start()
        thread.join(deadline.cap(self.settings.connect_s, httpcore.ConnectTimeout))
        if thread.is_alive():
            raise OSError("the name server did not answer in time")
        if failed:
            raise OSError(getattr(failed[0], "strerror", None) or str(failed[0]))
        return found


def user_agent(settings: FetchConfig) -> str:
    """Return how requests name this product, and whom to write to: `newsrag/0.1.0 (+mailto:desk@paper.example)`."""
    contact = f" (+{settings.contact})" if settings.contact else ""
    return f"{PRODUCT}/{__version__}{contact}"


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers as text, the first of each name."""
    headers: dict[str, str] = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("utf-8", "replace").strip())
    return headers


def _body(response: httpcore.Response, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """Return the expanded body."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > max_bytes:
        raise InputError(f"{int(length[:20]):,} bytes, over the limit of {max_bytes:,}")
    data = bytearray()
    for block in response.iter_stream():
        data += block
        if len(data) > max_bytes:
            raise InputError(f"more than {max_bytes:,} bytes, the limit")
    return expand(bytes(data), headers.get("content-encoding", ""), limit=max_bytes)


def _short(error: Exception) -> str:
    """Return what went wrong on one line of at most 200 characters."""
    line = " ".join(str(error).split()) or type(error).__name__
    return line if len(line) <= 200 else line[:199] + "…"
