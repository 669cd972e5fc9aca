"""Conversations to take away: for the page's links, and for their owner's programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from ui.api.programs import CallerOf
from ui.backend import Backend
from ui.conversations import Conversation, as_json, as_markdown, gold_drafts


def router(backend: Backend) -> APIRouter:
    """Return the routes; each gives what is the caller's alone."""
    routes = APIRouter(prefix="/api", tags=["Conversations"])

    async def export(owner: str, id_: str, form: Callable[[Conversation], str], kind: str, ending: str) -> Response:
        text = await run_in_threadpool(lambda: form(backend.conversations().get(owner, id_)))
        return _attached(text, f"conversation.{ending}", kind)

    @routes.get("/conversations")
    async def conversations(
        caller: CallerOf,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> Response:
        """List the caller's conversations, the last used first."""
        found = await run_in_threadpool(lambda: backend.conversations().summaries(caller.owner, limit=limit, offset=offset))
        shapes = [
            {
                "id": one.id,
                "title": one.title,
                "created": one.created.isoformat(),
                "updated": one.updated.isoformat(),
                "turns": one.turns,
            }
            for one in found
        ]
        return JSONResponse({"conversations": shapes})

    @routes.get("/conversations/{conversation_id}.md")
    async def markdown(conversation_id: str, caller: CallerOf) -> Response:
        """Return a conversation as Markdown, with its citations."""
        return await export(caller.owner, conversation_id, as_markdown, "text/markdown", "md")

    @routes.get("/conversations/{conversation_id}.json")
    async def as_tree(conversation_id: str, caller: CallerOf) -> Response:
        """Return a conversation as JSON, with its citations."""
        return await export(caller.owner, conversation_id, as_json, "application/json", "json")

    @routes.get("/feedback.jsonl")
    async def feedback(caller: CallerOf) -> Response:
        """Return the caller's judged answers as drafts of gold questions, one a line."""
        text = await run_in_threadpool(lambda: "".join(gold_drafts(backend.conversations().judged(caller.owner))))
        return _attached(text, "feedback.jsonl", "application/x-ndjson")

    return routes


def _attached(text: str, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(text, media_type=f"{kind}; charset=utf-8", headers=headers)
