"""The endpoints put on the application that serves the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from rag import __version__
from rag.errors import MissingExtraError
from ui.accounts.caller import caller_of
from ui.api import articles, chat, health, kept, programs
from ui.api.docs import docs_page
from ui.api.errors import tell_errors
from ui.backend import Backend
from ui.line import Rates

ABOUT = """Questions answered from a library of news articles; every sentence of an answer shows the exact words behind it.

Where accounts are set up, send an API key: Authorization: Bearer KEY. Errors have the shape
{"error": {"message", "type", "param", "code"}}; 429 and 503 say in Retry-After when to come back.

The same tools are at /mcp for programs that speak the Model Context Protocol."""


def attach(app: FastAPI, backend: Backend) -> None:
    """Add the endpoints to an application; those for programs only where the settings allow them."""
    tell_errors(app)
    app.include_router(health.router(backend))
    limited = Depends(_limit(rates := Rates(backend.config.page.requests_per_minute, what="requests")))
    app.include_router(kept.router(backend), dependencies=[limited])
    if not backend.config.api.enabled:
        return
    app.title, app.version, app.description = "Ask the news, for programs", __version__, ABOUT
    for routes in (programs, articles, chat):
        app.include_router(routes.router(backend), dependencies=[limited])
    _describe(app)
    _add_tools(app, backend, rates)


def _limit(rates: Rates) -> Any:
    async def limit(request: Request) -> None:
        rates.count(caller_of(request).paying)

    return limit


def _describe(app: FastAPI) -> None:
    """Add the OpenAPI description, for programs and for people."""

    @app.get("/api/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return JSONResponse(app.openapi())

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.openapi()))


def _add_tools(app: FastAPI, backend: Backend, rates: Rates) -> None:
    """Add the tools at `/mcp`, where their package is installed; where it is not, say so there."""
    try:
        from mcp.server.transport_security import TransportSecuritySettings

        from ui.api.tools import tools
    except (ImportError, MissingExtraError):

        @app.api_route("/mcp", methods=["GET", "POST", "DELETE"], include_in_schema=False)
        async def missing() -> Response:
            raise MissingExtraError("the tools need the package `mcp`; type: pip install 'newsrag[mcp]'")

        return
    server = tools(backend, rates)
    guarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # ui.guard does that for every path
    over_http = server.streamable_http_app(
        streamable_http_path="/mcp",
        stateless_http=True,
        transport_security=guarded,
        max_request_body_size=backend.config.page.body_mb * 1_000_000,
    )
    app.router.routes.extend(over_http.routes)
    before = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(started: FastAPI) -> AsyncIterator[Any]:
        async with server.session_manager.run(), before(started) as state:
            yield state

    app.router.lifespan_context = lifespan
