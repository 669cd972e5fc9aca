"""The door: finds out who sends a request, asks for a login where one is needed, and lets nobody else in."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import ConfigError, StoreError
from ui.accounts.caller import SCOPE_KEY, Caller
from ui.accounts.cookies import BROWSER, BROWSER_S, SESSION, Cookies
from ui.accounts.login import inside, login_page

if TYPE_CHECKING:
    from ui.state import Entrance

log = logging.getLogger(__name__)

OPEN = frozenset({"/healthz", "/readyz", "/page/icon.svg"})
"""What everybody may see: nothing in it is anybody's."""

MAX_FORM = 8192
"""Most bytes of a login."""


class Door:
    """Puts the caller of each request in its scope. Pure ASGI, so streams flow."""

    def __init__(self, app: ASGIApp, *, entrance: Entrance, cookies: Cookies, required: bool) -> None:
        """Stand before `app`.

        Args:
            required: Let nobody in without an account, even while there is none.
        """
        self._app = app
        self._accounts = entrance.accounts
        self._cookies = cookies
        self._required = required
        self._attempts = entrance.attempts
        self._checking = asyncio.Semaphore(2)  # each check takes memory and a processor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on the request of somebody known, and answer any other."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            if not self._accounts.is_fresh:
                await asyncio.to_thread(self._accounts.refresh)
            reply = await self._own(request) or self._admitted(request)
        except (ConfigError, StoreError) as error:  # a damaged file, or a server that is away: nobody is let in
            log.error("%s", error)
            reply = JSONResponse(_error("accounts cannot be checked now", "server_error"), status_code=503)
        if isinstance(reply, Response):
            await reply(scope, receive, send)
            return
        caller, key = reply
        scope[SCOPE_KEY] = caller
        await self._app(scope, receive, _with_cookie(send, request, key) if key else send)

    def _is_closed(self) -> bool:
        """Return whether one has to log in. Once there was an account, that stays so until the program ends."""
        self._required = self._required or bool(self._accounts.names())
        return self._required

    async def _own(self, request: Request) -> Response | None:
        """Return the reply of the login page and of logging out."""
        path, method = request.url.path, request.method
        if path == "/logout" and method == "POST":
            gone = RedirectResponse("/login" if self._is_closed() else "/", status_code=303)
            gone.delete_cookie(SESSION, httponly=True, samesite="lax", secure=_is_secure(request))
            return gone
        if path != "/login":
            return None
        if not self._is_closed() or method not in ("GET", "HEAD", "POST"):
            return RedirectResponse("/", status_code=303)
        return await self._logged_in(request) if method == "POST" else _page(request.query_params.get("next", "/"))

    async def _logged_in(self, request: Request) -> Response:
        """Return the reply to a login."""
        form = await _form(request)
        if form is None:
            return _page("/", "That is no login.", status=413)
        name = form.get("name", "").strip().casefold()[:64]
        wanted, address = inside(form.get("next", "/")), _address(request)
        wait_s = await asyncio.to_thread(self._attempts.admit, name, address)
        if wait_s:
            page = _page(wanted, f"Too many attempts; wait {math.ceil(wait_s)} s.", status=429)
            page.headers["Retry-After"] = str(math.ceil(wait_s))
            return page
        async with self._checking:
            is_right = await asyncio.to_thread(self._accounts.is_password, name, form.get("password", ""))
        if not is_right:
            log.warning("a login as %r from %s failed", name, address)
            return _page(wanted, "Name or password is wrong.", status=401)
        await asyncio.to_thread(self._attempts.succeeded, name, address)
        reply = RedirectResponse(wanted, status_code=303)
        reply.set_cookie(
            SESSION,
            self._cookies.session(name),
            max_age=int(self._cookies.session_s),
            httponly=True,
            samesite="lax",
            secure=_is_secure(request),
        )
        return reply

    def _admitted(self, request: Request) -> Response | tuple[Caller, str]:
        """Return who sends a request and the key that their browser is to get, if any, or the refusal."""
        address = _address(request)
        if not self._is_closed():
            key = request.cookies.get(BROWSER, "")
            if 20 <= len(key) <= 100:
                return Caller(self._cookies.owner(key), address=address, is_known=True), ""
            key = self._cookies.browser()
            return Caller(self._cookies.owner(key), address=address), key
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        name = (
            self._accounts.account_of(bearer.strip())
            if kind.lower() == "bearer"
            else self._cookies.account(request.cookies.get(SESSION, ""))
        )
        if name is not None:
            return Caller(f"account:{name}", name, address, is_known=True), ""
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?next={quote(wanted, safe='/')}", status_code=303)
        why = "no such API key" if kind.lower() == "bearer" else "log in, or send an API key: Authorization: Bearer KEY"
        return JSONResponse(
            _error(why, "invalid_api_key"), status_code=401, headers={"WWW-Authenticate": 'Bearer realm="newsrag"'}
        )


def _page(wanted: str, wrong: str = "", *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(login_page(wanted, wrong), status_code=status, headers={"Cache-Control": "no-store"})


def _error(message: str, code: str) -> dict[str, dict[str, str | None]]:
    return {"error": {"message": message, "type": "authentication_error", "param": None, "code": code}}


async def _form(request: Request) -> dict[str, str] | None:
    """Return the fields of a form, None where it is no form or too long for a login."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            return None
    return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20)) if body.count(b"&") < 20 else None


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _with_cookie(send: Send, request: Request, key: str) -> Send:
    """Return what sends a page with the key that its browser is to keep; only a page: programs have no use for one."""
    secure = "; Secure" if _is_secure(request) else ""
    cookie = f"{BROWSER}={key}; Max-Age={BROWSER_S}; Path=/; HttpOnly; SameSite=Lax{secure}"

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                headers.append("Set-Cookie", cookie)
        await send(message)

    return sending
