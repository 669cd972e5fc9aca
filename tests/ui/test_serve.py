"""`rag chat` as a command: what it prints, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from rag.config import Config, load_config
from tests.conftest import ROOT
from tests.ui.scripted import ARTICLE, free_port, page_config
from tests.ui.test_server import fill
from ui.serve import serve
from ui.server import listen
from ui.worker import all_done, work


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Settings of a page over a library of one article."""
    fill(tmp_path / "library", ARTICLE)
    return page_config(**{"library.path": str(tmp_path / "library")})


def once_up(config: Config, then: Callable[[], None]) -> None:
    """Do something once the page answers."""

    def wait() -> None:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{config.page.port}", trust_env=False, timeout=30)
            except httpx.ConnectError:
                continue
            return then()

    threading.Thread(target=wait, daemon=True).start()


def kill(number: int) -> Callable[[], None]:
    return lambda: threading.Timer(0.1, os.kill, (os.getpid(), number)).start()


def test_a_termination_ends_it_without_complaint(config: Config, capfd: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    once_up(config, kill(signal.SIGTERM))
    serve(config, may_stand_in=False)
    out, err = capfd.readouterr()
    assert out == f"http://127.0.0.1:{config.page.port}\n"
    assert err == "Press Ctrl-C to stop.\n"
    assert signal.getsignal(signal.SIGTERM) is before
    listen(config.page).close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_model_that_cannot_be_interrupted_does_not_hold_up_the_end(
    number: int, code: int, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)
    done = threading.Event()
    work(lambda: done.wait(30) and None, name="deep in native code")
    once_up(config, kill(number))
    with pytest.raises(SystemExit) as raised:
        serve(config, may_stand_in=False)
    assert raised.value.code == code
    assert not all_done(within_s=0)
    done.set()
    assert all_done(within_s=5)


def test_a_page_for_other_machines_comes_with_a_warning(config: Config, capfd: pytest.CaptureFixture[str]) -> None:
    open_to_all = config.model_copy(update={"page": config.page.model_copy(update={"host": "0.0.0.0", "exposed": True})})
    once_up(config, kill(signal.SIGTERM))
    serve(open_to_all, may_stand_in=False)
    out, err = capfd.readouterr()
    assert out == f"http://127.0.0.1:{config.page.port}\n"
    assert "asks nobody for a password" in err


COMMAND = [sys.executable, "-c", "from rag.cli import main; main()", "chat"]


def start(config: Config) -> subprocess.Popen[str]:
    """Start `rag chat` with the settings."""
    flags = {
        "NEWSRAG_EMBED_MODEL": config.embed.model,
        "NEWSRAG_LLM_MODEL": config.llm.model,
        "NEWSRAG_LIBRARY_PATH": str(config.library.path),
        "NEWSRAG_PAGE_PORT": str(config.page.port),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(
        COMMAND, env={**os.environ, **flags}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def test_ctrl_c_ends_the_command_with_130_and_no_trace_though_a_reader_is_connected(config: Config) -> None:
    with start(config) as running:
        try:
            assert running.stdout is not None
            url = running.stdout.readline().strip()
            with httpx.stream("GET", f"{url}/gradio_api/heartbeat/x", trust_env=False, timeout=20) as open_stream:
                next(open_stream.iter_lines())
                running.send_signal(signal.SIGINT)
                out, err = running.communicate(timeout=30)
        finally:
            running.kill()
    assert (running.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "ERROR" not in err


def test_the_command_refuses_a_port_in_use_at_once(tmp_path: Path) -> None:
    config = load_config(flags={"page.port": free_port(), "library.path": str(tmp_path)}, env={}).config
    with listen(config.page), start(config) as running:
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (2, "")
    assert err.startswith(f"rag: port {config.page.port} is in use")
    assert len(err.splitlines()) == 1
