"""The examples in docs/api.md, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.ui.api.conftest import running

TEXT = (ROOT / "docs" / "api.md").read_text()
EXAMPLES = [block for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) if "curl" in block]


def test_every_example_does_what_it_says(tmp_path: Path) -> None:
    assert len(EXAMPLES) == 7
    for site in running(tmp_path / "library"):
        environment = {"URL": site.url, "PATH": os.environ["PATH"], "NO_PROXY": "*"}
        said = [
            subprocess.run(
                ["bash", "-euc", block.replace("curl ", "curl --fail ")],
                env=environment,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            ).stdout
            for block in EXAMPLES
        ]
        ask, stream, search, add, chat, kept, health = said
        assert json.loads(ask)["citations"][0]["quote"] == "Dockers in Valparaíso want 12% more pay."
        assert stream.count("event: answer") == 1
        assert '"article_id":"bridge"' in search
        assert len(re.findall(r'"total":3(?![.\d])', search)) == 1, "a time in ms may begin with a 3 too"
        assert add.count('"action":"added"') == 2
        assert '"url_citation"' in chat
        assert '{"conversations":[]}' in kept
        assert "newsrag_library_articles 5.0" in health


def test_every_setting_and_command_that_is_named_is_there() -> None:
    from rag.cli.app import run
    from rag.config import FIELDS

    for name in re.findall(r"`((?:page|api|auth)\.\w+)", TEXT):
        assert name in FIELDS, name
    for command in sorted(set(re.findall(r"^rag (\w+ \w+)", TEXT, re.MULTILINE))):
        assert run([*command.split(), "--help"]) == 0


@pytest.mark.parametrize("block", re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))
def test_its_json_is_json(block: str) -> None:
    json.loads(block)
