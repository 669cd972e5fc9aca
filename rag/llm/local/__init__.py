"""Local models: weights on disk, run in this process by OpenVINO or llama.cpp.

`load` takes the runtime that the setting `llm.runtime` names. `auto` takes OpenVINO where it was measured to be faster, on
x86 processors with AVX-512, and llama.cpp elsewhere, or where OpenVINO is missing or cannot read the weights.

Importing this package loads neither LlamaIndex nor a runtime; `load` does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rag.config import LlmConfig, models_dir
from rag.errors import ModelError
from rag.llm.local.engine import Engine
from rag.llm.models import LocalModel, find_model
from rag.llm.weights import require

if TYPE_CHECKING:
    from rag.llm.local.llm import LocalLLM

__all__ = ["load", "prepare"]

logger = logging.getLogger(__name__)


def load(model: str, config: LlmConfig) -> LocalLLM:
    """Return a local model, ready to answer; that takes seconds, and a minute or two the first time.

    Raises:
        UnknownBackendError: no such model.
        MissingModelError: its weights were never downloaded.
        ModelError: they are damaged, or the runtime cannot read them.
        ModuleNotFoundError: no runtime is installed.
    """
    from rag.llm.local.llm import LocalLLM

    known = find_model(model)
    engine = _start(known, require(known, models_dir()), config)
    return LocalLLM(known, engine, max_tokens=config.max_tokens, temperature=config.temperature)


def prepare(model: LocalModel, config: LlmConfig, tell: Callable[[str], None] = lambda _: None) -> None:
    """Do beforehand what the first `load` would wait for: convert the weights if the runtime wants that.

    Args:
        tell: Is told what goes on where it takes long.

    Raises:
        MissingModelError, ModelError: as `load`.
    """
    weights = require(model, models_dir())
    if _runtimes(config)[0] != "openvino":
        return
    from rag.llm.local.openvino import convert

    try:
        convert(model, weights, tell)
    except (ModelError, ModuleNotFoundError):
        if config.runtime != "auto":
            raise


def _start(model: LocalModel, weights: Path, config: LlmConfig) -> Engine:
    """Return the model on the first runtime that takes it."""
    *others, last = _runtimes(config)
    for runtime in others:
        try:
            return _engine(runtime, model, weights, config)
        except (ModelError, ModuleNotFoundError) as error:
            logger.warning("%s runs on %s, as %s cannot: %s", model.name, last, runtime, error)
    return _engine(last, model, weights, config)


def _engine(runtime: str, model: LocalModel, weights: Path, config: LlmConfig) -> Engine:
    """Return the model on a runtime, whose package is imported only now."""
    if runtime == "openvino":
        from rag.llm.local.openvino import OpenVinoEngine

        return OpenVinoEngine(model, weights, config)
    from rag.llm.local.llamacpp import LlamaCppEngine

    return LlamaCppEngine(model, weights, config)


def _runtimes(config: LlmConfig) -> tuple[str, ...]:
    """Return the runtimes to try, in order."""
    if config.runtime != "auto":
        return (config.runtime,)
    return ("openvino", "llamacpp") if _has_avx512() else ("llamacpp", "openvino")


def _has_avx512() -> bool:
    """Say whether this is an x86 processor with AVX-512; only Linux tells."""
    try:
        return " avx512f " in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
