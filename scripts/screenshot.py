"""Take the README's picture of the page: the sample articles, one question, its checked answer, the article beside it.

    python scripts/screenshot.py docs/page.png [--llm extractive] [--question "Who …?"] [--width 1440] [--dark] [--closed]

Needs Debian's chromium (apt-get install chromium) and, for the default model, `rag models pull`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from typing import Any

from rag.config import Config, load_config
from rag.embed import load_embedder
from rag.errors import NewsRagError
from rag.ingest.load import read_articles
from rag.ingest.pipeline import ingest
from rag.store.library import Library
from ui.backend import Backend
from ui.examples import EXAMPLES
from ui.server import Server

ROOT = Path(__file__).parent.parent
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ANSWER_WITHIN_MS = 300_000


def main() -> None:
    """Write the picture that the arguments ask for."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        config = _config(Path(folder) / "library", options.llm)
        _fill(config)
        with Server(Backend(config, may_stand_in=False)) as server:
            server.backend.warm().join()  # the picture tells how long an answer takes, not how long a model loads
            _photograph(server.url, options)
    print(options.picture)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Take a picture of the page.")
    parser.add_argument("picture", type=Path, help="PNG to write")
    parser.add_argument("--llm", help="PROVIDER:MODEL; the default model if left out")
    parser.add_argument("--question", default=EXAMPLES[1].question)
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--closed", action="store_true", help="leave the article closed")
    parser.add_argument("--dark", action="store_true")
    return parser.parse_args()


def _config(library: Path, llm: str | None) -> Config:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return load_config(flags={"library.path": str(library), "llm.model": llm, "page.port": port}).config


def _fill(config: Config) -> None:
    """Read the sample articles into the library."""
    embedder = load_embedder(config.embed)
    with Library.create(config.library.path, model=embedder.name) as library:
        articles = read_articles([ROOT / "seeds"], now=datetime.now(UTC))
        for _ in ingest(articles, library, embedder, tokens=config.chunk.tokens):
            pass


def _photograph(url: str, options: Any) -> None:
    """Ask the question in a browser and write what it shows once the answer is checked."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(
            viewport={"width": options.width, "height": options.height}, color_scheme="dark" if options.dark else "light"
        )
        page.goto(url)
        page.fill("#question textarea", options.question)
        page.press("#question textarea", "Enter")
        page.wait_for_selector(".turn.done", timeout=ANSWER_WITHIN_MS)
        if problem := page.locator(".turn .problem").all_inner_texts():
            sys.exit(f"no answer to photograph: {problem[0]}")
        if not options.closed:
            page.locator(".turn .chip").first.click()
            page.wait_for_selector("#reader-here")
        page.wait_for_timeout(500)
        options.picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=options.picture)
        browser.close()


if __name__ == "__main__":
    try:
        main()
    except NewsRagError as error:
        sys.exit(str(error))
