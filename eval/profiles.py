"""What is evaluated: where gold set and articles lie, and the three ways to set the assistant up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from eval.corpus import Corpus
from eval.errors import EvalError, RunError
from rag.assistant import Assistant
from rag.config import Config, LibraryConfig, LlmConfig, load_config
from rag.embed import load_embedder
from rag.errors import NewsRagError
from rag.store.choose import open_store
from rag.store.library import Library
from rag.types import Action, Article

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

LoadModel = Callable[[str, LlmConfig], "LLM"]

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "eval" / "gold" / "seeds.jsonl"
FOLDERS = (ROOT / "seeds", ROOT / "eval" / "gold" / "articles")
BASELINES = ROOT / "eval" / "baselines"
POLICY = ROOT / "eval" / "gate.toml"


HERMETIC_SCORE = 0.32
"""The setting `answer.extractive_score` for hashed words, whose cosines are lower than those of a model."""


class Profile(StrEnum):
    """`hermetic`: no model at all, the gate in CI. `local`: the default models. `live`: the LLM named by --llm."""

    HERMETIC = "hermetic"
    LOCAL = "local"
    LIVE = "live"

    @property
    def is_deterministic(self) -> bool:
        """Whether two runs of equal code give equal answers, so that any drop is the code's doing."""
        return self is not Profile.LIVE


def profile_config(profile: Profile, *, library: Path | str, llm: str | None = None) -> Config:
    """Return the settings of a profile. `hermetic` reads neither settings file nor environment.

    Raises:
        EvalError: `live` without an LLM, or another profile with one.
        ConfigError: the user's own settings are wrong.
    """
    if (profile is Profile.LIVE) != (llm is not None):
        raise EvalError("--llm PROVIDER:MODEL goes with --profile live, and only with it")
    if profile is Profile.HERMETIC:
        return Config.model_validate(
            {
                "library": _named(library),
                "embed": {"model": "hash"},
                "llm": {"model": "extractive"},
                "answer": {"extractive_score": HERMETIC_SCORE},
            }
        )
    flags = {f"library.{name}": value for name, value in _named(library).items()}
    return load_config(flags={**flags, "llm.model": llm}).config


def _named(library: Path | str) -> dict[str, str]:
    """Return the settings of a library by its folder, or by the address of the server that holds it."""
    return {"store": str(library)} if "://" in str(library) else {"path": str(library), "store": ""}


def read_folders(folders: Sequence[Path] = FOLDERS) -> Corpus:
    """Return the articles of folders, as the assistant would read them.

    Raises:
        EvalError: a file that cannot be read; none may be missing from an eval.
    """
    from rag.ingest import Rejected, read_articles

    articles: list[Article] = []
    for read in read_articles(folders, now=datetime.now(UTC)):
        if isinstance(read, Rejected):
            raise EvalError(f"{read.origin}: {read.reason}; an eval needs every article")
        articles.append(read)
    return Corpus(articles)


def read_library(named: Path | str) -> Corpus:
    """Return the articles of a library, named by its folder or its server's address.

    Raises:
        EmptyLibraryError, CorruptError: there is none, or it is damaged.
    """
    with open_store(LibraryConfig.model_validate(_named(named))) as library:
        return Corpus(library.article(article_id) for article_id in library.article_ids())


def build_assistant(config: Config, corpus: Corpus, *, load_model: LoadModel | None = None) -> Assistant:
    """Return an assistant over a new library at `config.library.path` that holds the articles.

    Args:
        load_model: Loads the language model; None loads it as ever.

    Raises:
        RunError: an article was rejected, or the library, the embedder or the model cannot be used.
    """
    from rag.ingest.pipeline import ingest

    try:
        embedder = load_embedder(config.embed)
        with ExitStack() as stack:
            library = stack.enter_context(Library.create(config.library.path, model=embedder.name))
            for item in ingest(corpus.articles.values(), library, embedder, tokens=config.chunk.tokens):
                if item.action is Action.REJECTED:
                    raise RunError(f"article {item.origin!r} was not stored: {item.reason}; mend it")
            stack.pop_all()  # the assistant closes it
        return _warm(Assistant(library, embedder, config, load_model=load_model))
    except EvalError:
        raise
    except NewsRagError as error:
        raise RunError(str(error)) from error


def open_assistant(config: Config, *, load_model: LoadModel | None = None) -> Assistant:
    """Return an assistant over the library that `config.library` names.

    Raises:
        RunError: it, the embedder or the model cannot be used.
    """
    try:
        embedder = load_embedder(config.embed)
        library = open_store(config.library, model=embedder.name)
        return _warm(Assistant(library, embedder, config, load_model=load_model))
    except NewsRagError as error:
        raise RunError(str(error)) from error


def _warm(assistant: Assistant) -> Assistant:
    """Return the assistant with its models loaded: one that cannot be used is told once, not for every question."""
    try:
        assistant.warm()
    except NewsRagError:
        assistant.close()
        raise
    return assistant
