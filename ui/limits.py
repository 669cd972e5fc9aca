"""The largest request that is taken, whatever it is for."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Answers a request with 413 once its body is too large, told beforehand or found on the way. Pure ASGI."""

    def __init__(self, app: ASGIApp, *, most_bytes: int) -> None:
        """Stand before `app`."""
        self._app = app
        self._most = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its body part by part."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > self._most:
            await self._refusal()(scope, receive, send)
            return
        seen = 0
        is_refused = has_begun = False

        async def receiving() -> Message:
            nonlocal seen, is_refused
            message = await receive()
            seen += len(message.get("body", b""))
            if seen <= self._most:
                return message
            if not has_begun and not is_refused:
                is_refused = True
                await self._refusal()(scope, receive, send)
            is_refused = True
            return {"type": "http.disconnect"}

        async def sending(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            if not is_refused:  # else the reply was given
                await send(message)

        await self._app(scope, receiving, sending)

    def _refusal(self) -> JSONResponse:
        message = f"the request is larger than {self._most:,} bytes; send less at once"
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": "too_large"}
        return JSONResponse({"error": error}, status_code=413, headers={"Connection": "close"})
