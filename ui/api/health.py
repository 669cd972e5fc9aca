"""`/healthz`, `/readyz` and `/metrics`: for what looks after the server."""

from __future__ import annotations

import logging

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from rag.errors import NewsRagError
from ui.backend import Backend

log = logging.getLogger(__name__)


def router(backend: Backend) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["Operation"])

    @routes.get("/healthz")
    async def healthz() -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz")
    async def readyz() -> Response:
        """Say whether questions can be answered: the library can be reached, holds an article, and the server does not stop."""

        def lacking() -> str:
            if backend.line.is_closed:
                return "the server is about to stop"
            try:
                return "" if backend.is_stocked() else "the library holds no article"
            except NewsRagError as error:
                log.warning("not ready: %s", error)
                return "the library cannot be read"  # where it lies is nobody's business

        why = await run_in_threadpool(lacking)
        if why:
            return JSONResponse({"status": "not ready", "reason": why}, status_code=503, headers={"Retry-After": "5"})
        return JSONResponse({"status": "ready"})

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Return the counts in Prometheus' text format."""
        return Response(await run_in_threadpool(backend.metrics.text), media_type=CONTENT_TYPE_LATEST)

    return routes
