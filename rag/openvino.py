"""OpenVINO's packages, kept from reporting their use and from breaking signals."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def import_quietly(name: str) -> Any:
    """Return a package of OpenVINO's: `openvino` or `openvino_genai`.

    Raises:
        ImportError: it is not installed, or does not run on this machine.
    """
    # On import OpenVINO tells Google Analytics, and writes to the home folder, through openvino-telemetry unless that
    # cannot be imported; it has no setting for it. To be removed when it asks first.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return importlib.import_module(name)


def load_apart(load: Callable[[], T]) -> T:
    """Return what `load` returns, a model of OpenVINO's, run in a thread that ends with it.

    OpenVINO gives the thread that loads a model a signal stack, and frees that with the model without telling the thread. A
    signal to a main thread that had loaded one, such as a termination, then ended the process by a segmentation fault
    (OpenVINO 2026.4.1). To be removed when it leaves the signal stack alone.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="openvino-load") as thread:
        return thread.submit(load).result()
