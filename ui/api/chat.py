"""`/v1/chat/completions` and `/v1/models`: the assistant as one of OpenAI's models, its citations beside the text.

Only checked text is sent: what a program has shown it cannot take back. While the answer is made, comments keep the stream
alive.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from rag.assistant import MAX_QUESTION
from rag.converse.history import MAX_EXCHANGES, Exchange
from rag.shapes import answer_shape
from rag.types import Answer, Event, Finished
from ui.api.asking import Question, Waiting, answered, asked
from ui.api.errors import ApiError, error_shape
from ui.api.models import names, spec_of
from ui.api.programs import EVENT_STREAM, HEADERS, CallerOf, server_event
from ui.api.wire import ChatBody
from ui.backend import Backend

_MARKER = re.compile(r"\s?\[(\d+)\]")
_PIECE = re.compile(r"\S+\s*|\s+")


def router(backend: Backend) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

    @routes.get("/models")
    async def models() -> Response:
        """List the models that may be asked for."""
        found = [{"id": name, "object": "model", "created": 0, "owned_by": "newsrag"} for name in names(backend.config)]
        return JSONResponse({"object": "list", "data": found})

    @routes.post("/chat/completions")
    async def chat(body: ChatBody, request: Request, caller: CallerOf) -> Response:
        """Answer the last message of a chat; the ones before it are what a follow-up may lean on.

        The message carries `citations` (marker, quote, article, offsets, verdict) and OpenAI's `annotations` (a link for each
        marker in the text); `newsrag` holds the whole answer. System messages change nothing: the articles decide.
        """
        question = _question(body, spec_of(backend.config, body.model))
        if not body.stream:
            return JSONResponse(_completion(body, await answered(backend, request, caller, question)))
        events = asked(backend, caller, question)
        first = await anext(events)
        return StreamingResponse(_streamed(body, first, events), media_type=EVENT_STREAM, headers=HEADERS)

    return routes


def _question(body: ChatBody, llm: str | None) -> Question:
    """Return what a chat asks.

    Raises:
        ApiError: its last message is not the user's, or holds something else than text.
    """
    try:
        said = [(message.role, message.text.strip()) for message in body.messages]
    except ValueError as error:
        raise ApiError(str(error), code="unsupported_content", param="messages") from None
    role, text = said[-1]
    if role != "user":
        raise ApiError(f"the last message is of role {role!r}; it has to be the user's", param="messages")
    if not 0 < len(text) <= MAX_QUESTION:
        raise ApiError(f"the last message has {len(text):,} characters; a question has 1 to {MAX_QUESTION:,}", param="messages")
    return Question(text, _history(said[:-1])[-MAX_EXCHANGES:], body.where.where, llm, body.manner)


def _history(said: Sequence[tuple[str, str]]) -> tuple[Exchange, ...]:
    """Return the questions among earlier messages, each with the answer that came next, without its markers."""
    exchanges: list[Exchange] = []
    for role, text in said:
        if role == "user" and text:
            exchanges.append(Exchange(text[:MAX_QUESTION]))
        elif role == "assistant" and exchanges and not exchanges[-1].said:
            exchanges[-1] = Exchange(exchanges[-1].question, _MARKER.sub("", text))
    return tuple(exchanges)


def _completion(body: ChatBody, answer: Answer) -> dict[str, Any]:
    """Return an answer as a chat completion."""
    message = {"role": "assistant", "content": answer.text, "refusal": None, **_cited(answer)}
    return {
        "id": f"chatcmpl-{answer.trace_id or uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": _usage(answer),
        "newsrag": answer_shape(answer),
    }


async def _streamed(
    body: ChatBody, first: Waiting | Event, events: AsyncGenerator[Waiting | Event, None]
) -> AsyncIterator[bytes]:
    """Yield the chunks of a completion, comments before them."""
    id_, created = f"chatcmpl-{uuid.uuid4().hex}", int(time.time())
    with_usage = bool(body.stream_options and body.stream_options.include_usage)

    def chunk(delta: dict[str, Any] | None, *, finish: str | None = None, **more: Any) -> bytes:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]
        usage = {"usage": None} if with_usage and "usage" not in more else {}
        head = {"id": id_, "object": "chat.completion.chunk", "created": created, "model": body.model}
        return server_event("", {**head, "choices": choices, **usage, **more})

    async with aclosing(events):
        try:
            yield chunk({"role": "assistant", "content": ""})
            event = first
            while not isinstance(event, Finished):
                yield b": at work\n\n"
                event = await anext(events)
            answer = event.answer
            for piece in _PIECE.findall(answer.text):
                yield chunk({"content": piece})
            yield chunk(_cited(answer), finish="stop", newsrag=answer_shape(answer))
            if with_usage:
                yield chunk(None, usage=_usage(answer))
        except Exception as error:
            yield server_event("", error_shape(error))
        yield b"data: [DONE]\n\n"


def _cited(answer: Answer) -> dict[str, Any]:
    """Return the citations, and OpenAI's annotations: a link for each marker in the text."""
    by_marker = {citation.marker: citation for citation in answer.citations}
    annotations = []
    for found in _MARKER.finditer(answer.text):
        citation = by_marker.get(int(found[1]))
        if citation is not None:
            source = citation.source
            link = {
                "start_index": found.start(),
                "end_index": found.end(),
                "title": source.label,
                "url": source.url or f"/api/articles/{quote(source.article_id)}",
            }
            annotations.append({"type": "url_citation", "url_citation": link})
    return {"annotations": annotations, "citations": answer_shape(answer)["citations"]}


def _usage(answer: Answer) -> dict[str, int]:
    tokens = answer.tokens
    return {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.prompt + tokens.completion,
    }
