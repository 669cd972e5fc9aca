"""Local models on llama.cpp (xllamacpp): reads any GGUF, needs the least memory, writes fast but reads prompts slowly."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.config import LlmConfig
from rag.errors import GenerationError, ModelError
from rag.llm.local.engine import N_CANDIDATES, SEED, Ending, check_window
from rag.llm.local.turns import IsStopped, Say
from rag.llm.models import LocalModel
from rag.types import Tokens

STEP_TOKENS = 256
"""Tokens of a prompt read in one go. It can only be stopped in between."""

_CACHE_MIB = 256
_QUIET = -1


class LlamaCppEngine:
    """Runs one model on the processor.

    Raises:
        ModelError: it cannot read the weights.
    """

    def __init__(self, model: LocalModel, weights: Path, config: LlmConfig) -> None:
        import xllamacpp

        self._model = model
        self.name = f"llamacpp {xllamacpp.__version__}"
        self.window_tokens = min(config.context_tokens, model.context_tokens)
        params = xllamacpp.CommonParams()
        params.model.path = str(weights)
        params.n_ctx = self.window_tokens
        params.n_parallel = 1
        params.n_batch = params.n_ubatch = STEP_TOKENS
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = config.threads or os.cpu_count() or 1
        params.cache_ram_mib = _CACHE_MIB
        params.verbosity = _QUIET
        # It insists on a server: one on a socket in a private folder, with a key that nobody knows.
        folder = tempfile.mkdtemp(prefix="newsrag-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        params.hostnames = [f"{folder}/llama.sock"]
        params.api_keys = [secrets.token_hex(16)]
        params.ui = False
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelError(f"llama.cpp cannot read {str(weights)!r} ({error}); type: rag models pull {model.name}") from None

    def write(self, prompt: str, *, max_tokens: int, temperature: float, say: Say, is_stopped: IsStopped) -> Ending:
        """Say the reply to a prompt piece by piece."""
        last: dict[str, Any] = {}

        def on_piece(piece: dict[str, Any]) -> None:
            nonlocal last
            last = piece
            if text := piece["choices"][0]["text"]:
                say(text)

        self._ask({"prompt": prompt, "n_predict": max_tokens, "temperature": temperature}, on_piece, is_stopped)
        if "usage" not in last:
            return Ending(Tokens(), "stop")
        usage, finish = last["usage"], last["choices"][0]["finish_reason"]
        tokens = Tokens(usage["prompt_tokens"], usage["completion_tokens"])
        return Ending(tokens, "length" if finish == "length" else "stop")

    def weigh(self, prompt: str, *, is_stopped: IsStopped) -> list[tuple[str, float]]:
        """Return the likeliest first tokens of the reply, each with its logprob; nothing once stopped."""
        found: list[tuple[str, float]] = []

        def on_piece(piece: dict[str, Any]) -> None:
            if (logprobs := piece["choices"][0]["logprobs"]) and not found:
                found.extend((one["token"], one["logprob"]) for one in logprobs["content"][0]["top_logprobs"])

        self._ask({"prompt": prompt, "n_predict": 1, "temperature": 0, "n_probs": N_CANDIDATES}, on_piece, is_stopped)
        return found

    def _ask(self, body: dict[str, Any], on_piece: Callable[[dict[str, Any]], None], is_stopped: IsStopped) -> None:
        """Have the server work on a request, and hand on each piece of what it says."""
        failures: list[Exception] = []

        def on_event(event: dict[str, Any]) -> bool:
            # What is raised in here would be swallowed.
            try:
                if "error" in event:
                    raise self._failure(event["error"])
                on_piece(event)
            except Exception as error:
                failures.append(error)
            return bool(failures) or is_stopped()

        settings = {"stream": True, "return_progress": True, "cache_prompt": True, "seed": SEED}
        returned = self._server.handle_completions({**settings, **body}, on_event)
        if isinstance(returned, dict) and "error" in returned:
            failures.append(self._failure(returned["error"]))
        if failures:
            raise failures[0]

    def _failure(self, error: dict[str, Any]) -> GenerationError:
        """Return what to raise for an error that the server reports."""
        if error.get("type") == "exceed_context_size_error":
            check_window(error["n_prompt_tokens"], self.window_tokens, self._model.name)
        return GenerationError(f"llama.cpp failed ({error.get('message', error)!r}); try again, or name another model")
