"""Which models a program may ask for: only what the settings name, since others cost memory or somebody's money."""

from __future__ import annotations

from rag.config import Config
from ui.api.errors import ApiError

NAME = "newsrag"
EXTRACTIVE = "extractive"


def names(config: Config) -> tuple[str, ...]:
    """Return the names: our own for the one in the settings, that one's, and the one that needs no model."""
    return tuple(dict.fromkeys((NAME, config.llm.model, EXTRACTIVE)))


def spec_of(config: Config, name: str | None) -> str | None:
    """Return what the assistant is to answer with, None for the setting.

    Raises:
        ApiError: it may not be asked for.
    """
    if name in (None, NAME, config.llm.model):
        return None
    if name == EXTRACTIVE:
        return EXTRACTIVE
    listed = ", ".join(names(config))
    raise ApiError(f"no model {name!r}; there are: {listed}", status=404, code="model_not_found", param="model")
