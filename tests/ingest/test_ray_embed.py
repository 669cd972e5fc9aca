"""Embedding on Ray: with a cluster of this machine, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.store.library import Library
from rag.testing import HashEmbedder
from tests.conftest import ROOT


@pytest.mark.torture
@pytest.mark.timeout(600)
def test_two_actors_embed_what_one_process_would(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    archive = tmp_path / "archive.jsonl"
    with archive.open("w") as lines:
        for n in range(60):
            text = "\n\n".join(
                f"Story {n} on pier {n * k}: " + f"dockers of shift {k} unloaded {n} ships. " * 30 for k in range(12)
            )
            lines.write(json.dumps({"id": f"story-{n}", "title": f"Story {n}", "text": text}) + "\n")
        lines.write("{\n")
    stores = []
    for name, options in (("plain", []), ("ray", ["--ray", "2"])):
        path = tmp_path / name
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "NEWSRAG_EMBED_MODEL": "hash",
            "NEWSRAG_LIBRARY_PATH": str(path),
        }
        command = [sys.executable, "-c", "from rag.cli import main; main()", "ingest", *options, str(archive)]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (3, "60 added, 0 updated, 0 unchanged, 1 rejected\n"), done.stderr
        stores.append(Library.open(path, model=HashEmbedder.name))
    with stores[0] as plain, stores[1] as ours:
        ids = plain.article_ids()
        assert ours.article_ids() == ids
        hashes = {key for id_ in ids for key in plain.text_hashes_of(id_)}
        assert len(hashes) > 512, "more than one actor's batch"
        expected, vectors = plain.vectors_of(sorted(hashes)), ours.vectors_of(sorted(hashes))
        assert expected.keys() == vectors.keys() == hashes
        assert all(expected[key].tobytes() == vectors[key].tobytes() for key in hashes)
        assert not ours.lacks_vectors()
