"""The README is true: its commands print what it says; the table of settings is the settings' own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from rag.cli.app import run
from scripts.settings import page
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_its_commands_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = next(block for block in re.findall(r"```\n(.*?)```", README, re.DOTALL) if block.startswith("$ rag"))
    monkeypatch.setenv("NEWSRAG_LIBRARY_PATH", str(tmp_path / "library"))
    monkeypatch.chdir(ROOT)
    for step in session.split("$ ")[1:]:
        command, shown = step.split("\n", 1)
        assert run(shlex.split(command)[1:]) == 0
        assert capsys.readouterr().out.strip() == shown.strip()


def test_its_settings_are_the_settings() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == page(), "type: python scripts/settings.py > docs/settings.md"


def test_what_it_points_at_is_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)|`((?:rag|eval|seeds|prompts)/[\w./]+)`", README):
        assert (ROOT / (target[0] or target[1])).exists(), target


def test_every_target_that_it_names_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
