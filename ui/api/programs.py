"""`/api/ask` and `/api/search`: the answer with its citations, and the passages that a question finds."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from rag.shapes import answer_shape, search_shape, source_shape
from rag.types import Delta, Event, Finished, Found, Understood
from ui.accounts.caller import Caller, caller_of
from ui.api.asking import Question, Waiting, answered, asked
from ui.api.errors import error_shape
from ui.api.models import spec_of
from ui.api.wire import AskBody, SearchBody
from ui.backend import Backend

EVENT_STREAM = "text/event-stream"
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""What keeps proxies from holding a stream back."""


def _caller(request: Request) -> Caller:
    return caller_of(request)


CallerOf = Annotated[Caller, Depends(_caller)]
"""Who sent the request."""


def router(backend: Backend) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api", tags=["Questions"])

    @routes.post("/ask")
    async def ask(body: AskBody, request: Request, caller: CallerOf) -> Response:
        """Answer a question from the articles, every sentence with its citations.

        Streaming, the events are `waiting` (the place in line), `working` (the stage), `understood` (what a follow-up was taken
        to mean), `found` (the nearest quotes), `delta` (unchecked words of the model), and last `answer` or `error`. Only the
        `answer` is checked.
        """
        question = Question(
            body.question,
            tuple(one.exchange for one in body.history),
            body.where,
            spec_of(backend.config, body.model),
            body.manner,
        )
        if body.stream or EVENT_STREAM in request.headers.get("accept", ""):
            events = asked(backend, caller, question)
            first = await anext(events)  # a full line or too many questions are told by the status
            return StreamingResponse(_streamed(first, events), media_type=EVENT_STREAM, headers=HEADERS)
        return JSONResponse(answer_shape(await answered(backend, request, caller, question)))

    @routes.post("/search")
    async def search(body: SearchBody) -> Response:
        """Find the passages that speak of a question, best first."""

        def found() -> dict[str, Any]:
            return search_shape(backend.assistant().search(body.query, k=body.k, where=body.where, context=body.context))

        return JSONResponse(await run_in_threadpool(found))

    return routes


async def _streamed(first: Waiting | Event, events: AsyncGenerator[Waiting | Event, None]) -> AsyncIterator[bytes]:
    """Yield the events as a server sends them; an error is the last one."""
    async with aclosing(events):
        try:
            yield _sent(first)
            async for event in events:
                yield _sent(event)
        except Exception as error:
            yield server_event("error", error_shape(error))


def _sent(event: Waiting | Event) -> bytes:
    match event:
        case Waiting(place):
            return server_event("waiting", {"place": place})
        case Understood(question):
            return server_event("understood", {"question": question})
        case Found(_, quotes):
            shown = [
                {**source_shape(source), "quote": quote.text, "start": quote.start, "end": quote.end}
                for quote, source in quotes
            ]
            return server_event("found", {"quotes": shown})
        case Delta(text):
            return server_event("delta", {"text": text}) if text else b": at work\n\n"
        case Finished(answer):
            return server_event("answer", answer_shape(answer))
        case working:
            return server_event("working", {"stage": working.stage.value})


def server_event(name: str, data: object) -> bytes:
    """Return a server-sent event with JSON data; without a name it has none."""
    text = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()
    return f"{f'event: {name}' + chr(10) if name else ''}data: {text}\n\n".encode()
