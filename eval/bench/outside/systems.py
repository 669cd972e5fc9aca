"""One other library through the task on standard input: `PYTHON systems.py NAME`; prints a line of JSON.

It runs under the interpreter of `make peers`, knows nothing of newsrag, and imports only the library that is named. The task:

- `file`: articles as JSONL, with the `passages` that newsrag cuts them in;
- `model`: folder of the weights; `tokens`: most cl100k tokens of a passage;
- `questions`, of which the first `warm` do not count, and `k`, the passages wanted;
- `folder`: an empty one for the index.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

Articles = list[dict[str, Any]]


class Clock:
    """Adds up the seconds of the blocks that it is around."""

    spent_s = 0.0

    def __enter__(self) -> None:
        self._begun = perf_counter()

    def __exit__(self, *_: object) -> None:
        self.spent_s += perf_counter() - self._begun


@dataclass(frozen=True)
class System:
    """A library with its model loaded: `build` returns how many passages it indexed on disk, `search` how many it found.

    `clock` runs while a question is embedded.
    """

    build: Callable[[Articles, str], int]
    search: Callable[[str, int], int]
    clock: Clock
    packages: tuple[str, ...]


def llamaindex(task: dict[str, Any]) -> System:
    """The starter pipeline: SentenceSplitter, VectorStoreIndex in memory, persisted as JSON."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # type: ignore[import-untyped]

    clock = Clock()

    class Model(HuggingFaceEmbedding):  # type: ignore[misc]
        def _get_query_embedding(self, query: str) -> Any:
            with clock:
                return super()._get_query_embedding(query)

    model = Model(model_name=task["model"], device="cpu")
    model.get_query_embedding("Load the model.")
    splitter = SentenceSplitter(chunk_size=task["tokens"], chunk_overlap=0)
    splitter.split_text("Load the tokenizer.")
    made: list[VectorStoreIndex] = []

    def build(articles: Articles, folder: str) -> int:
        documents = [
            # Known to each passage, yet neither embedded nor counted as its tokens, as in the other systems.
            Document(text=one["text"], metadata=_known(one), excluded_embed_metadata_keys=list(_known(one)))
            for one in articles
        ]
        index = VectorStoreIndex.from_documents(documents, transformations=[splitter], embed_model=model)
        index.storage_context.persist(folder)
        made.append(index)
        return len(index.docstore.docs)

    def search(question: str, k: int) -> int:
        return len(made[0].as_retriever(similarity_top_k=k).retrieve(question))

    return System(build, search, clock, ("llama-index-core", "llama-index-embeddings-huggingface"))


def langchain(task: dict[str, Any]) -> System:
    """RecursiveCharacterTextSplitter by cl100k tokens, Chroma in a folder."""
    from chromadb.config import Settings  # type: ignore[import-not-found]
    from langchain_chroma import Chroma  # type: ignore[import-not-found]
    from langchain_core.documents import Document  # type: ignore[import-not-found]
    from langchain_huggingface import HuggingFaceEmbeddings  # type: ignore[import-not-found]
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # type: ignore[import-not-found]

    clock = Clock()

    class Model(HuggingFaceEmbeddings):  # type: ignore[misc]
        def embed_query(self, text: str) -> Any:
            with clock:
                return super().embed_query(text)

    model = Model(model_name=task["model"], model_kwargs={"device": "cpu"}, encode_kwargs={"normalize_embeddings": True})
    model.embed_query("Load the model.")
    splitter = RecursiveCharacterTextSplitter.from_tiktoken_encoder(
        encoding_name="cl100k_base", chunk_size=task["tokens"], chunk_overlap=0
    )
    splitter.split_text("Load the tokenizer.")
    made: list[Any] = []

    def build(articles: Articles, folder: str) -> int:
        documents = splitter.split_documents([Document(page_content=one["text"], metadata=_known(one)) for one in articles])
        quiet = Settings(anonymized_telemetry=False, is_persistent=True, persist_directory=folder)
        made.append(Chroma.from_documents(documents, model, persist_directory=folder, client_settings=quiet))
        return len(documents)

    def search(question: str, k: int) -> int:
        return len(made[0].similarity_search_with_score(question, k=k))

    return System(build, search, clock, ("langchain-core", "langchain-chroma", "chromadb"))


def txtai(task: dict[str, Any]) -> System:
    """Passages given, embeddings with content in SQLite, saved to a folder."""
    from txtai import Embeddings  # type: ignore[import-not-found]

    # As its configuration file says, the model reads 256 tokens; txtai takes that only when told to.
    embeddings = Embeddings(path=task["model"], content=True, maxlength=True, gpu=False)
    embeddings.transform("Load the model.")
    clock, transform = Clock(), embeddings.batchtransform

    def timed(*arguments: Any, **named: Any) -> Any:
        with clock:
            return transform(*arguments, **named)

    embeddings.batchtransform = timed

    def build(articles: Articles, folder: str) -> int:
        passages = [{"text": text, **_known(one)} for one in articles for text in one["passages"]]
        embeddings.index(passages)
        embeddings.save(folder)
        return len(passages)

    def search(question: str, k: int) -> int:
        return len(embeddings.search(question, k))

    return System(build, search, clock, ("txtai", "faiss-cpu"))


def _known(article: dict[str, Any]) -> dict[str, str]:
    return {name: article[name] for name in ("title", "publisher", "published")}


def _peak_mb() -> float:
    """Return the most megabytes that this process held."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:"))


def measure(system: System, task: dict[str, Any]) -> dict[str, Any]:
    """Return the seconds of the ingest, and the milliseconds of each question, whole and of its embedding within."""
    articles = [json.loads(line) for line in Path(task["file"]).read_text(encoding="utf-8").splitlines()]
    begun = perf_counter()
    passages = system.build(articles, task["folder"])
    ingest_s = perf_counter() - begun
    whole: list[float] = []
    part: list[float] = []
    for question in task["questions"]:
        system.clock.spent_s = 0.0
        begun = perf_counter()
        found = system.search(question, task["k"])
        whole.append((perf_counter() - begun) * 1000)
        part.append(system.clock.spent_s * 1000)
        if part[-1] == 0:
            raise SystemExit("the question's embedding was not timed: this version of the library embeds in another way")
        if found != min(task["k"], passages):
            raise SystemExit(f"{found} passages found, not {task['k']}")
    return {
        "passages": passages,
        "ingest_s": ingest_s,
        "query_ms": whole[task["warm"] :],
        "embed_ms": part[task["warm"] :],
        "peak_mb": _peak_mb(),
        "versions": {name: version(name) for name in (*system.packages, "sentence-transformers", "torch")},
    }


SYSTEMS = {"llamaindex": llamaindex, "langchain": langchain, "txtai": txtai}


def main() -> None:
    """Run the system named on the command line."""
    # LlamaIndex carries the encodings that tiktoken would otherwise fetch.
    if "TIKTOKEN_CACHE_DIR" not in os.environ and (found := find_spec("llama_index.core")) and found.origin:
        os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(found.origin).parent / "_static" / "tiktoken_cache")
    task = json.load(sys.stdin)
    print(json.dumps(measure(SYSTEMS[sys.argv[1]](task), task)))


if __name__ == "__main__":
    main()
