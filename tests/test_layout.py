"""The shape of the tree, as DESIGN has it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from tests.conftest import ROOT


def imported(file: Path) -> set[str]:
    """Return the top-level packages that a file imports, anywhere in it."""
    tree = ast.parse(file.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("file", sorted((ROOT / "rag").rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_engine_knows_neither_page_nor_evals(file: Path) -> None:
    if file.parent.name == "cli":
        return  # the one place that may load them, when their command runs
    assert not imported(file) & {"ui", "eval"}


def test_evals_and_page_do_not_know_each_other() -> None:
    assert not any("ui" in imported(file) for file in (ROOT / "eval").rglob("*.py"))
    assert not any("eval" in imported(file) for file in (ROOT / "ui").rglob("*.py"))


def test_public_names_are_sorted_and_there() -> None:
    assert rag.__all__ == sorted(rag.__all__)
    assert all(getattr(rag, name) for name in rag.__all__)
    with pytest.raises(AttributeError):
        _ = rag.nothing  # type: ignore[attr-defined]


def test_import_rag_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'llama_index', 'gradio', 'faiss', 'numpy', 'pydantic', 'sentence_transformers'}"
    code = f"import sys, rag, rag.cli; assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_no_pickle_anywhere() -> None:
    files = [file for name in ("rag", "ui", "eval") for file in (ROOT / name).rglob("*.py")]
    assert not [file for file in files if imported(file) & {"pickle", "dill", "joblib", "shelve", "marshal"}]
