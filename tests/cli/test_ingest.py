"""`rag ingest` of standard input, of archives, and of much that is no article."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag.cli.ingest import _check_paths
from rag.errors import ConfigError
from rag.store.library import Library
from tests.conftest import ROOT
from tests.ingest.making import MORE, PAGE, STORY, lines, pdf, zipped

COMMAND = [sys.executable, "-c", "from rag.cli import main; main()", "ingest"]


def environment(folder: Path) -> dict[str, str]:
    settings = {"NEWSRAG_EMBED_MODEL": "hash", "NEWSRAG_LIBRARY_PATH": str(folder / "library"), "PYTHONPATH": str(ROOT)}
    return {**os.environ, **settings}


def ingest(folder: Path, *arguments: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments], input=input, env=environment(folder), cwd=folder, capture_output=True, check=False
    )


def test_standard_input_is_read_and_what_is_no_article_is_told_by_reason(tmp_path: Path) -> None:
    rows = [json.dumps({"text": f"Story {number} told."}) for number in range(3)]
    rows += [json.dumps({"text": number}) for number in range(8)] + ["{"] * 5
    done = ingest(tmp_path, "-", "--format", "jsonl", input="\n".join(rows).encode())
    assert done.returncode == 3
    assert done.stdout.startswith(b"3 added")
    told = done.stderr.decode()
    assert told.count("rejected stdin") == 10  # the first ones, as they happen
    assert "13 rejected, by reason" in told
    assert "        8  line 4: text: Input should be a valid string\n           such as stdin" in told
    assert "        5  line 12: Invalid JSON" in told


@pytest.mark.parametrize(
    ("paths", "kind", "said"), [(["-", "a.txt"], "", "stands alone"), (["a.txt"], "html", "is for standard")]
)
def test_standard_input_stands_alone(paths: list[str], kind: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        _check_paths([Path(path) for path in paths], kind)


def test_archive_goes_in_with_every_member_accounted_for(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.txt": STORY, "b.pdf": pdf(lines([MORE])), "c.pdf": b"%PDF-", "../d.txt": "x"}))
    done = json.loads(ingest(tmp_path, "a.zip", "--json").stdout)
    assert (done["added"], done["rejected"]) == (2, 2)
    assert [item["origin"].partition("#")[2] for item in done["items"]] == ["a.txt", "b.pdf", "c.pdf", "../d.txt"]


@pytest.mark.torture
def test_killed_in_the_middle_it_goes_on_where_it_was_and_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(150):
        (tmp_path / "in" / f"{number:03}.html").write_text(PAGE.replace("twelve", f"{number} long"))
    process = subprocess.Popen([*COMMAND, "in"], env=environment(tmp_path), cwd=tmp_path, start_new_session=True)
    stored = 0
    while stored < 20 and process.poll() is None:
        time.sleep(0.2)
        if (tmp_path / "library").exists():
            stored = _stored(tmp_path / "library")
    workers = _workers_of(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert workers
    stored = _stored(tmp_path / "library")
    assert 20 <= stored < 150
    done = json.loads(ingest(tmp_path, "in", "--json").stdout)
    assert (done["added"], done["unchanged"], done["rejected"]) == (150 - stored, stored, 0)
    assert not [pid for pid in workers if _is_worker(pid)]


def _stored(library: Path) -> int:
    try:
        with Library.open(library) as store:
            return store.count()
    except Exception:  # not there yet
        return 0


def _workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = [int(child) for child in children]
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return [child for child in set(found) if _is_worker(child)]


def _is_worker(pid: int) -> bool:
    try:
        return b"rag.ingest.sandbox.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
