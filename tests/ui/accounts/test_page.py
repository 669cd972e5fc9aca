"""The page's own events know who sent them, though they come through Gradio's queue."""

from __future__ import annotations

import asyncio

import gradio as gr
import httpx
from starlette.types import ASGIApp

from tests.ui.scripted import PAID, ScriptedBackend, playing
from ui.accounts.caller import caller_of
from ui.assets import mounted


def who(request: gr.Request) -> str:
    return caller_of(request).owner


async def told(app: ASGIApp, cookies: dict[str, str]) -> str:
    """Return the owner that an event of a browser sees."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", cookies=cookies, timeout=20) as client:
        begun = await client.post("/gradio_api/call/who", json={"data": []})
        reply = await client.get(f"/gradio_api/call/who/{begun.json()['event_id']}")
        return reply.text.partition("data: ")[2].strip()


def test_two_browsers_are_two_owners_and_each_stays_who_it_is() -> None:
    async def body() -> list[str]:
        with gr.Blocks(analytics_enabled=False) as blocks:
            shown = gr.Textbox()
            gr.Button().click(who, None, shown, api_name="who")
        app = mounted(blocks, ScriptedBackend(playing(PAID)))
        blocks.run_startup_events()
        await blocks.run_extra_startup_events()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            page = await client.get("/")
            assert "HttpOnly; SameSite=Lax" in page.headers["set-cookie"]
            own = {"newsrag_browser": client.cookies["newsrag_browser"]}
        found = [await told(app, own), await told(app, own), await told(app, {"newsrag_browser": "another-browser-0000001"})]
        blocks.close()
        return found

    first, again, other = asyncio.run(body())
    assert first == again != other
    assert "browser:" in first
