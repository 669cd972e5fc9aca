"""Local models on OpenVINO GenAI, which reads prompts fastest where the processor has AVX-512.

It converts a GGUF to a format of its own, the weights by rows (`rowwise.py`), which takes a minute and half as much disk again
as the GGUF; the result is kept beside the weights, in `openvino/<sha>-<version>-rows/`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.config import LlmConfig
from rag.errors import ModelError
from rag.files import sync
from rag.llm.local.engine import N_CANDIDATES, SEED, Ending, check_window
from rag.llm.local.turns import IsStopped, Say
from rag.llm.models import LocalModel
from rag.llm.weights import check_room, exclusive
from rag.openvino import import_quietly, load_apart
from rag.types import Tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

READS_TOKENS = 8191
"""The longest prompt: the tokenizer it makes out of a GGUF cuts off, without a word, what comes after 8,192 tokens."""

STEP_TOKENS = 256
"""Tokens of a prompt read in one go. It can only be stopped in between; 1,024 at once are no faster."""

_BLOCK_TOKENS = 32
"""Tokens in a block of its cache; a prompt that begins with blocks it has read before goes on after them."""

_CONVERT = """
import sys
from pathlib import Path
sys.modules["openvino_telemetry"] = None
import openvino_genai
openvino_genai.LLMPipeline(sys.argv[1], "CPU", enable_save_ov_model=True)
from rag.llm.local.rowwise import store_by_rows
store_by_rows(Path(sys.argv[1]).parent)
"""

FORM = "rows"
"""Form of the weights in a converted model, part of the name of its folder: one of another form is converted anew."""

_GROUP_VALUES = 128
"""Values that share a scale while weights multiply them as integers; with more, replies move further from exact ones."""


class OpenVinoEngine:
    """Runs one model on the processor.

    Raises:
        ModelError: it cannot read the weights.
    """

    def __init__(self, model: LocalModel, weights: Path, config: LlmConfig) -> None:
        genai = _import_genai()
        import openvino

        self._genai, self._tensor = genai, openvino.Tensor
        self._model = model
        self.name = f"openvino {_version(genai)}"
        self.window_tokens = min(config.context_tokens, model.context_tokens, READS_TOKENS)
        folder = convert(model, weights)
        scheduler = genai.SchedulerConfig()
        scheduler.enable_prefix_caching = True
        scheduler.max_num_batched_tokens = STEP_TOKENS
        # Room for this prompt, the one before, and the candidates.
        scheduler.num_kv_blocks = 2 * self.window_tokens // _BLOCK_TOKENS + 2 * N_CANDIDATES
        how: dict[str, Any] = {"scheduler_config": scheduler, "DYNAMIC_QUANTIZATION_GROUP_SIZE": _GROUP_VALUES}
        if config.threads:
            how["INFERENCE_NUM_THREADS"] = config.threads
        try:
            self._pipe = load_apart(lambda: genai.LLMPipeline(str(folder), "CPU", **how))
        except RuntimeError as error:
            raise ModelError(f"OpenVINO cannot load {str(folder)!r} ({_first_line(error)}); delete that folder") from None
        self._tokenizer = self._pipe.get_tokenizer()
        self._read: NDArray[np.int64] = self._encode("")[:, :0]
        # The first run arranges the weights for this processor, which takes seconds.
        self._run(self._encode("."), max_new_tokens=1)

    def write(self, prompt: str, *, max_tokens: int, temperature: float, say: Say, is_stopped: IsStopped) -> Ending:
        """Say the reply to a prompt piece by piece."""
        tokens = self._encode(prompt)
        n_prompt = tokens.shape[1]
        check_window(n_prompt, self.window_tokens, self._model.name)
        self._read_ahead(tokens, is_stopped)
        if is_stopped():
            return Ending(Tokens(n_prompt, 0), "stop")
        status = self._genai.StreamingStatus

        def on_text(text: str) -> Any:
            say(text)
            return status.CANCEL if is_stopped() else status.RUNNING

        sampling = {"do_sample": True, "temperature": temperature, "rng_seed": SEED} if temperature else {}
        limit = min(max_tokens, self.window_tokens - n_prompt)
        result = self._run(tokens, on_text, max_new_tokens=limit, **sampling)
        is_cut = result.finish_reasons[0] == self._genai.GenerationFinishReason.LENGTH
        return Ending(Tokens(n_prompt, len(result.tokens[0])), "length" if is_cut else "stop")

    def weigh(self, prompt: str, *, is_stopped: IsStopped) -> list[tuple[str, float]]:
        """Return the likeliest first tokens of the reply, each with its logprob; nothing once stopped."""
        tokens = self._encode(prompt)
        check_window(tokens.shape[1], self.window_tokens, self._model.name)
        self._read_ahead(tokens, is_stopped)
        if is_stopped():
            return []
        # It tells the logprob of the chosen token alone, but a beam's score is just that: one beam for each candidate.
        beams = {"num_beams": N_CANDIDATES, "num_return_sequences": N_CANDIDATES}
        result = self._run(tokens, max_new_tokens=1, **beams)
        return [(self._tokenizer.decode(beam), score) for beam, score in zip(result.tokens, result.scores, strict=True)]

    def _encode(self, prompt: str) -> NDArray[np.int64]:
        """Return the tokens of a prompt, shape (1, n)."""
        ids: NDArray[np.int64] = self._tokenizer.encode(prompt, add_special_tokens=False).input_ids.data.copy()
        return ids

    def _read_ahead(self, tokens: NDArray[np.int64], is_stopped: IsStopped) -> None:
        """Read all but the end of a prompt into the cache, a step at a time, so that it can be stopped in between."""
        n_common = min(tokens.shape[1], self._read.shape[1])
        differs = (tokens[0, :n_common] != self._read[0, :n_common]).nonzero()[0]
        n_known = int(differs[0]) if differs.size else n_common
        first = (n_known // STEP_TOKENS + 1) * STEP_TOKENS
        for end in range(first, tokens.shape[1], STEP_TOKENS):
            if is_stopped():
                return
            self._run(tokens[:, :end], max_new_tokens=1)
            self._read = tokens[:, :end]
        self._read = tokens

    def _run(self, tokens: NDArray[np.int64], on_text: Any = None, **settings: Any) -> Any:
        """Return what the pipeline makes of a prompt."""
        config = self._genai.GenerationConfig(
            eos_token_id=self._model.ends[0], stop_token_ids=set(self._model.ends), **{"do_sample": False, **settings}
        )
        return self._pipe.generate(self._tensor(tokens.copy()), config, on_text)


def convert(model: LocalModel, weights: Path, tell: Callable[[str], None] = lambda _: None) -> Path:
    """Return the folder that holds the model in OpenVINO's format; the first time it is made, which takes a minute.

    Those of other versions are deleted then.

    Raises:
        ModelError: OpenVINO cannot read the weights, or the disk is full.
    """
    folder = weights.parent / "openvino" / f"{model.sha256[:16]}-{_version(_import_genai())}-{FORM}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(exist_ok=True)
    with exclusive(folder.with_name(folder.name + ".lock"), "converting the model", wait=True):
        if not folder.is_dir():
            check_room(folder.parent, int(3 * model.n_bytes), f"converting the model {model.name!r} for OpenVINO")
            tell(f"converting {model.name} for this processor, once: a minute or two")
            _convert_into(folder, weights)
            for other in folder.parent.glob(f"{model.sha256[:16]}-*"):
                if other.is_dir() and other != folder:
                    shutil.rmtree(other, ignore_errors=True)
    return folder


def _convert_into(folder: Path, weights: Path) -> None:
    """Make the folder, complete or not at all. It is done in a process of its own, for its memory and to be interruptible."""
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    # It writes beside the file that it reads.
    link = unfinished / weights.name
    link.symlink_to(weights.resolve())
    done = subprocess.run([sys.executable, "-P", "-c", _CONVERT, str(link)], capture_output=True, check=False)
    link.unlink()
    if done.returncode or not (unfinished / "openvino_model.bin").is_file():
        shutil.rmtree(unfinished)
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise ModelError(f"OpenVINO cannot read {weights.name!r} ({said}); set llm.runtime to 'llamacpp'")
    for file in unfinished.iterdir():
        sync(file)
    unfinished.replace(folder)
    sync(folder.parent)


def _import_genai() -> Any:
    return import_quietly("openvino_genai")


def _version(genai: Any) -> str:
    """Return the version without the build: `2026.4.1.0`."""
    return str(genai.__version__).partition("-")[0]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
