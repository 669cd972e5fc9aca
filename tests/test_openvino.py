"""What OpenVINO does to a process beside computing."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

TERMINATED = """
import gc, os, signal, threading
from rag.config import EmbedConfig
from rag.embed import load_embedder

signal.signal(signal.SIGTERM, lambda *_: print("terminated"))
held = [load_embedder(EmbedConfig(runtime="openvino"))]
held[0].embed(["rain"])
dropping = threading.Thread(target=lambda: (held.clear(), gc.collect()))
dropping.start()
dropping.join()
os.kill(os.getpid(), signal.SIGTERM)
print("went on")
"""


def test_a_signal_after_a_model_has_gone_finds_its_handler() -> None:
    done = subprocess.run([sys.executable, "-c", TERMINATED], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (0, "terminated\nwent on\n"), done.stderr
