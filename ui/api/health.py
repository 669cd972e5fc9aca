"""`/healthz`, `/readyz` and `/metrics`: for what looks after the server."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from rag.errors import NewsRagError
from ui.backend import Backend


def router(backend: Backend) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["Operation"])

    @routes.get("/healthz")
    async def healthz() -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz")
    async def readyz() -> Response:
        """Say whether questions can be answered: there is a library, it can be read, and it holds an article."""

        def is_ready() -> bool:
            try:
                return backend.stats() is not None
            except NewsRagError:
                return False

        ready = await run_in_threadpool(is_ready)
        return JSONResponse({"status": "ready" if ready else "not ready"}, status_code=200 if ready else 503)

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Return the counts in Prometheus' text format."""
        return Response(await run_in_threadpool(backend.metrics.text), media_type=CONTENT_TYPE_LATEST)

    return routes
