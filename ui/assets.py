"""The web application around the page: our style sheet, script and icon, and the guard before it all."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from ui.accounts.cookies import Cookies
from ui.accounts.door import Door
from ui.api.app import attach
from ui.backend import Backend
from ui.guard import Guard
from ui.limits import BodyLimit
from ui.metrics import Counted
from ui.theme import theme

FOLDER = Path(__file__).parent / "static"
STYLES = ("style", "turn", "below", "panels", "shelf", "reader", "sheets")
SCRIPTS = ("page", "reader", "act", "alive")

# In the page as it is sent, and not added by Gradio later, so that it is never seen without its style.
HEAD = (
    '<meta name="color-scheme" content="light dark">'
    '<link rel="icon" href="page/icon.svg" type="image/svg+xml">'
    + "".join(f'<link rel="stylesheet" href="page/{name}.css">' for name in STYLES)
    + "".join(f'<script src="page/{name}.js" defer></script>' for name in SCRIPTS)
)


def mounted(blocks: gr.Blocks, backend: Backend) -> ASGIApp:
    """Return the application that serves a page, what programs ask for, and who may."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/page", StaticFiles(directory=FOLDER))
    attach(app, backend)  # before Gradio, which takes every path that is left
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=theme(),
        footer_links=[],
        show_error=False,
        max_file_size=f"{backend.config.page.body_mb}mb",
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        run_history=False,
    )
    config = backend.config
    entrance = backend.entrance()
    cookies = Cookies(entrance.secret, entrance.accounts, session_s=config.auth.session_h * 3600)
    door = Door(Counted(app, backend.metrics), entrance=entrance, cookies=cookies, required=config.auth.required)
    limited = BodyLimit(door, most_bytes=config.page.body_mb * 1_000_000)
    return Guard(limited, host=config.page.host, names=config.page.hosts, head=HEAD)
