"""`rag doctor`: whether everything that an answer needs is there, and what to type where it is not."""

from __future__ import annotations

import platform
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from rag.cli.common import ConfigOption, JsonOption, LibraryOption, LlmOption, print_json, resolve
from rag.config import Config
from rag.errors import NewsRagError

MIN_FREE_BYTES = 2_000_000_000
"""Room that the default model and a small library need."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found, and what to type where it is wrong."""

    name: str
    is_well: bool
    detail: str
    command: str = ""


def doctor(
    library: LibraryOption = None, llm: LlmOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Look at the settings, the library, the embedder, the model, the page's port and the disk. Exits 1 when one is not well.

    Example: rag doctor --llm ollama:qwen2.5:7b
    """
    settings = resolve(config, library__path=library, llm__model=llm).config
    checks = list(_checks(settings))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            print(f"{'ok ' if check.is_well else 'BAD'} {check.name:10} {check.detail}")
            if check.command:
                print(f"               type: {check.command}")
    if not all(check.is_well for check in checks):
        raise typer.Exit(1)


def _checks(config: Config) -> Iterator[Check]:
    """Yield the checks; each is made when it is asked for."""
    yield Check("python", True, f"{platform.python_version()} on {platform.machine()}")
    for name, look in (("embedder", _embedder), ("library", _library), ("model", _model), ("port", _port), ("disk", _disk)):
        yield _looked(name, look, config)


def _looked(name: str, look: Callable[[Config], Check], config: Config) -> Check:
    """Return a check, an error of ours being its finding."""
    try:
        return look(config)
    except NewsRagError as error:
        return Check(name, False, str(error))


def _embedder(config: Config) -> Check:
    from rag.embed import SentenceTransformerEmbedder, load_embedder

    embedder = load_embedder(config.embed)
    embedder.embed(["."])  # only so do damaged weights show
    runtime = f" on {embedder.load().name}" if isinstance(embedder, SentenceTransformerEmbedder) else ""
    return Check("embedder", True, embedder.name + runtime)


def _library(config: Config) -> Check:
    from rag.embed import load_embedder
    from rag.store.choose import open_store

    with open_store(config.library, model=load_embedder(config.embed).name) as store:
        stats = store.stats()
    detail = f"{stats.articles:,} articles, {stats.passages:,} passages in {stats.path}"
    return Check("library", stats.articles > 0, detail, "" if stats.articles else "rag ingest PATH")


def _model(config: Config) -> Check:
    from rag.llm import backend_state

    state = backend_state(config.llm.model, config.llm)
    return Check("model", state.is_ready, f"{state.spec}: {state.detail}", state.command)


def _port(config: Config) -> Check:
    address = (config.page.host, config.page.port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            detail = f"cannot listen on {config.page.host}:{config.page.port}: {error.strerror}"
            return Check("port", False, detail, f"rag chat --port {config.page.port % 65535 + 1}")
    return Check("port", True, f"{config.page.host}:{config.page.port} is free")


def _disk(config: Config) -> Check:
    folder = next(parent for parent in (config.library.path, *config.library.path.absolute().parents) if parent.is_dir())
    free = shutil.disk_usage(folder).free
    is_well = free >= MIN_FREE_BYTES
    return Check("disk", is_well, f"{free / 1e9:.1f} GB free at {Path(folder)}", "" if is_well else "df -h")
