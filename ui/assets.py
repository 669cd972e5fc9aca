"""The web application around the page: our style sheet, script and icon, and the guard before it all."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from ui.guard import Guard
from ui.theme import theme

FOLDER = Path(__file__).parent / "static"

# In the page as it is sent, and not added by Gradio later, so that it is never seen without its style.
HEAD = (
    '<meta name="color-scheme" content="light dark">'
    '<link rel="icon" href="page/icon.svg" type="image/svg+xml">'
    '<link rel="stylesheet" href="page/style.css">'
    '<script src="page/page.js" defer></script>'
)

MAX_UPLOAD = "1b"
"""Nothing is uploaded yet, but Gradio offers it."""


def mounted(blocks: gr.Blocks, *, host: str) -> ASGIApp:
    """Return the application that serves a page listening on `host`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/page", StaticFiles(directory=FOLDER))
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=theme(),
        footer_links=[],
        show_error=False,
        max_file_size=MAX_UPLOAD,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        run_history=False,
    )
    return Guard(app, host=host, head=HEAD)
