"""What is written of the work, as standard error receives it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from rag.cli.app import run
from rag.config import LogConfig
from rag.errors import InputError, StoreError
from rag.logs import caller, configure, on_behalf_of, tell
from tests.conftest import ROOT

log = logging.getLogger("rag.here")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    names = ("", "rag", "ui", "eval")
    levels = [logging.getLogger(name).level for name in names]
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    for name, level in zip(names, levels, strict=True):
        logging.getLogger(name).setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


def test_a_line_is_json_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogConfig(format="json", level="info"))
    with on_behalf_of("account:ann"):
        tell(log, "answer", caller=caller(), ms={"total": 12.5}, hits=3, error=None, said="")
    (line,) = lines(capsys)
    assert datetime.fromisoformat(str(line.pop("time"))).utcoffset() is not None
    assert line == {
        "level": "info",
        "logger": "rag.here",
        "event": "answer",
        "caller": "account:ann",
        "ms": {"total": 12.5},
        "hits": 3,
    }
    assert caller() == ""


def test_a_line_is_for_people_unless_asked_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogConfig(level="info"))
    tell(log, "answer", status="answered", ms={"total": 12.5}, question="two words")
    log.warning("the door is %s", "open")
    assert capsys.readouterr().err == (
        "INFO rag.here: answer status=answered ms=total:12.5 question='two words'\nWARNING rag.here: the door is open\n"
    )


def test_the_level_is_ours_and_libraries_tell_warnings_alone(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogConfig(level="debug"))
    log.debug("ours")
    logging.getLogger("a_client").info("POST body: a question")
    logging.getLogger("a_client").warning("retried")
    configure(LogConfig(level="error"))
    log.warning("not now")
    logging.getLogger("a_client").warning("nor this")
    assert capsys.readouterr().err == "DEBUG rag.here: ours\nWARNING a_client: retried\n"


def test_a_later_call_takes_the_place_of_an_earlier_one(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        configure(LogConfig(format="json", level="info"))
    tell(log, "once")
    assert len(lines(capsys)) == 1


SECRET = "Valparaíso"


def failing(error: Exception) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as before:
        raise error from before


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_tells_where_and_what_but_no_message(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (False, True):
        configure(LogConfig.model_validate({"format": form, "content": content}))
        try:
            failing(InputError(SECRET))
        except InputError:
            log.exception("it broke")
        said = capsys.readouterr().err
        assert "test_logs.py" in said
        assert said.index("ValueError") < said.index("InputError")
        assert (SECRET in said) is content


def test_what_a_store_says_of_itself_is_always_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure(LogConfig())
    try:
        failing(StoreError("the server went away"))
    except StoreError:
        log.exception("it broke")
    said = capsys.readouterr().err
    assert "StoreError: the server went away" in said
    assert SECRET not in said


def test_ingest_writes_a_line_with_counts_and_stages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {"LOG_FORMAT": "json", "LOG_LEVEL": "info", "EMBED_MODEL": "hash"}.items():
        monkeypatch.setenv(f"NEWSRAG_{name}", value)
    assert run(["ingest", str(ROOT / "seeds"), "--library", str(tmp_path)]) == 0
    (line,) = lines(capsys)
    assert (line["event"], line["added"]) == ("ingest", 5)
    assert isinstance(line["passages"], int)
    assert line["passages"] >= 5
    assert {"read", "embed", "store", "total"} <= set(line["ms"])  # type: ignore[call-overload]
