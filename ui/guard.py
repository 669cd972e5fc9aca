"""What stands before the page: who may talk to it, and what a browser may load for it.

Gradio answers any Host, lets any Origin read its replies, and renders remote images. A page on the web could therefore
read a reader's articles through their own browser, and one rendered answer could leak a conversation.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_ADDRESS = frozenset({"0.0.0.0", "::"})

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_SCRIPT = re.compile(rb"<script(?=[\s>])")


def policy(nonce: str = "") -> str:
    """Return the Content-Security-Policy: nothing from outside, no inline script without the nonce.

    'unsafe-eval' is there because Gradio compiles the template of its HTML component in the browser; it gives nothing to
    injected markup, which cannot run a script at all.
    """
    scripts = f"'self' 'nonce-{nonce}' 'unsafe-eval'" if nonce else "'self'"
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; media-src 'self' data: blob:; worker-src 'self' blob:; "
        "object-src 'none'; frame-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    )


class Guard:
    """Refuses foreign hosts and origins and puts the security headers on every reply. Pure ASGI, so streams flow."""

    def __init__(self, app: ASGIApp, *, host: str, names: Sequence[str] = (), head: str = "") -> None:
        """Guard `app`, which listens on `host`.

        Args:
            names: Further names that it answers to.
            head: Put at the end of the head of pages that have a script.
        """
        self._app = app
        self._names = LOOPBACK | {host.lower(), *(name.lower() for name in names)}
        self._is_any_address = host in ANY_ADDRESS
        self._head = head.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request of our own page, and answer any other with 400 or 403."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers)
        reply = _Reply(send, self._head)
        if refusal is not None:
            await refusal(scope, receive, reply.send)
            return
        # A compressed page could not be given its nonce.
        kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding" or scope["path"] != "/"]
        await self._app({**scope, "headers": kept}, receive, reply.send)

    def _refusal(self, headers: Headers) -> PlainTextResponse | None:
        """Return the answer to a request that is not our own page's, or None."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(host):
            return PlainTextResponse(f"This page is not {host[:200]!r}; open it at the address it printed.", status_code=400)
        if origin is None:
            # Following a link to the page is no reason for suspicion; a browser sends an Origin with every form.
            is_link = headers.get("sec-fetch-mode") == "navigate"
            is_foreign = headers.get("sec-fetch-site") in ("cross-site", "same-site") and not is_link
        else:
            is_foreign = origin.lower().partition("://")[2] != host.lower()
        return PlainTextResponse("Another site may not talk to this page.", status_code=403) if is_foreign else None

    def _is_ours(self, host: str) -> bool:
        """Return whether a Host header names us.

        Bound to every address, any address will do: a page elsewhere can point a name of its own at us, but not a number.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        return name in self._names or (self._is_any_address and _is_address(name))


class _Reply:
    """One reply on its way out: headers added, a page given its nonce and its head."""

    def __init__(self, send: Send, head: bytes) -> None:
        self._send = send
        self._head = head
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def send(self, message: Message) -> None:
        """Pass on a part of the reply, a page only once it is whole."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update({**HEADERS, "Content-Security-Policy": policy()})
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._body.append(message.get("body", b""))
            if message.get("more_body"):
                return
            message = await self._page()
        await self._send(message)

    async def _page(self) -> Message:
        """Send the start of a page that is whole now, and return its body."""
        assert self._start is not None
        start, self._start = self._start, None
        nonce = secrets.token_urlsafe(16)
        page = b"".join(self._body)
        if _SCRIPT.search(page):  # the others, such as the login, are whole as they are
            page = page.replace(b"</head>", self._head + b"</head>", 1)
        page = _SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), page)
        headers = MutableHeaders(scope=start)
        headers["Content-Security-Policy"] = policy(nonce)
        if "content-length" in headers:
            headers["Content-Length"] = str(len(page))
        await self._send(start)
        return {"type": "http.response.body", "body": page}


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a server that listens on `host`."""
    return host.lower() in LOOPBACK or (_is_address(host) and ip_address(host).is_loopback)
