"""What every store says when it refuses something."""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import InputError, MismatchError


def no_article(article_ids: Sequence[str]) -> InputError:
    """Return the error of a store that does not hold some articles."""
    return InputError(f"no article {', '.join(map(repr, article_ids))} in the library; `rag library list` shows all ids")


def other_embedder(store: str, stored: str, model: str, *, anew: str = "rag library rebuild") -> MismatchError:
    """Return the error of a store that one embedder built and another one wants to use.

    Args:
        store: What it is and where, for the message.
        anew: The command that embeds it anew.
    """
    return MismatchError(
        f"the {store} was built with the embedder {stored!r}, not {model!r}; set embed.model back, or embed it anew: {anew}"
    )
