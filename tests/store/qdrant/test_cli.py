"""Commands over a store in Qdrant's local mode, which one setting names."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.cli.app import run
from rag.config import LibraryConfig
from rag.store.choose import create_store, open_store
from rag.types import Article
from tests.store.contract.asking import put
from tests.store.contract.test_readers import OtherEmbedder


def test_articles_of_another_embedder_are_removed_without_it(
    harbour: list[Article], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = LibraryConfig(store=f"qdrant://{tmp_path}/points")
    with create_store(config, model=OtherEmbedder.name) as store:
        put(store, *harbour, embedder=OtherEmbedder())
    monkeypatch.setenv("NEWSRAG_LIBRARY_STORE", config.store)
    monkeypatch.setenv("NEWSRAG_EMBED_MODEL", "hash")
    (tmp_path / "a.txt").write_text("Snow fell.")
    assert run(["ingest", str(tmp_path / "a.txt")]) == 4
    refused = capsys.readouterr().err
    assert "was built with the embedder 'hash:other', not 'hash:v1'" in refused
    assert "rag library rebuild" in refused
    assert run(["library", "remove", "union"]) == 0
    assert capsys.readouterr().out == "removed union\n"
    assert run(["library", "remove", "union"]) == 3
    assert "no article 'union'" in capsys.readouterr().err
    with open_store(config, as_built=True) as left:
        assert left.article_ids() == ["strike", "weather"]
        assert left.index.count() == 2
