"""What a cold process loads: seconds of imports that a search does not need stay out of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from rag.assistant import Assistant
from rag.config import load_config
from rag.embed import load_embedder
from rag.ingest.pipeline import ingest
from rag.store.library import Library
from rag.types import Article
from tests.conftest import ROOT

HEAVY = {
    "torch", "transformers", "sentence_transformers", "llama_index", "tiktoken", "gradio", "fastapi", "trafilatura", "lxml",
    "scipy", "sklearn", "pandas", "openvino_genai", "httpx", "anthropic", "openai",
}  # fmt: skip

SEARCH = """
import json, sys
from rag.cli.app import run
code = run(["search", "Who leads the port union?", "--json"])
print(json.dumps(sorted(set(sys.modules))), file=sys.stderr)
sys.exit(code)
"""


def test_a_cold_search_loads_nothing_heavy_and_finds_what_a_warm_one_does(tmp_path: Path, harbour: list[Article]) -> None:
    config = load_config(flags={"library.path": str(tmp_path / "library")}, env={}).config
    embedder = load_embedder(config.embed)
    with Library.create(config.library.path, model=embedder.name) as library:
        list(ingest(harbour, library, embedder, tokens=200))
    done = subprocess.run(
        [sys.executable, "-c", SEARCH],
        capture_output=True, text=True, check=True, cwd=ROOT, env={"NEWSRAG_LIBRARY_PATH": str(config.library.path)},
    )  # fmt: skip
    loaded = {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}
    assert not loaded & HEAVY
    assert "openvino" in loaded  # it did embed the question
    with Assistant.open(config) as assistant:
        warm = assistant.search("Who leads the port union?")
    cold = json.loads(done.stdout)
    found = [(hit["text"], hit["score"]) for hit in cold["hits"]]
    assert found == [(hit.passage.text, round(hit.score, 6)) for hit in warm.hits]
    assert len(found) == len(harbour)


def test_the_help_loads_nothing_heavy() -> None:
    code = f"import sys, rag.cli.app; print(sorted({HEAVY | {'faiss', 'openvino', 'tokenizers'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
