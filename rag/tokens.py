"""Counting tokens with tiktoken, offline."""

from __future__ import annotations

import importlib.util
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

ENCODING = "cl100k_base"

# tiktoken panics on, or takes minutes over, a run of a million equal characters; real text has no run of this length.
_LONG_RUN = re.compile(r"(.)\1{999,}", re.DOTALL)


def encode(text: str) -> list[int]:
    """Return the cl100k tokens of `text`; text that looks like a special token counts as plain text.

    A run of 1,000 or more equal characters is cut to 999 first, so its count is an underestimate.
    """
    return _encoding().encode(_LONG_RUN.sub(lambda run: run.group()[:999], text), disallowed_special=())


def count_tokens(text: str) -> int:
    """Return how many cl100k tokens `text` has."""
    return len(encode(text))


@cache
def _encoding() -> tiktoken.Encoding:
    """Return the encoding, read from the copy that llama-index-core ships: tiktoken itself would fetch it."""
    spec = importlib.util.find_spec("llama_index.core")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if folders:
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(Path(folders[0]) / "_static" / "tiktoken_cache"))
    import tiktoken

    return tiktoken.get_encoding(ENCODING)
