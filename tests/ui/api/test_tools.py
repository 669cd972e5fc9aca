from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters

from tests.conftest import ROOT
from tests.ui.api.conftest import ARTICLES, Closed, Site
from tests.ui.api.test_programs import QUESTION, QUOTE
from tests.ui.test_server import fill


def used(server: Any, use: Callable[[Client], Awaitable[None]]) -> None:
    async def body() -> None:
        async with Client(server) as client:
            await use(client)

    asyncio.run(asyncio.wait_for(body(), 60))


async def all_three(client: Client) -> None:
    """Use every tool once."""
    listed = {tool.name for tool in (await client.list_tools()).tools}
    assert listed == {"search", "ask", "read_article"}
    found = (await client.call_tool("search", {"query": "strike", "k": 1})).structured_content
    assert found is not None
    assert found["hits"][0]["article_id"] == "strike"
    wish = {"question": QUESTION, "as_of": "2025-12-31", "answer_language": "es", "depth": "quick"}
    answer = (await client.call_tool("ask", wish)).structured_content
    assert answer is not None
    assert answer["citations"][0]["quote"] == QUOTE
    cited = answer["citations"][0]
    read = await client.call_tool("read_article", {"article_id": "strike", "start": cited["start"], "length": len(QUOTE)})
    assert read.structured_content is not None
    assert read.structured_content["text"] == QUOTE
    for name, arguments, said in (
        ("read_article", {"article_id": "nowhere"}, "no article 'nowhere'"),
        ("ask", {"question": " "}, "empty"),
        ("search", {"query": "x", "k": 0}, "greater than or equal to 1"),
    ):
        wrong = await client.call_tool(name, arguments)
        assert wrong.is_error
        assert said in str(wrong.content)


def test_the_tools_answer_over_http(site: Site) -> None:
    used(f"{site.url}/mcp", all_three)


def test_the_tools_answer_over_standard_input(tmp_path: Path) -> None:
    fill(tmp_path, *ARTICLES)
    settings = {
        "NEWSRAG_EMBED_MODEL": "hash",
        "NEWSRAG_LLM_MODEL": "extractive",
        "NEWSRAG_LIBRARY_PATH": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
    }
    arguments = ["-c", "from rag.cli import main; main()", "mcp"]
    used(StdioServerParameters(command=sys.executable, args=arguments, env=settings), all_three)


def test_the_tools_need_a_key_where_there_are_accounts(closed: Closed) -> None:
    begin = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    headers = {"Accept": "application/json, text/event-stream"}
    with closed.site.client() as nobody, closed.client("ann") as ann:
        assert nobody.post("/mcp", json=begin, headers=headers).status_code == 401
        reply = ann.post("/mcp", json=begin, headers=headers)
        assert reply.status_code == 200
        (data,) = [line for line in reply.text.splitlines() if line.startswith("data: {")]
        assert json.loads(data[6:])["result"]["serverInfo"]["name"] == "newsrag"


def test_without_the_package_the_tools_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi import FastAPI

    from ui.api import app
    from ui.line import Rates

    monkeypatch.setitem(sys.modules, "mcp.server.transport_security", None)
    made = FastAPI()
    app.tell_errors(made)
    app._add_tools(made, None, Rates(0, what="requests"))  # type: ignore[arg-type]

    async def post() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://here") as client:
            return await client.post("/mcp", json={})

    assert "newsrag[mcp]" in asyncio.run(post()).json()["error"]["message"]
