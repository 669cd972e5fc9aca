"""Errors as programs get them, in the one shape that OpenAI's clients know: `{"error": {message, type, param, code}}`."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from rag.errors import (
    BackendError,
    ConfigError,
    EmptyLibraryError,
    GenerationError,
    InputError,
    LockedError,
    NewsRagError,
    QuestionError,
    RestingError,
    StoreError,
    TransientError,
)
from ui.line import BusyError, ClosingError

log = logging.getLogger(__name__)

BUG = "something went wrong on our side; the terminal that runs the server shows what"


class ApiError(NewsRagError):
    """A request that cannot be answered, with its HTTP status."""

    def __init__(self, message: str, *, status: int = 400, code: str = "invalid_request", param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


_STATUSES: tuple[tuple[type[NewsRagError], int, str], ...] = (
    (QuestionError, 400, "bad_question"),
    (InputError, 404, "not_found"),
    (ConfigError, 400, "bad_setting"),
    (ClosingError, 503, "server_stopping"),
    (BusyError, 429, "rate_limit_exceeded"),
    (EmptyLibraryError, 503, "empty_library"),
    (LockedError, 503, "library_busy"),
    (TransientError, 503, "model_unavailable"),
    (BackendError, 502, "model_failed"),
    (GenerationError, 502, "model_failed"),
    (StoreError, 503, "library_unavailable"),
)
_TYPES = {400: "invalid_request_error", 404: "not_found_error", 413: "invalid_request_error", 429: "rate_limit_error"}


def status_of(error: Exception) -> tuple[int, str]:
    """Return the HTTP status of an error, and the word that programs know it by."""
    if isinstance(error, ApiError):
        return error.status, error.code
    found = next(((status, code) for kind, status, code in _STATUSES if isinstance(error, kind)), None)
    return found or (500, "internal_error")


def error_shape(error: Exception) -> dict[str, Any]:
    """Return an error as JSON; what is no error of ours is told in general words, with its traceback in the log."""
    status, code = status_of(error)
    if not isinstance(error, NewsRagError):
        log.error("a request failed", exc_info=error)
    message = str(error) if isinstance(error, NewsRagError) else BUG
    return _shape(message, status, code, getattr(error, "param", None))


def retry_after(error: Exception) -> dict[str, str]:
    """Return the header that says when to come back, where that is known."""
    if isinstance(error, BusyError | RestingError):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}
    return {"Retry-After": "5"} if status_of(error)[0] == 503 else {}


def told(error: Exception) -> JSONResponse:
    """Return the reply that tells an error."""
    return JSONResponse(error_shape(error), status_code=status_of(error)[0], headers=retry_after(error))


def tell_errors(app: FastAPI) -> None:
    """Have an application tell its errors so."""

    async def ours(_request: Request, error: Exception) -> JSONResponse:
        return told(error)

    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        message = str(first["msg"]).removeprefix("Value error, ")
        return _reply(f"{where}: {message}" if where else message, 422, "invalid_request", where or None)

    async def refused(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return _reply(str(error.detail), error.status_code, "http_error", headers=error.headers)

    async def bug(_request: Request, _error: Exception) -> JSONResponse:
        return _reply(BUG, 500, "internal_error")  # the server logs it

    app.add_exception_handler(Exception, bug)
    app.add_exception_handler(NewsRagError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, refused)


def _reply(
    message: str, status: int, code: str, param: str | None = None, *, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return JSONResponse(_shape(message, status, code, param), status_code=status, headers=dict(headers or {}))


def _shape(message: str, status: int, code: str, param: str | None) -> dict[str, Any]:
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
